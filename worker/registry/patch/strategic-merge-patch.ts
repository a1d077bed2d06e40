import { deepEqual } from '../rest/deep-equal.ts';
import { setOwn } from '../schema/json-node.ts';
import { lookupSchema } from '../schema/schema.ts';
import { isSameElement, orderMerged } from './list-order.ts';
import { cloneJSON, isPlainObject, type PlainObject, readPatch } from './patch-document.ts';
import { newBadPatch, newPatchRejected } from './patch-error.ts';
import { lookupPatchMeta, type PatchMeta, type PatchType, structType } from './patch-schema.ts';

/** Says what to do with the map that it is in: `replace`, `delete` or (in lists) `merge`. */
const DIRECTIVE = '$patch';
const RETAIN_KEYS = '$retainKeys';
const DELETE_FROM_LIST = '$deleteFromPrimitiveList';
const SET_ORDER = '$setElementOrder';

/**
 * Applies a strategic merge patch, text or parsed, to a copy of the object, by the merge keys and
 * strategies of its schema. Nulls delete; what deletes nothing leaves no trace.
 *
 * @throws StatusError BadRequest (malformed) or Invalid (does not fit the object).
 */
export function applyStrategicMergePatch(
  object: object,
  patch: unknown,
  schema: string,
): PlainObject {
  const parsed = readPatch(patch);
  if (!isPlainObject(parsed)) throw newBadPatch('invalid JSON document');
  return mergeMap(
    cloneJSON(object) as PlainObject,
    cloneJSON(parsed),
    structType(lookupSchema(schema)),
  );
}

/** Merges `patch` into `original`; both are the caller's to change. */
function mergeMap(original: PlainObject, patch: PlainObject, type: PatchType): PlainObject {
  if (Object.hasOwn(patch, DIRECTIVE)) return applyMapDirective(patch);
  applyRetainKeys(original, patch);
  applyElementOrders(original, patch, type);
  for (const [name, value] of Object.entries(patch)) {
    const isDeleteList = name.startsWith(DELETE_FROM_LIST);
    const key = isDeleteList ? listKey(name, DELETE_FROM_LIST, 'primitive list') : name;
    if (value === null) {
      delete original[key];
      continue;
    }
    const current = Object.hasOwn(original, key) ? original[key] : undefined;
    if (jsonType(current) !== jsonType(value)) {
      if (!isDeleteList) addMember(original, key, value);
    } else if (isPlainObject(current) && isPlainObject(value)) {
      const meta = lookupPatchMeta(type, key);
      const merged = meta.strategy === 'replace' ? value : mergeMap(current, value, meta.type);
      setOwn(original, key, merged);
    } else if (Array.isArray(current) && Array.isArray(value)) {
      const meta = lookupPatchMeta(type, key);
      setOwn(original, key, mergeList(current, value, meta, isDeleteList));
    } else setOwn(original, key, value);
  }
  return original;
}

function applyMapDirective(patch: PlainObject): PlainObject {
  const { [DIRECTIVE]: directive, ...rest } = patch;
  if (directive === 'replace') return rest;
  if (directive === 'delete') return {};
  throw newBadPatch(`unknown patch type: ${String(directive)} in map: ${JSON.stringify(patch)}`);
}

function jsonType(value: unknown): string {
  return Array.isArray(value) ? 'list' : value === null ? 'null' : typeof value;
}

/** `$retainKeys` names all fields that may be left in the map; the patch may set no other. */
function applyRetainKeys(original: PlainObject, patch: PlainObject): void {
  if (!Object.hasOwn(patch, RETAIN_KEYS)) return;
  const retained = patch[RETAIN_KEYS];
  delete patch[RETAIN_KEYS];
  if (!Array.isArray(retained)) throw newBadPatch('invalid patch format of retainKeys');
  const keys = new Set(retained);
  for (const [key, value] of Object.entries(patch)) {
    const isDirective = key.startsWith(DELETE_FROM_LIST) || key.startsWith(SET_ORDER);
    if (value !== null && !isDirective && !keys.has(key)) {
      throw newBadPatch('invalid patch format of retainKeys');
    }
  }
  for (const key of Object.keys(original)) if (!keys.has(key)) delete original[key];
}

/** Merges the lists that have a `$setElementOrder`, puts them in order, and takes them off the patch. */
function applyElementOrders(original: PlainObject, patch: PlainObject, type: PatchType): void {
  for (const [name, order] of Object.entries(patch)) {
    if (!name.startsWith(SET_ORDER)) continue;
    delete patch[name];
    const key = listKey(name, SET_ORDER, 'setElementOrder list');
    const wanted = listOf(order);
    const current = Object.hasOwn(original, key) ? listOf(original[key]) : undefined;
    const change = Object.hasOwn(patch, key) ? listOf(patch[key]) : undefined;
    const meta = lookupPatchMeta(type, key);
    checkElementOrder(change ?? [], wanted, meta.mergeKey);
    if (current === undefined && change === undefined) continue;
    const merged =
      change === undefined
        ? (current ?? [])
        : current === undefined
          ? (withoutDirectives(change) as unknown[])
          : mergeList([...current], change, meta, false);
    requireMergeKeys([...merged, ...wanted], meta.mergeKey);
    setOwn(original, key, orderMerged(merged, wanted, current ?? [], meta.mergeKey));
    delete patch[key];
  }
}

/** `$directive/field` → `field`. */
function listKey(name: string, directive: string, what: string): string {
  if (!name.startsWith(`${directive}/`)) throw newBadPatch(`invalid patch format of ${what}`);
  return name.slice(directive.length + 1);
}

function listOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  throw newBadPatch(`expected a []interface {}, but received a ${goType(value)}`);
}

function goType(value: unknown): string {
  if (value === null) return '%!s(<nil>)';
  return isPlainObject(value) ? 'map[string]interface {}' : typeof value;
}

/** The order must name every element that the patch brings, in the same sequence. */
function checkElementOrder(
  change: readonly unknown[],
  order: readonly unknown[],
  mergeKey: string,
): void {
  if (change.length === 0 || order.length === 0) return;
  const kept = change.filter((item) => !hasDirective(item));
  let next = 0;
  for (const element of order) {
    if (next < kept.length && isSameElement(kept[next], element, mergeKey)) next++;
  }
  if (next < kept.length) {
    throw newBadPatch(
      `The order in patch list:\n${JSON.stringify(change)}\n doesn't match ${SET_ORDER} list:\n${JSON.stringify(order)}\n`,
    );
  }
}

function mergeList(
  current: unknown[],
  change: unknown[],
  meta: PatchMeta,
  isDeleteList: boolean,
): unknown[] {
  if (meta.strategy !== 'merge' && !isDeleteList) return change;
  if (current.length === 0 && change.length === 0) return current;
  const isMapList = elementsAreMaps([...current, ...change]);
  if (!isMapList) {
    if (isDeleteList) return current.filter((item) => !change.some((d) => deepEqual(d, item)));
    const both = [...current, ...change];
    const merged = both.filter((item, i) => both.findIndex((o) => deepEqual(o, item)) === i);
    return orderMerged(merged, change, current, '');
  }
  if (meta.mergeKey === '') {
    throw newPatchRejected('cannot merge lists without merge key');
  }
  return mergeMapList(current, change as PlainObject[], meta);
}

/** All elements of both lists must be objects, or none; lists of lists cannot be merged. */
function elementsAreMaps(elements: readonly unknown[]): boolean {
  const types = new Set(elements.map(jsonType));
  if (types.has('list')) throw newPatchRejected('lists of lists are not supported');
  if (types.size > 1) {
    throw newBadPatch(`list element types are not identical: ${JSON.stringify(elements)}`);
  }
  return types.has('object');
}

function mergeMapList(current: unknown[], change: PlainObject[], meta: PatchMeta): unknown[] {
  const { mergeKey, type } = meta;
  const plain: PlainObject[] = [];
  let server = [...current];
  let replace = false;
  for (const item of change) {
    if (!Object.hasOwn(item, DIRECTIVE)) {
      plain.push(item);
      continue;
    }
    switch (item[DIRECTIVE]) {
      case 'delete':
        requireMergeKeys([item], mergeKey);
        server = server.filter((element) => !isSameElement(element, item, mergeKey));
        break;
      case 'replace':
        replace = true;
        break;
      case 'merge':
        throw newBadPatch('merging lists cannot yet be specified in the patch');
      default:
        throw newBadPatch(
          `unknown patch type: ${String(item[DIRECTIVE])} in map: ${JSON.stringify(item)}`,
        );
    }
  }
  if (replace) {
    requireMergeKeys(plain, mergeKey);
    return orderMerged(plain, [], plain, mergeKey);
  }
  const merged = [...server];
  requireMergeKeys(plain, mergeKey);
  for (const item of plain) {
    const index = merged.findIndex((element) => isSameElement(element, item, mergeKey));
    if (index < 0) merged.push(item);
    else merged[index] = mergeMap(merged[index] as PlainObject, item, type);
  }
  requireMergeKeys(merged, mergeKey);
  return orderMerged(merged, plain, server, mergeKey);
}

function requireMergeKeys(elements: readonly unknown[], mergeKey: string): void {
  if (mergeKey === '') return;
  for (const element of elements) {
    if (isPlainObject(element) && !Object.hasOwn(element, mergeKey)) {
      throw newPatchRejected(
        `map: ${JSON.stringify(element)} does not contain declared merge key: ${mergeKey}`,
      );
    }
  }
}

const hasDirective = (value: unknown): boolean =>
  isPlainObject(value) && Object.hasOwn(value, DIRECTIVE);

/** Adds what the original lacks; a map that only says how to patch adds nothing. */
function addMember(target: PlainObject, key: string, value: unknown): void {
  if (hasDirective(value)) delete target[key];
  else setOwn(target, key, withoutDirectives(withoutNulls(value)));
}

/** Leaves out, at any depth, maps that only say how to patch. */
function withoutDirectives(value: unknown): unknown {
  return mapMembers(value, (member) => !hasDirective(member));
}

/** Nulls delete; where there was nothing to patch they have nothing to delete. */
function withoutNulls(value: unknown): unknown {
  return mapMembers(value, (member, inList) => inList || member !== null);
}

function mapMembers(value: unknown, keep: (member: unknown, inList: boolean) => boolean): unknown {
  if (Array.isArray(value)) {
    return value.filter((item) => keep(item, true)).map((item) => mapMembers(item, keep));
  }
  if (!isPlainObject(value)) return value;
  const result: PlainObject = {};
  for (const [key, member] of Object.entries(value)) {
    if (keep(member, false)) setOwn(result, key, mapMembers(member, keep));
  }
  return result;
}
