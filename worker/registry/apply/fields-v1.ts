import { EMPTY_SET, type FieldSet, type MutableSet, SELF, unionSets } from './field-set.ts';
import { isMapValue } from './merge-type.ts';
import { compareElements, readElement } from './path-element.ts';

/**
 * Reads FieldsV1 as a client sent it, or as it was stored. Elements of unknown kinds are left out.
 * What is canonical, as everything that was written here, is returned as it is.
 *
 * @throws Error when it is not a tree of path elements.
 */
export function readFieldsV1(fields: unknown): FieldSet {
  if (fields === undefined || fields === null) return EMPTY_SET;
  return isCanonical(fields) ? fields : rebuild(fields);
}

function isCanonical(node: unknown): node is FieldSet {
  if (!isMapValue(node)) return false;
  for (const key in node) {
    if (key !== SELF && readElement(key) !== key) return false;
    if (!isCanonical(node[key])) return false;
  }
  return true;
}

function rebuild(node: unknown): FieldSet {
  if (node === null) return EMPTY_SET;
  if (!isMapValue(node)) throw new Error('expected an object of fields');
  const result: MutableSet = {};
  for (const [key, below] of Object.entries(node)) {
    if (key === SELF) {
      result[SELF] = EMPTY_SET;
      continue;
    }
    const element = readElement(key);
    if (element === null) continue;
    const child = rebuild(below);
    const known = result[element];
    result[element] = known === undefined ? child : unionSets(known, child);
  }
  return result;
}

/** The same set with the members of every node in the order in which upstream writes them. */
export function sortFields(set: FieldSet): FieldSet {
  const keys = Object.keys(set);
  let isSorted = true;
  let result: MutableSet | undefined;
  for (const [i, key] of keys.entries()) {
    if (i > 0 && compareKeys(keys[i - 1] ?? SELF, key) > 0) isSorted = false;
    const child = set[key] ?? EMPTY_SET;
    const sorted = sortFields(child);
    if (sorted === child) continue;
    result ??= { ...set };
    result[key] = sorted;
  }
  const ordered = result ?? set;
  if (isSorted) return ordered;
  return Object.fromEntries(keys.sort(compareKeys).map((key) => [key, ordered[key] ?? EMPTY_SET]));
}

function compareKeys(a: string, b: string): number {
  if (a === SELF) return -1;
  return b === SELF ? 1 : compareElements(a, b);
}
