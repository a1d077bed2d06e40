import { LOCAL_PATH } from '../../../apimachinery/local-path.ts';
import {
  BIND_COMPLETED,
  NO_PROVISIONER,
  SELECTED_NODE,
} from '../../registry/binding/annotations.ts';
import { classOf } from '../../registry/binding/claim-copy.ts';
import type { ClaimCopy } from '../../registry/binding/claim-copy.ts';
import type { VolumeAnswer } from '../../registry/binding/volume-answer.ts';
import type { Node, PersistentVolume, StorageClass } from '../kinds.ts';
import type { Plan, Write } from '../planner.ts';
import { announceAnswer, boundTo, lost, misbound, pending, withdrawAnswer } from './answer.ts';
import type { AnswerPart } from './answer.ts';
import { bindVolume } from './bind.ts';
import { delayedBinding } from './delayed.ts';
import { findVolume, mismatch } from './match.ts';
import { keepsDirectories, provision } from './provision.ts';
import { isKeptFor, VOLUMES } from './volume-facts.ts';

export interface ObservedClaim {
  readonly kind: 'claim';
  /** Null when the claim is gone. */
  readonly claim: ClaimCopy | null;
  /** What was said last. */
  readonly answer: VolumeAnswer | null;
  readonly volumes: readonly PersistentVolume[];
  /** The claim's own class. */
  readonly storageClass: StorageClass | null;
  /** The class of claims that name none. */
  readonly defaultClass: string | null;
  readonly nodes: readonly Node[];
}

/** What is done for a claim, and said to it. */
interface Decision {
  readonly answer: AnswerPart;
  readonly writes?: readonly Write[];
}

/**
 * Finds a volume for a claim, or says why there is none (syncClaim). The volume is written first: what
 * its claimRef says holds, whatever becomes of the rest.
 */
export function planClaim(observed: ObservedClaim): Plan {
  const { claim, answer } = observed;
  if (claim === null) return { writes: withdrawAnswer(answer) };
  const isBound = claim.metadata.annotations?.[BIND_COMPLETED] !== undefined;
  const { answer: part, writes = [] } = isBound
    ? keepBound(claim, observed)
    : claim.spec.volumeName
      ? bindNamed(claim, claim.spec.volumeName, observed)
      : bindAny(claim, observed);
  return { writes: [...writes, ...announceAnswer(claim, part, answer)] };
}

/** A claim that was bound once (syncBoundClaim). */
function keepBound(claim: ClaimCopy, { volumes }: ObservedClaim): Decision {
  const { volumeName } = claim.spec;
  if (!volumeName) return { answer: lost('reference to PersistentVolume') };
  const volume = volumes.find(({ metadata }) => metadata.name === volumeName);
  if (volume === undefined) return { answer: lost('its PersistentVolume') };
  const owner = volume.spec?.claimRef;
  if (owner === undefined || owner.uid === claim.metadata.uid) return bind(volume, claim);
  return { answer: misbound() };
}

/** A claim whose user has chosen the volume. */
function bindNamed(claim: ClaimCopy, name: string, { volumes }: ObservedClaim): Decision {
  const volume = volumes.find(({ metadata }) => metadata.name === name);
  if (volume === undefined) return { answer: pending() };
  if (isKeptFor(volume, claim)) return bind(volume, claim);
  if (volume.spec?.claimRef !== undefined) {
    const message = `volume "${name}" already bound to a different claim.`;
    return { answer: pending({ type: 'Warning', reason: 'FailedBinding', message }) };
  }
  const reason = mismatch(volume, claim, true);
  if (reason === null) return bind(volume, claim);
  const message = `Cannot bind to requested volume "${name}": ${reason}`;
  return { answer: pending({ type: 'Warning', reason: 'VolumeMismatch', message }) };
}

/** A claim that takes any volume that will do (syncUnboundClaim). */
function bindAny(claim: ClaimCopy, observed: ObservedClaim): Decision {
  const { volumes, storageClass, defaultClass, nodes } = observed;
  const selected = claim.metadata.annotations?.[SELECTED_NODE];
  const node = nodes.find(({ metadata }) => metadata.name === selected) ?? null;
  const isDelayed = storageClass?.volumeBindingMode === 'WaitForFirstConsumer';
  const isTerminating = claim.claim.terminating === true;
  const choice = isDelayed && node !== null ? { on: node } : isDelayed ? 'kept' : 'free';
  const volume = findVolume(claim, volumes, isTerminating ? 'kept' : choice);
  if (volume !== null) return bind(volume, claim);
  const isUnclassed = claim.spec.storageClassName === undefined && classOf(claim) === '';
  if (isUnclassed && defaultClass !== null) {
    return { answer: { ...pending(), storageClassName: defaultClass } };
  }
  if (isDelayed) {
    const delayed = delayedBinding(claim, storageClass, volumes, nodes);
    if (selected === undefined) return { answer: { ...pending(), delayed } };
    const decision = make(claim, observed, node);
    if (decision.answer.state === 'Bound') return decision;
    return { ...decision, answer: { ...decision.answer, delayed } };
  }
  if (classOf(claim) !== '') return make(claim, observed, node);
  const message = 'no persistent volumes available for this claim and no storage class is set';
  return { answer: pending({ type: 'Normal', reason: 'FailedBinding', message }) };
}

function bind(volume: PersistentVolume, claim: ClaimCopy): Decision {
  const bound = bindVolume(volume, claim);
  const writes: Write[] =
    bound === null ? [] : [{ verb: 'update', resource: VOLUMES, object: bound }];
  return { answer: boundTo(bound ?? volume), writes };
}

/** Has a volume made, by our own provisioner or by somebody else's (provisionClaim). */
function make(
  claim: ClaimCopy,
  { storageClass, volumes }: ObservedClaim,
  node: Node | null,
): Decision {
  const selected = claim.metadata.annotations?.[SELECTED_NODE];
  const rejected = selected === undefined ? {} : { rejectedNode: selected };
  const failed = (message: string) =>
    pending({ type: 'Warning', reason: 'ProvisioningFailed', message });
  if (storageClass === null) {
    return { answer: failed(`storageclass.storage.k8s.io "${classOf(claim)}" not found`) };
  }
  const { provisioner } = storageClass;
  if (provisioner === NO_PROVISIONER) {
    // The volume that the scheduler saw was taken by somebody else.
    if (selected !== undefined) return { answer: { ...pending(), ...rejected } };
    return { answer: failed(`no volume plugin matched name: ${provisioner}`) };
  }
  if (claim.claim.terminating === true) return { answer: pending() };
  if (provisioner !== LOCAL_PATH) {
    const message =
      `Waiting for a volume to be created either by the external provisioner '${provisioner}' or ` +
      'manually by the system administrator. If volume creation is delayed, please verify that the ' +
      'provisioner is running and correctly registered.';
    const event = { type: 'Normal', reason: 'ExternalProvisioning', message } as const;
    return { answer: { ...pending(event), provisioner } };
  }
  const volume = provision(claim, storageClass, node, volumes);
  if (typeof volume === 'string') {
    const { name } = storageClass.metadata;
    const message = `failed to provision volume with StorageClass "${name}": ${volume}`;
    const isNodesFault = node === null || !keepsDirectories(node);
    return { answer: { ...failed(message), provisioner, ...(isNodesFault ? rejected : {}) } };
  }
  return {
    answer: { ...boundTo(volume as PersistentVolume), provisioner },
    writes: [{ verb: 'create', resource: VOLUMES, object: volume }],
  };
}
