import { deepEqual } from '../rest/deep-equal.ts';
import { isPlainObject } from './patch-document.ts';

/** What makes two list elements the same: the merge key's value, or for scalars the value. */
export function isSameElement(a: unknown, b: unknown, mergeKey: string): boolean {
  if (mergeKey === '' || !isPlainObject(a) || !isPlainObject(b)) return deepEqual(a, b);
  return a[mergeKey] !== undefined && deepEqual(a[mergeKey], b[mergeKey]);
}

const indexIn = (list: readonly unknown[], element: unknown, mergeKey: string): number =>
  list.findIndex((other) => isSameElement(other, element, mergeKey));

/** Sorts by the position in `order`, stable. */
function sortByOrder(
  list: readonly unknown[],
  order: readonly unknown[],
  mergeKey: string,
): unknown[] {
  const position = new Map(list.map((element) => [element, indexIn(order, element, mergeKey)]));
  return [...list].sort((a, b) => (position.get(a) ?? 0) - (position.get(b) ?? 0));
}

/**
 * Orders a merged list: elements that the patch names stand in the patch's order, elements that
 * only the server has stay in the server's, and the two are interleaved by where the server had
 * them (design of $setElementOrder, kubernetes/design-proposals, "preserve-order-in-strategic-merge-patch").
 */
export function orderMerged(
  merged: readonly unknown[],
  patchOrder: readonly unknown[],
  serverOrder: readonly unknown[],
  mergeKey: string,
): unknown[] {
  const isInPatch = (element: unknown): boolean => indexIn(patchOrder, element, mergeKey) >= 0;
  const patched = sortByOrder(merged.filter(isInPatch), patchOrder, mergeKey);
  const others = sortByOrder(
    merged.filter((element) => !isInPatch(element)),
    serverOrder,
    mergeKey,
  );
  const result: unknown[] = [];
  let [i, j] = [0, 0];
  while (i < others.length || j < patched.length) {
    const takeOther =
      j >= patched.length ||
      (i < others.length && isBefore(others[i], patched[j], serverOrder, mergeKey));
    result.push(takeOther ? others[i++] : patched[j++]);
  }
  return result;
}

function isBefore(a: unknown, b: unknown, order: readonly unknown[], mergeKey: string): boolean {
  const [left, right] = [indexIn(order, a, mergeKey), indexIn(order, b, mergeKey)];
  return left >= 0 && right >= 0 && left < right;
}
