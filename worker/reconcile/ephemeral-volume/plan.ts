import type { PersistentVolumeClaim, Pod } from '../kinds.ts';
import { EMPTY_PLAN } from '../planner.ts';
import type { EventText, Plan } from '../planner.ts';
import { podClaims, strangerText } from '../pods/pod-claims.ts';

const CLAIMS = 'persistentvolumeclaims';

export interface ObservedPod {
  readonly pod: Pod;
  /** Those of the claims of its ephemeral volumes that are there, by name. */
  readonly claims: ReadonlyMap<string, PersistentVolumeClaim>;
}

/** Makes the claims of a pod's ephemeral volumes. One that somebody else made is not touched. */
export function planEphemeralVolumes({ pod, claims }: ObservedPod): Plan {
  if (pod.metadata.deletionTimestamp !== undefined) return EMPTY_PLAN;
  for (const { volume, claim, isEphemeral } of podClaims(pod)) {
    if (!isEphemeral) continue;
    const found = claims.get(claim);
    const stranger = found === undefined ? null : strangerText(pod, found);
    if (stranger !== null) return { writes: [], events: [refusal(pod, volume, stranger)] };
    if (found !== undefined) continue;
    const template = pod.spec.volumes?.find(({ name }) => name === volume)?.ephemeral
      ?.volumeClaimTemplate;
    const { labels, annotations } = template?.metadata ?? {};
    const { name, uid } = pod.metadata;
    const owner = { apiVersion: 'v1', kind: 'Pod', name, uid };
    const object = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: {
        name: claim,
        ...(labels === undefined ? {} : { labels }),
        ...(annotations === undefined ? {} : { annotations }),
        ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: true }],
      },
      spec: template?.spec ?? {},
    };
    const onFailure = refusal(pod, volume, `create PVC ${claim}: {error}`);
    const write = { verb: 'create', resource: CLAIMS, object } as const;
    // One after the other: what was made makes the pod's key due again.
    return { writes: [{ ...write, announce: { regarding: pod, onFailure } }], requeueAfterMs: 0 };
  }
  return EMPTY_PLAN;
}

function refusal(pod: Pod, volume: string, why: string): EventText & { regarding: Pod } {
  const message = `ephemeral volume ${volume}: ${why}`;
  return { type: 'Warning', reason: 'FailedBinding', message, regarding: pod };
}
