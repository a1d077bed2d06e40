import { newControllerRef } from '../../../apimachinery/owner-references.ts';
import { templateHash } from '../deployment/template.ts';
import type { ControllerRevision } from '../kinds.ts';
import { ownerIdentity, revisionData } from './revision.ts';
import type { RevisionFlavor, RevisionOwner } from './revision.ts';

/** Leaves room for the hash in a name of 253 characters. */
const MAX_PREFIX = 223;

function hashOf({ spec, status }: RevisionOwner): string {
  return templateHash(spec.template ?? {}, status?.collisionCount ?? 0);
}

/** What a new revision of the owner's template is called, by its present collision count. */
export function revisionName(owner: RevisionOwner): string {
  return `${owner.metadata.name.slice(0, MAX_PREFIX)}-${hashOf(owner)}`;
}

/** The uid is the store's to give. */
export function newRevision(
  flavor: RevisionFlavor,
  owner: RevisionOwner,
  revision: number,
): ControllerRevision {
  const { annotations } = owner.metadata;
  const labels = owner.spec.template?.metadata?.labels;
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: revisionName(owner),
      uid: '',
      labels: { ...labels, [flavor.hashLabel]: hashOf(owner) },
      ...(annotations === undefined ? {} : { annotations }),
      ownerReferences: [newControllerRef(ownerIdentity(flavor, owner))],
    },
    data: revisionData(owner.spec.template),
    revision,
  };
}
