import { type JSONSchema, preservesUnknownFields } from '../crd/schema/json-schema.ts';

/**
 * A structural schema without what Swagger 2.0 cannot say, or what kubectl reads wrongly there: a
 * value that may be null, or have fields of any name, is left without a type. Undefined where the
 * whole may have fields of any name.
 */
export function structuralV2(schema: JSONSchema): JSONSchema | undefined {
  return preservesUnknownFields(schema) ? undefined : convert(schema);
}

/** Keywords that are left out, or set anew. */
const SET_BELOW: ReadonlySet<string> = new Set<keyof JSONSchema>([
  'allOf',
  'anyOf',
  'items',
  'not',
  'nullable',
  'oneOf',
  'properties',
  'required',
  'type',
]);

const without = (schema: JSONSchema, names: ReadonlySet<string>): JSONSchema =>
  Object.fromEntries(Object.entries(schema).filter(([name]) => !names.has(name)));

function convert(schema: JSONSchema): JSONSchema {
  const { nullable, type, items, properties, additionalProperties: additional } = schema;
  const isFree = preservesUnknownFields(schema);
  const isOpaque = isFree || nullable === true;
  const isUntyped =
    nullable === true ||
    (type === 'array' && (isFree || items === undefined)) ||
    (type === 'object' && isFree);
  const kept = requiredV2(schema);
  return {
    ...without(schema, SET_BELOW),
    ...(isUntyped || type === undefined ? {} : { type }),
    ...(isOpaque || items === undefined ? {} : { items: convert(items as JSONSchema) }),
    ...(isOpaque || properties === undefined ? {} : { properties: convertAll(properties) }),
    ...(typeof additional === 'object' ? { additionalProperties: convert(additional) } : {}),
    ...(kept.length === 0 ? {} : { required: kept }),
  };
}

/** A field that may be null has no type any more, and kubectl would not find it. */
function requiredV2({ required = [], properties, additionalProperties }: JSONSchema): string[] {
  if (typeof additionalProperties === 'object' && additionalProperties.nullable === true) return [];
  return required.filter((name) => properties?.[name]?.nullable !== true);
}

const convertAll = (properties: Readonly<Record<string, JSONSchema>>): Record<string, JSONSchema> =>
  Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, convert(value)]));
