import { deepEqual } from '../rest/deep-equal.ts';
import { FieldSetBuilder } from './field-set-builder.ts';
import { type FieldSet, subtractTree } from './field-set.ts';
import { listElement } from './list-element.ts';
import {
  isListValue,
  isMapValue,
  isSameShape,
  memberOf,
  memberType,
  type MergeList,
  type MergeMap,
  type MergeType,
  type PlainObject,
  resolveShape,
} from './merge-type.ts';
import type { PathElement } from './path-element.ts';
import { scalarProblem } from './validate-value.ts';

/** How one value differs from another of the same type; no path is in two of the sets. */
export interface Comparison {
  readonly removed: FieldSet;
  readonly modified: FieldSet;
  readonly added: FieldSet;
}

/**
 * Compares two values of a type.
 *
 * @throws Error when a list's element has no key, or a value has another type on both sides.
 */
export function compareValues(type: MergeType, left: unknown, right: unknown): Comparison {
  const walk = new CompareWalk();
  walk.compare(type, left, right);
  return { removed: walk.removed.set, modified: walk.modified.set, added: walk.added.set };
}

/** The comparison without some paths and everything below them. */
export function excludeFields(comparison: Comparison, fields: FieldSet): Comparison {
  return {
    removed: subtractTree(comparison.removed, fields),
    modified: subtractTree(comparison.modified, fields),
    added: subtractTree(comparison.added, fields),
  };
}

/** Undefined stands for a value that is not there; a null is one that is. */
class CompareWalk {
  readonly removed = new FieldSetBuilder();
  readonly modified = new FieldSetBuilder();
  readonly added = new FieldSetBuilder();
  readonly #path: PathElement[] = [];

  compare(type: MergeType, left: unknown, right: unknown): void {
    const leftShape = resolveShape(type, left);
    const rightShape = resolveShape(type, right);
    let isLeaf: boolean;
    if (right === undefined) isLeaf = this.#compareAs(leftShape, left, right);
    else if (left === undefined || isSameShape(leftShape, rightShape)) {
      isLeaf = this.#compareAs(rightShape, left, right);
    } else {
      this.#compareAs(leftShape, left, right);
      isLeaf = this.#compareAs(rightShape, left, right);
    }
    if (isLeaf) return;
    if (left === undefined) this.added.insert(this.#path);
    else if (right === undefined) this.removed.insert(this.#path);
  }

  /** Returns whether the values are compared, and owned, as a whole. */
  #compareAs({ map, scalar, list }: MergeType, left: unknown, right: unknown): boolean {
    if (map !== undefined) {
      const l = isMapValue(left) ? left : undefined;
      const r = isMapValue(right) ? right : undefined;
      if (map.atomic || (isEmpty(l) && isEmpty(r))) this.#leaf(left, right);
      else {
        this.#members(map, l, r);
        return false;
      }
    } else if (scalar !== undefined) {
      if (scalarProblem(scalar, left) !== null && scalarProblem(scalar, right) !== null) {
        throw new Error(`not ${scalar} on either side`);
      }
      this.#leaf(left, right);
    } else if (list !== undefined) {
      const l = isListValue(left) ? left : [];
      const r = isListValue(right) ? right : [];
      if (list.atomic || (l.length === 0 && r.length === 0)) this.#leaf(left, right);
      else {
        this.#items(list, l, r);
        return false;
      }
    }
    return true;
  }

  #leaf(left: unknown, right: unknown): void {
    if (left === undefined) this.added.insert(this.#path);
    else if (right === undefined) this.removed.insert(this.#path);
    else if (!deepEqual(left, right)) this.modified.insert(this.#path);
  }

  #members(map: MergeMap, left: PlainObject | undefined, right: PlainObject | undefined): void {
    for (const name in left) this.#member(map, name, left[name], memberOf(right, name));
    for (const name in right) {
      if (memberOf(left, name) === undefined) this.#member(map, name, undefined, right[name]);
    }
  }

  #member(map: MergeMap, name: string, left: unknown, right: unknown): void {
    if (left === right) return;
    const type = memberType(map, name);
    if (type === undefined) throw new Error(`field ${name} is not declared`);
    this.#descend(`f:${name}`, type, left, right);
  }

  #descend(element: PathElement, type: MergeType, left: unknown, right: unknown): void {
    this.#path.push(element);
    this.compare(type, left, right);
    this.#path.pop();
  }

  #items(list: MergeList, left: readonly unknown[], right: readonly unknown[]): void {
    const olds = groupItems(list, left);
    const news = groupItems(list, right);
    for (const [element, items] of olds) {
      this.#item(list, element, items, news.get(element) ?? []);
    }
    for (const [element, items] of news) {
      if (!olds.has(element)) this.#item(list, element, [], items);
    }
  }

  /** Items that come more than once are compared as one: what is in them has no owners. */
  #item(
    list: MergeList,
    element: PathElement,
    left: readonly unknown[],
    right: readonly unknown[],
  ): void {
    if (left.length <= 1 && right.length <= 1) {
      this.#descend(element, list.element, left[0], right[0]);
      return;
    }
    const path = [...this.#path, element];
    if (left.length >= 2 && right.length >= 2) {
      if (!deepEqual(left, right)) this.modified.insert(path);
    } else if (left.length >= 2) {
      if (right.length > 0) this.#descend(element, list.element, undefined, right[0]);
      this.removed.insert(path);
    } else {
      if (left.length > 0) this.#descend(element, list.element, left[0], undefined);
      this.added.insert(path);
    }
  }
}

function isEmpty(map: PlainObject | undefined): boolean {
  for (const _ in map) return false;
  return true;
}

function groupItems(list: MergeList, items: readonly unknown[]): Map<PathElement, unknown[]> {
  const groups = new Map<PathElement, unknown[]>();
  for (const item of items) {
    const element = listElement(list, item);
    const group = groups.get(element);
    if (group === undefined) groups.set(element, [item]);
    else group.push(item);
  }
  return groups;
}
