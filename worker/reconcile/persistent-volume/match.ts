import { classOf } from '../../registry/binding/claim-copy.ts';
import type { ClaimCopy } from '../../registry/binding/claim-copy.ts';
import type { Node, PersistentVolume } from '../kinds.ts';
import { acceptsAny } from '../scheduler/node-affinity.ts';
import { labelPredicate } from '../selector.ts';
import { isKeptFor, nodeTermsOf, phaseOf, sizeOf } from './volume-facts.ts';

/** For which claims volumes are looked for that nobody has. */
export type Choice = 'kept' | 'free' | { readonly on: Node };

/**
 * The volume for a claim: its own, else one that is kept for it, else of those that are free the one with the fewest
 * access modes beyond those asked for, and of these the smallest. A claim that waits for its first pod
 * gets only what is kept for it (`kept`), until a node is selected for that pod. (FindMatchingVolume)
 */
export function findVolume(
  claim: ClaimCopy,
  volumes: readonly PersistentVolume[],
  choice: Choice,
): PersistentVolume | null {
  const own = volumes.find(({ spec }) => spec?.claimRef?.uid === claim.metadata.uid);
  // What was given stays given: another volume would be a second one.
  if (own !== undefined) return own;
  const fitting = volumes.filter((volume) => mismatch(volume, claim, false) === null);
  const kept = fitting.filter((volume) => isKeptFor(volume, claim)).sort(byFit)[0];
  if (kept !== undefined || choice === 'kept') return kept ?? null;
  const free = freeVolumes(claim, fitting);
  if (choice === 'free') return free[0] ?? null;
  return free.find((volume) => isOn(volume, choice.on)) ?? null;
}

/** The volumes that nobody has and that would do for a claim, the best first. */
export function freeVolumes(
  claim: ClaimCopy,
  volumes: readonly PersistentVolume[],
): PersistentVolume[] {
  const { selector } = claim.spec;
  const isSelected = selector === undefined ? () => true : labelPredicate(selector);
  return volumes
    .filter(
      (volume) =>
        phaseOf(volume) === 'Available' &&
        volume.spec?.claimRef === undefined &&
        isSelected(volume.metadata.labels) &&
        mismatch(volume, claim, true) === null,
    )
    .sort(byFit);
}

/**
 * Why a volume will not do for a claim, in upstream's words; null when it will.
 * @param withClass whether the class is looked at: not where a user has chosen the claim.
 */
export function mismatch(
  volume: PersistentVolume,
  claim: ClaimCopy,
  withClass: boolean,
): string | null {
  const { metadata, spec } = volume;
  if (metadata.deletionTimestamp !== undefined) {
    return `the volume is marked for deletion "${metadata.name}"`;
  }
  if (sizeOf(spec?.capacity) < sizeOf(claim.spec.resources?.requests)) {
    return 'requested PV is too small';
  }
  if (withClass && classOf(volume) !== classOf(claim)) return 'storageClassName does not match';
  if (attributesClass(spec) !== attributesClass(claim.spec)) {
    return 'volumeAttributesClassName does not match';
  }
  const [mode = 'Filesystem', wanted = 'Filesystem'] = [spec?.volumeMode, claim.spec.volumeMode];
  if (mode !== wanted) return 'incompatible volumeMode';
  const modes = new Set(spec?.accessModes);
  const isAccessible = (claim.spec.accessModes ?? []).every((access) => modes.has(access));
  return isAccessible ? null : 'incompatible accessMode';
}

/** Whether a node has the volume. */
export function isOn(volume: PersistentVolume, { metadata }: Node): boolean {
  const terms = nodeTermsOf(volume);
  const { name, labels = {} } = metadata;
  return terms === undefined || acceptsAny(terms, { name, labels });
}

const attributesClass = (spec: { volumeAttributesClassName?: string } | undefined): string =>
  spec?.volumeAttributesClassName ?? '';

function byFit(a: PersistentVolume, b: PersistentVolume): number {
  const modes = (a.spec?.accessModes ?? []).length - (b.spec?.accessModes ?? []).length;
  if (modes !== 0) return modes;
  const [left, right] = [sizeOf(a.spec?.capacity), sizeOf(b.spec?.capacity)];
  if (left !== right) return left < right ? -1 : 1;
  return a.metadata.name < b.metadata.name ? -1 : 1;
}
