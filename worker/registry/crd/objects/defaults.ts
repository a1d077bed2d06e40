import { fieldOf, itemsOf, type JSONSchema, someSchema } from '../schema/json-schema.ts';
import { isObject, type JSONObject } from '../schema/json-value.ts';

/**
 * Drops nulls that the schema does not allow and has no default for, in place: such a field is
 * taken as one that was not sent. Nulls in lists stay, since they have a place.
 */
export function pruneNulls(value: unknown, schema: JSONSchema | undefined): void {
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    if (items !== undefined) for (const item of value) pruneNulls(item, items);
  } else if (isObject(value)) {
    for (const key of Object.keys(value)) {
      const field = fieldOf(schema, key);
      if (field === undefined) continue;
      if (value[key] === null && field.nullable !== true && field.default === undefined) {
        delete value[key];
      } else pruneNulls(value[key], field);
    }
  }
}

/** Fills in the defaults of a structural schema, in place. Idempotent. */
export function applyDefaults(value: unknown, schema: JSONSchema | undefined): void {
  if (schema === undefined) return;
  if (Array.isArray(value)) defaultItems(value, itemsOf(schema));
  else if (isObject(value)) defaultFields(value, schema);
}

function defaultItems(list: unknown[], items: JSONSchema | undefined): void {
  if (items === undefined) return;
  list.forEach((item, i) => {
    if (isRefusedNull(item, items)) list[i] = copyOf(items.default);
    applyDefaults(list[i], items);
  });
}

function defaultFields(object: JSONObject, schema: JSONSchema): void {
  for (const key in schema.properties) {
    const property = schema.properties[key];
    if (property?.default === undefined) continue;
    if (!Object.hasOwn(object, key) || isRefusedNull(object[key], property)) {
      object[key] = copyOf(property.default);
    }
  }
  for (const key of Object.keys(object)) {
    const field = fieldOf(schema, key);
    if (field === undefined) continue;
    if (isRefusedNull(object[key], field)) object[key] = copyOf(field.default);
    applyDefaults(object[key], field);
  }
}

const isRefusedNull = (value: unknown, schema: JSONSchema): boolean =>
  value === null && schema.nullable !== true;

/** A copy that nothing else holds; null for none. */
function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  if (!isObject(value)) return value ?? null;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, copyOf(field)]));
}

/** Whether a schema has a default anywhere: if not, objects are read as they are stored. */
export const hasDefaults = (schema: JSONSchema): boolean =>
  someSchema(schema, (part) => part.default !== undefined);
