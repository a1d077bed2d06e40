import type { JSONSchema } from './json-schema.ts';
import { canonicalJSON, isObject, type JSONObject } from './json-value.ts';

/** Finds items of a list map by the keys of another item. */
export interface MapList {
  /** The item with the same keys; undefined where there is none. */
  get(item: unknown): unknown;
}

const EMPTY: MapList = { get: () => undefined };

/**
 * An index of a list by its map keys; one that is always empty for lists that have none. Of items
 * with the same keys the last one counts.
 */
export function newMapList(schema: JSONSchema, list: readonly unknown[] | undefined): MapList {
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const isMap = schema['x-kubernetes-list-type'] === 'map' && keys.length > 0;
  if (!isMap || list === undefined) return EMPTY;
  const byKey = new Map<string, unknown>();
  for (const item of list) if (isObject(item)) byKey.set(keyOf(item, keys), item);
  return { get: (item) => (isObject(item) ? byKey.get(keyOf(item, keys)) : undefined) };
}

const keyOf = (item: JSONObject, keys: readonly string[]): string =>
  canonicalJSON(keys.map((key) => (Object.hasOwn(item, key) ? [item[key]] : [])));
