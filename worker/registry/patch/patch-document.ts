import { parseJSON } from '../schema/parse-json.ts';
import { setOwn, toPlain } from '../schema/json-node.ts';
import { newBadPatch } from './patch-error.ts';

export type PlainObject = Record<string, unknown>;

export const isPlainObject = (value: unknown): value is PlainObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads a patch that came as text; anything else is taken as parsed. Throws BadRequest. */
export function readPatch(patch: unknown): unknown {
  if (typeof patch !== 'string') return patch;
  try {
    return toPlain(parseJSON(patch));
  } catch (error) {
    throw newBadPatch(error instanceof Error ? error.message : String(error));
  }
}

/** A copy that shares nothing with the original. */
export function cloneJSON<T>(value: T): T {
  if (Array.isArray(value)) return value.map(cloneJSON) as T;
  if (!isPlainObject(value)) return value;
  const copy: PlainObject = {};
  for (const [key, item] of Object.entries(value)) setOwn(copy, key, cloneJSON(item));
  return copy as T;
}
