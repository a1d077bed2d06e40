import { setOwn } from '../schema/json-node.ts';
import { listElement } from './list-element.ts';
import {
  isListValue,
  isMapValue,
  memberOf,
  memberType,
  type MergeList,
  type MergeMap,
  type MergeType,
  type PlainObject,
  resolveShape,
} from './merge-type.ts';
import type { PathElement } from './path-element.ts';

/**
 * Puts `applied` over `live`: leaves are taken from `applied`, nothing is removed, and lists that
 * are merged by element keep the order of `live` as far as `applied` does not want another.
 *
 * @returns the merged value, which shares parts with both; undefined for nothing.
 * @throws Error when a list's element has no key.
 */
export function mergeValues(type: MergeType, live: unknown, applied: unknown): unknown {
  return applied === undefined ? live : mergeAs(resolveShape(type, applied), live, applied);
}

function mergeAs({ map, list }: MergeType, live: unknown, applied: unknown): unknown {
  if (map !== undefined) {
    const left = isMapValue(live) ? live : {};
    const right = isMapValue(applied) ? applied : {};
    const isBare = Object.keys(left).length === 0 && Object.keys(right).length === 0;
    return map.atomic || isBare ? applied : mergeMembers(map, left, right);
  }
  if (list !== undefined) {
    const left = isListValue(live) ? live : [];
    const right = isListValue(applied) ? applied : [];
    const isBare = left.length === 0 && right.length === 0;
    return list.atomic || isBare ? applied : mergeItems(list, left, right);
  }
  return applied;
}

function mergeMembers(map: MergeMap, left: PlainObject, right: PlainObject): unknown {
  const merged: Record<string, unknown> = { ...left };
  for (const name of Object.keys(right)) {
    const type = memberType(map, name);
    if (type === undefined) throw new Error(`field ${name} is not declared`);
    const value = mergeValues(type, memberOf(left, name), right[name]);
    if (value !== undefined) setOwn(merged, name, value);
  }
  return Object.keys(merged).length === 0 ? undefined : merged;
}

interface Items {
  readonly elements: readonly PathElement[];
  /** By element; null for one that comes more than once: such are replaced, not merged. */
  readonly byElement: ReadonlyMap<PathElement, unknown>;
}

function indexItems(list: MergeList, items: readonly unknown[]): Items {
  const elements = items.map((item) => listElement(list, item));
  const byElement = new Map<PathElement, unknown>();
  for (const [i, element] of elements.entries()) {
    byElement.set(element, byElement.has(element) ? null : items[i]);
  }
  return { elements, byElement };
}

/**
 * Walks both lists at once. Where both are at the same element, it is merged. Of `left` only what
 * `right` lacks is taken, and what both have waits until the order of `right` comes to it.
 */
function mergeItems(
  list: MergeList,
  left: readonly unknown[],
  right: readonly unknown[],
): unknown[] | undefined {
  const lefts = indexItems(list, left);
  const rights = indexItems(list, right);
  const merged: unknown[] = [];
  const taken = new Set<PathElement>();
  const shared = rights.elements.filter((element) => lefts.byElement.has(element));
  let nextShared = 0;
  const take = (element: PathElement): void => {
    taken.add(element);
    const value = mergeValues(
      list.element,
      lefts.byElement.get(element),
      rights.byElement.get(element),
    );
    if (value !== undefined) merged.push(value);
  };
  let l = 0;
  let r = 0;
  while (l < left.length || r < right.length) {
    const leftElement = lefts.elements[l];
    const rightElement = rights.elements[r];
    if (leftElement !== undefined && rightElement !== undefined) {
      if (leftElement === rightElement) {
        take(leftElement);
        l++;
        r++;
        nextShared++;
        continue;
      }
      const wanted = shared[nextShared];
      const isShared = rights.byElement.has(leftElement);
      if (isShared && wanted !== undefined && wanted !== leftElement) {
        l++;
        continue;
      }
    }
    if (leftElement !== undefined) {
      if (!rights.byElement.has(leftElement)) {
        merged.push(left[l]);
        l++;
        continue;
      }
      if (taken.has(leftElement)) l++;
    }
    if (rightElement !== undefined) {
      take(rightElement);
      r++;
      if (shared[nextShared] === rightElement) nextShared++;
    }
  }
  return merged.length === 0 ? undefined : merged;
}
