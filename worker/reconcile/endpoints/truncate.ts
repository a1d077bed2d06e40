import type { EndpointSubset } from 'kubernetes-types/core/v1.js';

/** More addresses than these one object does not hold. */
export const MAX_ADDRESSES = 1_000;

/**
 * Subsets that hold no more addresses than one object may: ready ones come first, and each subset
 * keeps its share of them. The very same array when there are not too many.
 */
export function truncated(subsets: readonly EndpointSubset[]): readonly EndpointSubset[] {
  const ready = total(subsets, 'addresses');
  const notReady = total(subsets, 'notReadyAddresses');
  if (ready + notReady <= MAX_ADDRESSES) return subsets;
  const list = ready > MAX_ADDRESSES ? 'addresses' : 'notReadyAddresses';
  const all = list === 'addresses' ? ready : notReady;
  const room = list === 'addresses' ? MAX_ADDRESSES : MAX_ADDRESSES - ready;
  let left = room;
  return subsets.flatMap((subset) => {
    const before = subset[list] ?? [];
    const kept = before.slice(0, Math.min(left, Math.ceil((before.length / all) * room)));
    left -= kept.length;
    const { notReadyAddresses: _, [list]: __, ...others } = subset;
    const next: EndpointSubset = { ...others, ...(kept.length === 0 ? {} : { [list]: kept }) };
    // A subset that has lost all of its addresses says nothing.
    return next.addresses === undefined && next.notReadyAddresses === undefined ? [] : [next];
  });
}

function total(
  subsets: readonly EndpointSubset[],
  list: 'addresses' | 'notReadyAddresses',
): number {
  return subsets.reduce((sum, subset) => sum + (subset[list] ?? []).length, 0);
}
