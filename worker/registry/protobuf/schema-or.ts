import type { MessageField, MessageType } from './message.ts';
import { field, isSet, messageOf, WellKnownType } from './well-known.ts';

/**
 * JSONSchemaPropsOrArray, -OrStringArray and -OrBool: a schema, or else a value of another type.
 * `schema` is the message of JSONSchemaProps. Undefined for any other name.
 */
export function schemaOr(schema: MessageType, name: string): WellKnownType | undefined {
  switch (name) {
    case 'JSONSchemaPropsOrArray':
      return orList(name, schema, field(2, 'list', schema, 'list'));
    case 'JSONSchemaPropsOrStringArray':
      return orList(name, schema, field(2, 'list', 'string', 'list'));
    case 'JSONSchemaPropsOrBool':
      return orBool(name, schema);
    default:
      return undefined;
  }
}

function orList(name: string, schema: MessageType, list: MessageField): WellKnownType {
  return new WellKnownType(
    messageOf(name, field(1, 'schema', schema), list),
    (parts) => parts['schema'] ?? parts['list'],
    (json) => (isSet(json) ? { [Array.isArray(json) ? 'list' : 'schema']: json } : {}),
  );
}

/** A schema allows what it describes, so that both parts are there. */
function orBool(name: string, schema: MessageType): WellKnownType {
  return new WellKnownType(
    messageOf(name, field(1, 'allows', 'boolean'), field(2, 'schema', schema)),
    ({ allows = false, schema }) => schema ?? allows,
    (json) => (typeof json === 'object' ? { allows: true, schema: json } : { allows: json }),
  );
}
