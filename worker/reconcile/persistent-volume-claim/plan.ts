import { LOCAL_PATH } from '../../../apimachinery/local-path.ts';
import {
  BIND_COMPLETED,
  BOUND_BY_CONTROLLER,
  PROVISIONER_ANNOTATIONS,
  SELECTED_NODE,
} from '../../registry/binding/annotations.ts';
import type { ClaimVolume, VolumeAnswer } from '../../registry/binding/volume-answer.ts';
import { deepEqual } from '../../registry/rest/deep-equal.ts';
import type { PersistentVolumeClaim } from '../kinds.ts';
import { EMPTY_PLAN } from '../planner.ts';
import type { EventText, Plan } from '../planner.ts';

const CLAIMS = 'persistentvolumeclaims';

export interface ObservedBinding {
  readonly claim: PersistentVolumeClaim;
  /** What the cluster's store says of the claim; null before it has said anything. */
  readonly answer: VolumeAnswer | null;
  /** Names of the pods that use the claim and have no node yet. */
  readonly waitingPods: readonly string[];
}

/**
 * Writes into a claim what was found for it, first what it is bound to, then its status. A claim that
 * is bound stays bound to the same volume, whatever is said later.
 */
export function planBinding({ claim, answer, waitingPods }: ObservedBinding): Plan {
  if (answer === null || answer.claim?.uid !== claim.metadata.uid) return EMPTY_PLAN;
  switch (answer.state) {
    case 'Bound':
      return answer.volume === undefined ? EMPTY_PLAN : planBound(claim, answer.volume);
    case 'Lost':
      return planLost(claim, answer);
    default:
      return planPending(claim, answer, waitingPods);
  }
}

function planBound(claim: PersistentVolumeClaim, volume: ClaimVolume): Plan {
  const { metadata, spec } = claim;
  const { volumeName = '' } = spec ?? {};
  if (volumeName !== '' && volumeName !== volume.name) return EMPTY_PLAN;
  const isOurChoice = volumeName === '';
  const annotations = {
    ...metadata.annotations,
    [BIND_COMPLETED]: 'yes',
    ...(isOurChoice ? { [BOUND_BY_CONTROLLER]: 'yes' } : {}),
    ...(isOurChoice && volume.provisionedBy === LOCAL_PATH ? provisionedBy(LOCAL_PATH) : {}),
  };
  const next = {
    ...claim,
    metadata: { ...metadata, annotations },
    spec: { ...spec, volumeName: volume.name },
  };
  if (!deepEqual(next, claim)) {
    const isMade = isOurChoice && volume.provisionedBy === LOCAL_PATH;
    const message = `Successfully provisioned volume ${volume.name} using ${LOCAL_PATH}`;
    const onSuccess = { type: 'Normal', reason: 'ProvisioningSucceeded', message } as const;
    return write('update', next, isMade ? onSuccess : undefined);
  }
  const { capacity, accessModes, attributesClass } = volume;
  const status = {
    ...claim.status,
    phase: 'Bound',
    accessModes,
    capacity,
    ...(attributesClass === undefined ? {} : { currentVolumeAttributesClassName: attributesClass }),
  };
  return deepEqual(status, claim.status) ? EMPTY_PLAN : write('updateStatus', { ...claim, status });
}

function planLost(claim: PersistentVolumeClaim, { event }: VolumeAnswer): Plan {
  if (claim.status?.phase === 'Lost') return EMPTY_PLAN;
  const { accessModes: _, capacity: _gone, ...rest } = claim.status ?? {};
  return write('updateStatus', { ...claim, status: { ...rest, phase: 'Lost' } }, event);
}

function planPending(
  claim: PersistentVolumeClaim,
  answer: VolumeAnswer,
  waitingPods: readonly string[],
): Plan {
  const { metadata, spec } = claim;
  const { storageClassName, provisioner, rejectedNode, event } = answer;
  const { [SELECTED_NODE]: selected, ...others } = metadata.annotations ?? {};
  const isRejected = selected !== undefined && selected === rejectedNode;
  const annotations = {
    ...(isRejected ? others : metadata.annotations),
    ...(provisioner === undefined ? {} : provisionedBy(provisioner)),
  };
  const { annotations: _, ...bare } = metadata;
  const next = {
    ...claim,
    metadata: Object.keys(annotations).length === 0 ? bare : { ...metadata, annotations },
    spec:
      storageClassName === undefined || spec?.storageClassName !== undefined
        ? spec
        : { ...spec, storageClassName },
  };
  const text = event ?? (answer.delayed === undefined ? undefined : waitText(waitingPods));
  // A node that was rejected is told of once, with what takes it away.
  if (isRejected) return write('update', next, event);
  if (!deepEqual(next, claim)) return write('update', next);
  return text === undefined || (selected !== undefined && event === undefined)
    ? EMPTY_PLAN
    : { writes: [], events: [{ ...text, regarding: claim }] };
}

const provisionedBy = (provisioner: string): Record<string, string> =>
  Object.fromEntries(PROVISIONER_ANNOTATIONS.map((key) => [key, provisioner]));

/** Why a claim waits that is bound with its first pod (emitEventForUnboundDelayBindingClaim). */
function waitText(pods: readonly string[]): EventText {
  const [first] = pods;
  if (first === undefined) {
    const message = 'waiting for first consumer to be created before binding';
    return { type: 'Normal', reason: 'WaitForFirstConsumer', message };
  }
  const who = pods.length === 1 ? `pod ${first}` : `pods ${pods.join(',')}`;
  const message = `waiting for ${who} to be scheduled`;
  return { type: 'Normal', reason: 'WaitForPodScheduled', message };
}

function write(
  verb: 'update' | 'updateStatus',
  object: PersistentVolumeClaim | Record<string, unknown>,
  onSuccess?: EventText,
): Plan {
  const claim = object as PersistentVolumeClaim;
  const announce = onSuccess === undefined ? {} : { announce: { regarding: claim, onSuccess } };
  return { writes: [{ verb, resource: CLAIMS, object: claim, ...announce }] };
}
