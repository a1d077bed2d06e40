import { duplicate, type FieldError, invalid } from '../../../../apimachinery/field-error.ts';
import { additionalOf, itemsOf, type JSONSchema, propertyOf } from './json-schema.ts';
import { canonicalJSON, isObject } from './json-value.ts';
import { childPath, keyPath } from './paths.ts';

/** Checks that sets have no item, and list maps no keys, twice (apiserver/schema/listtype). */
export function validateLists(
  value: unknown,
  schema: JSONSchema | undefined,
  path: string,
): FieldError[] {
  if (schema === undefined) return [];
  if (Array.isArray(value)) return validateList(value, schema, path);
  if (!isObject(value)) return [];
  const additional = additionalOf(schema);
  return Object.keys(value).flatMap((key) => {
    const property = propertyOf(schema, key);
    return property === undefined
      ? validateLists(value[key], additional, keyPath(path, key))
      : validateLists(value[key], property, childPath(path, key));
  });
}

function validateList(list: readonly unknown[], schema: JSONSchema, path: string): FieldError[] {
  const items = itemsOf(schema);
  return [
    ...validateUniqueness(list, schema, path),
    ...list.flatMap((item, i) => validateLists(item, items, keyPath(path, i))),
  ];
}

function validateUniqueness(
  list: readonly unknown[],
  schema: JSONSchema,
  path: string,
): FieldError[] {
  switch (schema['x-kubernetes-list-type']) {
    case 'set':
      return repeated(list).map((i) => duplicate(keyPath(path, i), list[i]));
    case 'map': {
      const strange = list.findIndex((item) => item !== null && !isObject(item));
      if (strange >= 0) {
        const detail = 'must be an object for an array of list-type map';
        return [invalid(keyPath(path, strange), list[strange], detail)];
      }
      const keys = list.map((item) => keysOf(item, schema['x-kubernetes-list-map-keys'] ?? []));
      return repeated(keys).map((i) => duplicate(keyPath(path, i), keys[i]));
    }
    default:
      return [];
  }
}

const keysOf = (item: unknown, keys: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(
    isObject(item)
      ? keys.filter((key) => Object.hasOwn(item, key)).map((key) => [key, item[key]])
      : [],
  );

/** Indices of the second of equal values. */
function repeated(list: readonly unknown[]): number[] {
  const times = new Map<string, number>();
  return list.flatMap((value, i) => {
    const key = canonicalJSON(value);
    const count = times.get(key) ?? 0;
    times.set(key, count + 1);
    return count === 1 ? [i] : [];
  });
}
