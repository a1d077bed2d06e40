import { COMPILED } from '../schema/schema.ts';
import aggregator from './aggregator.json' with { type: 'json' };
import generated from './fields.generated.json' with { type: 'json' };
import { type MessageField, MessageType, type ScalarType, type WireValue } from './message.ts';
import { schemaOr } from './schema-or.ts';
import { WELL_KNOWN } from './well-known.ts';

/**
 * The committed form of the wire's facts, made by scripts/compile-protobuf.ts: by schema type, its
 * fields in the order of their numbers, as `<number><mark><name>` with a space between them.
 * Marks: `!` the encoder writes the field even when it is zero, `?` it does not (a pointer, a list
 * or a map in Go), `*` the name is of a type whose fields JSON has inline.
 */
const FIELDS: Readonly<Record<string, string>> = { ...generated, ...aggregator };

const EXTENSIONS = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.';

const messages = new Map<string, MessageType>();

/** The message of a schema type, or undefined when the type does not exist in protobuf. */
export function findMessage(schema: string): MessageType | undefined {
  const known = messages.get(schema);
  if (known !== undefined) return known;
  const text = Object.hasOwn(FIELDS, schema) ? FIELDS[schema] : undefined;
  if (text === undefined) return undefined;
  const message = new MessageType(shortName(schema), () => parseFields(schema, text));
  messages.set(schema, message);
  return message;
}

/** The same; throws an Error when there is none. */
export function lookupMessage(schema: string): MessageType {
  const message = findMessage(schema);
  if (message === undefined) throw new Error(`no message for ${schema}`);
  return message;
}

const shortName = (schema: string): string => schema.slice(schema.lastIndexOf('.') + 1);

function parseFields(schema: string, text: string): MessageField[] {
  const compiled = COMPILED.types[schema]?.f ?? {};
  return text.split(' ').map((entry) => {
    const [, number, mark, name = ''] = /^(\d+)([!?*])(.+)$/.exec(entry) ?? [];
    const base = { number: Number(number), always: mark !== '?' };
    if (mark === '*') {
      return {
        ...base,
        name: '',
        value: lookupMessage(name),
        shape: 'inline',
        shownWhenZero: false,
      };
    }
    const field = compiled[name];
    if (field === undefined) throw new Error(`${schema} has no field ${name}`);
    return {
      ...base,
      name,
      ...resolveType(field.t),
      shownWhenZero: field.r === 1 || isZero(field.d),
    };
  });
}

/** Go's own zero is the default of what has no `omitempty`. */
const isZero = (value: unknown): boolean => value === '' || value === 0 || value === false;

function resolveType(expression: string): Pick<MessageField, 'value' | 'shape'> {
  if (expression.startsWith('[]'))
    return { value: resolveValue(expression.slice(2)), shape: 'list' };
  if (expression.startsWith('{}'))
    return { value: resolveValue(expression.slice(2)), shape: 'map' };
  return { value: resolveValue(expression), shape: 'single' };
}

function resolveValue(expression: string): WireValue {
  const wellKnown = WELL_KNOWN[expression];
  if (wellKnown !== undefined) return wellKnown;
  if (!expression.startsWith('#')) return expression as ScalarType;
  const name = expression.slice(1);
  if (!name.startsWith(`${EXTENSIONS}JSONSchemaPropsOr`)) return lookupMessage(name);
  const choice = schemaOr(lookupMessage(`${EXTENSIONS}JSONSchemaProps`), shortName(name));
  if (choice === undefined) throw new Error(`no message for ${name}`);
  return choice;
}
