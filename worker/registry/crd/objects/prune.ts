import {
  fieldOf,
  isEmbeddedResource,
  itemsOf,
  type JSONSchema,
  META_FIELDS,
  preservesUnknownFields,
} from '../schema/json-schema.ts';
import { isObject, type JSONObject } from '../schema/json-value.ts';

/**
 * Drops the fields that a structural schema does not know, in place. The metadata of resources, at
 * the root and embedded, is left to {@link coerceMetadata}. Idempotent.
 *
 * @returns paths of what was dropped, sorted: `spec.list[0].x`.
 */
export function pruneUnknownFields(value: unknown, schema: JSONSchema | undefined): string[] {
  const dropped: string[] = [];
  prune(value, schema, '', dropped);
  return dropped.sort();
}

interface Place {
  readonly path: string;
  readonly dropped: string[];
  /** Unknown fields stay here. Items of a free list are free whatever their schema says. */
  readonly isFree: boolean;
}

function prune(
  value: unknown,
  schema: JSONSchema | undefined,
  path: string,
  dropped: string[],
): void {
  const isFree = schema !== undefined && preservesUnknownFields(schema);
  pruneAt(value, schema, { path, dropped, isFree });
}

function pruneAt(value: unknown, schema: JSONSchema | undefined, place: Place): void {
  const { path, dropped, isFree } = place;
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    if (isFree && items === undefined) return;
    value.forEach((item, i) => {
      if (isFree) pruneAt(item, items, { path: `${path}[${i}]`, dropped, isFree });
      else prune(item, items, `${path}[${i}]`, dropped);
    });
  } else if (isObject(value)) pruneFields(value, schema, place);
}

function pruneFields(object: JSONObject, schema: JSONSchema | undefined, place: Place): void {
  const { path, dropped, isFree } = place;
  for (const key of Object.keys(object)) {
    if (schema !== undefined && isEmbeddedResource(schema) && META_FIELDS.has(key)) continue;
    const at = path === '' ? key : `${path}.${key}`;
    const field = fieldOf(schema, key);
    if (field !== undefined || schema?.additionalProperties !== undefined) {
      prune(object[key], field, at, dropped);
    } else if (!isFree) {
      delete object[key];
      dropped.push(at);
    }
  }
}
