import { childSchemas, isSchemaList, type JSONSchema } from '../schema/json-schema.ts';

/** Keywords that no structural schema has, and what upstream calls them. */
const UNSUPPORTED: readonly (readonly [keyof JSONSchema, string])[] = [
  ['id', 'id'],
  ['$schema', 'schema'],
  ['$ref', '*ref'],
  ['additionalItems', 'additionalItems'],
  ['patternProperties', 'patternProperties'],
  ['definitions', 'definitions'],
  ['dependencies', 'dependencies'],
];

/** Why a schema cannot be read as a structural one at all; undefined where it can. */
export function structuralFault(schema: JSONSchema): string | undefined {
  for (const [field, name] of UNSUPPORTED) {
    const value = schema[field];
    if (value !== undefined && value !== '') return `OpenAPIV3Schema '${name}' is not supported`;
  }
  if (schema.items !== undefined && isSchemaList(schema.items)) {
    return "OpenAPIV3Schema 'items' must be a schema, but is an array";
  }
  for (const child of childSchemas(schema)) {
    const fault = structuralFault(child);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
