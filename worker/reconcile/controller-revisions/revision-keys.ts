import { controllerOf } from '../../../apimachinery/owner-references.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { asList } from '../kinds.ts';
import type { Change, Reader } from '../planner.ts';
import { labelPredicate } from '../selector.ts';
import type { RevisionFlavor, RevisionOwner } from './revision.ts';

/**
 * Which owners have to look at a change of a revision. One that is made with a controller is no
 * news to it: it is left alone until something else happens, as upstream leaves it.
 */
export function ownersOfRevision(
  flavor: RevisionFlavor,
  owners: string,
  { before, after }: Change,
  reader: Reader,
): readonly string[] {
  const keys = new Set<string>();
  const isNew = before === null && after !== null && controllerOf(after) !== undefined;
  for (const revision of isNew ? [] : [before, after]) {
    const owner = revision === null ? undefined : ownerName(flavor, revision);
    if (owner !== undefined) keys.add(owner);
  }
  if (after !== null && controllerOf(after) === undefined) {
    for (const owner of asList<RevisionOwner>(reader.list(owners))) {
      if (labelPredicate(owner.spec.selector)(after.metadata.labels)) keys.add(owner.metadata.name);
    }
  }
  return [...keys];
}

/** The name of the StatefulSet or DaemonSet that controls the object. */
export function ownerName({ kind }: RevisionFlavor, object: KubernetesObject): string | undefined {
  const owner = controllerOf(object);
  return owner?.kind === kind && owner.apiVersion === 'apps/v1' ? owner.name : undefined;
}
