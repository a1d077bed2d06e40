import { setOwn } from '../schema/json-node.ts';
import { isPlainObject, type PlainObject, readPatch } from './patch-document.ts';
import { newBadPatch } from './patch-error.ts';

/**
 * Applies a JSON merge patch (RFC 7386), text or parsed, to a copy of the object.
 *
 * @throws StatusError BadRequest when the patch is not a JSON object.
 */
export function applyMergePatch(object: object, patch: unknown): PlainObject {
  const parsed = readPatch(patch);
  if (!isPlainObject(parsed)) throw newBadPatch('Invalid JSON Patch');
  return merge(object, parsed) as PlainObject;
}

/** Lists are replaced; nulls in the objects that they hold delete nothing, and so go. */
function merge(target: unknown, patch: unknown): unknown {
  if (Array.isArray(patch)) return patch.map((item) => merge(undefined, item));
  if (!isPlainObject(patch)) return patch;
  const result: PlainObject = isPlainObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    const current = Object.hasOwn(result, key) ? result[key] : undefined;
    if (value === null) delete result[key];
    else setOwn(result, key, merge(current, value));
  }
  return result;
}
