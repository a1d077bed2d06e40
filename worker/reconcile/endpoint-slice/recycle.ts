import type { KubernetesObject, ObjectMeta } from '../../../apimachinery/meta.ts';
import { nameOf, SLICES } from './slice.ts';
import type { EndpointSlice } from './slice.ts';
import type { SliceChanges } from './pack.ts';
import type { Write } from '../planner.ts';

type Changes = Pick<SliceChanges, 'create' | 'update' | 'remove'>;

/** Turns creations into updates of slices that would go, where those are of the same family. */
export function recycle(
  { create, update, remove }: Changes,
  mayRecycle: (slice: EndpointSlice) => boolean,
): Changes {
  const made = [...create];
  const updated = [...update];
  const removed = remove.filter((old) => {
    const next = made.at(-1);
    if (next === undefined || old.addressType !== next.addressType || !mayRecycle(old)) return true;
    made.pop();
    updated.push(replaceSlice(old, next));
    return false;
  });
  return { create: made, update: updated, remove: removed };
}

/** The new content under the old name. */
export function replaceSlice(
  old: EndpointSlice,
  { metadata, ...content }: EndpointSlice,
): EndpointSlice {
  const { labels, annotations, ownerReferences } = metadata;
  const { annotations: _, ...kept } = old.metadata;
  const next: ObjectMeta = {
    ...kept,
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
    ...(ownerReferences === undefined ? {} : { ownerReferences }),
  };
  return { ...content, metadata: next };
}

/** The changes as writes: what is new first, so that no endpoint is missing in between. */
export function writesOf({ create, update, remove }: Changes): Write[] {
  return [
    ...create.map((object): Write => ({ verb: 'create', resource: SLICES, object })),
    ...update.map((object): Write => ({ verb: 'update', resource: SLICES, object })),
    ...remove.map(deletion),
  ];
}

export const deletion = (slice: KubernetesObject): Write => ({
  verb: 'delete',
  resource: SLICES,
  name: nameOf(slice),
  uid: slice.metadata.uid ?? '',
});
