import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { CLASS_ANNOTATION } from '../resources/volumes/class-annotation.ts';
import type { ClaimSpecFields } from '../resources/volumes/claim-spec.ts';
import { BIND_COMPLETED, BOUND_BY_CONTROLLER, SELECTED_NODE } from './annotations.ts';

/** What the cluster's store, which has the volumes, knows of a claim in a namespace. */
export interface ClaimCopy extends KubernetesObject {
  metadata: { name: string; uid: string; annotations?: Record<string, string> };
  claim: { namespace: string; name: string; terminating?: boolean };
  spec: ClaimSpecFields;
}

const ANNOTATIONS = [BIND_COMPLETED, BOUND_BY_CONTROLLER, SELECTED_NODE, CLASS_ANNOTATION];

/** Under which the copy of a claim, and the answer to it, are kept in the cluster's store. */
export const claimKey = (namespace: string, name: string): string => `${namespace}/${name}`;

/** The part of a claim that binding goes by. Nothing that binding itself reports is in it. */
export function copyOfClaim(claim: KubernetesObject, namespace: string): ClaimCopy {
  const { name = '', uid = '', annotations = {}, deletionTimestamp } = claim.metadata;
  const kept = ANNOTATIONS.flatMap((key): [string, string][] => {
    const value = annotations[key];
    return value === undefined ? [] : [[key, value]];
  });
  return {
    apiVersion: 'fairlead.dev/v1',
    kind: 'VolumeClaim',
    metadata: {
      name: claimKey(namespace, name),
      uid,
      ...(kept.length === 0 ? {} : { annotations: Object.fromEntries(kept) }),
    },
    claim: { namespace, name, ...(deletionTimestamp === undefined ? {} : { terminating: true }) },
    spec: claim['spec'] ?? {},
  };
}

/** The class of a claim or volume, which an annotation used to name; '' for none. */
export function classOf({ metadata, spec }: KubernetesObject): string {
  const { storageClassName } = (spec ?? {}) as { storageClassName?: string };
  return metadata.annotations?.[CLASS_ANNOTATION] ?? storageClassName ?? '';
}
