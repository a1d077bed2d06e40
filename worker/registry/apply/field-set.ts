import { compareElements, type PathElement } from './path-element.ts';

/**
 * A set of field paths in the very form of FieldsV1: a tree of path elements. An element with
 * nothing below is in the set; one with something below is in it when it has a member `.`.
 *
 *     { 'f:spec': { 'f:replicas': {}, 'f:template': { '.': {}, 'f:spec': {} } } }
 *
 * Sets are values: functions return new ones, or one that they were given where nothing changes.
 */
export interface FieldSet {
  readonly [element: PathElement]: FieldSet;
}

export const EMPTY_SET: FieldSet = Object.freeze({});
export const SELF = '.';

export type MutableSet = Record<PathElement, FieldSet>;

/** Whether there is no path in the set (of a tree's root: below it, an empty node is a path). */
export function isEmptySet(set: FieldSet): boolean {
  for (const element in set) if (element !== SELF) return false;
  return true;
}

/** Whether the element of a node is itself in the set. */
export const isMember = (node: FieldSet): boolean => node[SELF] !== undefined || isEmptySet(node);

/** The node of an element with this below it, or undefined when it stands for no path. */
function newNode(member: boolean, children: FieldSet): FieldSet | undefined {
  if (isEmptySet(children)) return member ? EMPTY_SET : undefined;
  const hasSelf = children[SELF] !== undefined;
  if (member === hasSelf) return children;
  if (member) return { [SELF]: EMPTY_SET, ...children };
  const { [SELF]: _, ...rest } = children;
  return rest;
}

/** Whether the path itself, not only something below it, is in the set. */
export function hasPath(set: FieldSet, path: readonly PathElement[]): boolean {
  let node: FieldSet | undefined = set;
  for (const element of path) {
    node = node[element];
    if (node === undefined) return false;
  }
  return path.length > 0 && isMember(node);
}

export const hasElement = (set: FieldSet, element: PathElement): boolean => {
  const node = set[element];
  return node !== undefined && isMember(node);
};

/** What the set has below an element; undefined for nothing. */
export function childrenOf(set: FieldSet, element: PathElement): FieldSet | undefined {
  const node = set[element];
  return node === undefined || isEmptySet(node) ? undefined : node;
}

/** Everything that is in either. */
export function unionSets(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b || isEmptySet(b)) return a;
  if (isEmptySet(a)) return b;
  const result: MutableSet = { ...a };
  for (const element in b) {
    if (element === SELF) continue;
    const right = b[element] ?? EMPTY_SET;
    const left = a[element];
    if (left === undefined) result[element] = right;
    else if (left !== right) {
      const member = isMember(left) || isMember(right);
      result[element] = newNode(member, unionSets(left, right)) ?? EMPTY_SET;
    }
  }
  return result;
}

/** Everything that is in both. */
export function intersectSets(a: FieldSet, b: FieldSet): FieldSet {
  const result: MutableSet = {};
  for (const element in a) {
    const left = a[element];
    const right = b[element];
    if (element === SELF || left === undefined || right === undefined) continue;
    const node = newNode(isMember(left) && isMember(right), intersectSets(left, right));
    if (node !== undefined) result[element] = node;
  }
  return result;
}

/** What is in `a` and not in `b`. A path of `b` takes nothing that is below it. */
export function subtractSet(a: FieldSet, b: FieldSet): FieldSet {
  return subtract(a, b, false);
}

/** The same, but a path of `b` takes everything that is below it, too. */
export function subtractTree(a: FieldSet, b: FieldSet): FieldSet {
  return subtract(a, b, true);
}

function subtract(a: FieldSet, b: FieldSet, below: boolean): FieldSet {
  let result: MutableSet | undefined;
  for (const element in b) {
    const left = a[element];
    const right = b[element];
    if (element === SELF || left === undefined || right === undefined) continue;
    const taken = isMember(right);
    const node =
      taken && below ? undefined : newNode(isMember(left) && !taken, subtract(left, right, below));
    if (node === left) continue;
    result ??= { ...a };
    if (node === undefined) delete result[element];
    else result[element] = node;
  }
  return result ?? a;
}

/** Calls `visit` with every path of the set, members before what is below them, in order. */
export function visitPaths(set: FieldSet, visit: (path: readonly PathElement[]) => void): void {
  walk(set, [], visit);
}

/** The path that visitors are given is reused. */
function walk(set: FieldSet, path: PathElement[], visit: (path: PathElement[]) => void): void {
  const elements = Object.keys(set)
    .filter((e) => e !== SELF)
    .sort(compareElements);
  for (const element of elements) {
    if (!hasElement(set, element)) continue;
    path.push(element);
    visit(path);
    path.pop();
  }
  for (const element of elements) {
    const below = childrenOf(set, element);
    if (below === undefined) continue;
    path.push(element);
    walk(below, path, visit);
    path.pop();
  }
}
