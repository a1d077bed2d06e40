import type { NodeSelectorTerm } from 'kubernetes-types/core/v1.js';
import { BIND_COMPLETED, SELECTED_NODE } from '../../registry/binding/annotations.ts';
import type { DelayedBinding, VolumeAnswer } from '../../registry/binding/volume-answer.ts';
import { sizeOf } from '../persistent-volume/volume-facts.ts';
import type { PersistentVolumeClaim, Pod } from '../kinds.ts';
import { podClaims, strangerText } from '../pods/pod-claims.ts';

/** Where the volumes of a pod let it go. */
export interface VolumeConstraints {
  /** Why no node will do, whatever it is like: nothing else is asked then. */
  readonly unresolvable?: string;
  /** Another pod has a claim of which there is to be only one user. */
  readonly isTaken?: boolean;
  /** A claim is bound to a volume that is not there. */
  readonly isLost?: boolean;
  /** For each volume that the pod has already and that not every node has: which have it. */
  readonly nodes: readonly (readonly NodeSelectorTerm[])[];
  /** Labels of volumes that a node must agree with, if it has any such label. */
  readonly zones: readonly Readonly<Record<string, string>>[];
  /** Claims that get their volume on the node that is chosen, the smallest first. */
  readonly delayed: readonly DelayedClaim[];
}

export interface DelayedClaim extends DelayedBinding {
  /** The node that was chosen already, and is not changed while a volume is made there. */
  readonly selectedNode?: string;
}

/** What is read of the pod's namespace. */
export interface ClaimReader {
  claim(name: string): PersistentVolumeClaim | null;
  /** What the cluster's store says about a claim. */
  answer(name: string): VolumeAnswer | null;
  /** Whether a pod other than this one uses the claim on a node. */
  isUsed(name: string, except: Pod): boolean;
}

/** Whether a claim has its volume. */
export const isFullyBound = ({ metadata, spec }: PersistentVolumeClaim): boolean =>
  !!spec?.volumeName && metadata.annotations?.[BIND_COMPLETED] !== undefined;

/**
 * What the claims of a pod say about nodes (PreFilter of the plugins VolumeRestrictions, VolumeBinding
 * and VolumeZone). Undefined for a pod without claims, which costs nothing more. Null while something
 * is about to be written into a claim: the pod is looked at again then.
 */
export function volumeConstraints(
  pod: Pod,
  reader: ClaimReader,
): VolumeConstraints | undefined | null {
  const used = podClaims(pod);
  if (used.length === 0) return undefined;
  const claims: PersistentVolumeClaim[] = [];
  for (const { claim: name, isEphemeral } of used) {
    const claim = reader.claim(name);
    const unresolvable =
      claim === null ? absentText(name, isEphemeral) : unusable(claim, pod, isEphemeral);
    if (unresolvable !== null) return newConstraints({ unresolvable });
    if (claim !== null) claims.push(claim);
  }
  const bound = claims.filter(isFullyBound);
  const answers = bound.map(({ metadata }) => reader.answer(metadata.name));
  const volumes = answers.flatMap((answer) => answer?.volume ?? []);
  const unbound = claims
    .filter((claim) => !isFullyBound(claim))
    .map((claim) => ({ claim, answer: reader.answer(claim.metadata.name) }));
  if (unbound.some(({ claim, answer }) => isUnsettled(claim, answer))) return null;
  const delayed = unbound
    .sort((a, b) => bySize(a.claim, b.claim))
    .flatMap(({ claim, answer }) => delayedOf(claim, answer) ?? []);
  if (delayed.length < unbound.length) {
    return newConstraints({ unresolvable: 'pod has unbound immediate PersistentVolumeClaims' });
  }
  const isTaken = claims.some(
    ({ metadata, spec }) =>
      spec?.accessModes?.includes('ReadWriteOncePod') === true && reader.isUsed(metadata.name, pod),
  );
  return newConstraints({
    ...(isTaken ? { isTaken } : {}),
    ...(volumes.length < bound.length ? { isLost: true } : {}),
    nodes: volumes.flatMap(({ nodeTerms }) => (nodeTerms === undefined ? [] : [nodeTerms])),
    zones: volumes.flatMap(({ zones }) => (zones === undefined ? [] : [zones])),
    delayed,
  });
}

const newConstraints = (part: Partial<VolumeConstraints>): VolumeConstraints => ({
  nodes: [],
  zones: [],
  delayed: [],
  ...part,
});

const absentText = (name: string, isEphemeral: boolean): string =>
  isEphemeral
    ? `waiting for ephemeral volume controller to create the persistentvolumeclaim "${name}"`
    : `persistentvolumeclaim "${name}" not found`;

function unusable(claim: PersistentVolumeClaim, pod: Pod, isEphemeral: boolean): string | null {
  const { metadata, spec, status } = claim;
  if (status?.phase === 'Lost') {
    return `persistentvolumeclaim "${metadata.name}" bound to non-existent persistentvolume "${spec?.volumeName ?? ''}"`;
  }
  if (metadata.deletionTimestamp !== undefined) {
    return `persistentvolumeclaim "${metadata.name}" is being deleted`;
  }
  return isEphemeral ? strangerText(pod, claim) : null;
}

/** Whether the cluster's store has not spoken yet, or what it said is not yet written into the claim. */
function isUnsettled(claim: PersistentVolumeClaim, answer: VolumeAnswer | null): boolean {
  if (answer === null || answer.claim?.uid !== claim.metadata.uid) return true;
  return answer.state === 'Bound' || answer.rejectedNode !== undefined;
}

/** Null for a claim that is bound before any pod is looked at. */
function delayedOf(claim: PersistentVolumeClaim, answer: VolumeAnswer | null): DelayedClaim | null {
  if (claim.spec?.volumeName || answer?.delayed === undefined) return null;
  const selectedNode = claim.metadata.annotations?.[SELECTED_NODE];
  return { ...answer.delayed, ...(selectedNode === undefined ? {} : { selectedNode }) };
}

function bySize(a: PersistentVolumeClaim, b: PersistentVolumeClaim): number {
  const [left, right] = [sizeOf(a.spec?.resources?.requests), sizeOf(b.spec?.resources?.requests)];
  if (left !== right) return left < right ? -1 : 1;
  return a.metadata.name < b.metadata.name ? -1 : 1;
}
