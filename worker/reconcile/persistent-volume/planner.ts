import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { defaultClass } from '../../registry/admission/plugins/default-class.ts';
import { DEFAULT_CLASS_ANNOTATIONS } from '../../registry/admission/plugins/default-storage-class.ts';
import { BIND_COMPLETED } from '../../registry/binding/annotations.ts';
import { claimKey, classOf } from '../../registry/binding/claim-copy.ts';
import type { ClaimCopy } from '../../registry/binding/claim-copy.ts';
import type { VolumeAnswer } from '../../registry/binding/volume-answer.ts';
import { VOLUME_ANSWERS, VOLUME_CLAIMS } from '../../registry/hidden-resources.ts';
import { deepEqual } from '../../registry/rest/deep-equal.ts';
import { as, asList } from '../kinds.ts';
import type { Node, PersistentVolume, StorageClass } from '../kinds.ts';
import type { Change, Planner, Reader } from '../planner.ts';
import { planClaim } from './plan-claim.ts';
import type { ObservedClaim } from './plan-claim.ts';
import { planVolume } from './plan-volume.ts';
import type { ObservedVolume } from './plan-volume.ts';
import { keepsDirectories, provisionedName } from './provision.ts';
import { CLASSES, VOLUMES } from './volume-facts.ts';

const CLAIM = 'claim/';
const VOLUME = 'volume/';

/** Binds claims and volumes in the cluster's store. A key is `claim/<namespace>/<name>` or `volume/<name>`. */
export const volumePlanner = {
  name: 'persistentvolume-controller',
  account: 'persistent-volume-binder',
  keysFor(change: Change, reader: Reader) {
    switch (change.resource) {
      case VOLUMES:
        return [VOLUME + change.name, ...claimsAbout(change, reader).map((key) => CLAIM + key)];
      case VOLUME_CLAIMS:
        return [CLAIM + change.name, ...volumesAbout(change, reader).map((key) => VOLUME + key)];
      case VOLUME_ANSWERS:
        return [change.before, change.after].flatMap((answer) => {
          const { volume } = (answer ?? {}) as Partial<VolumeAnswer>;
          return volume === undefined ? [] : [VOLUME + volume.name];
        });
      case CLASSES:
        return pendingClaims(reader).map(({ metadata }) => CLAIM + metadata.name);
      case 'nodes':
        return isPlaceChanged(change)
          ? pendingClaims(reader).map(({ metadata }) => CLAIM + metadata.name)
          : [];
      default:
        return [];
    }
  },
  observe(reader: Reader, key: string): ObservedClaim | ObservedVolume | null {
    if (key.startsWith(CLAIM)) return observeClaim(reader, key.slice(CLAIM.length));
    return observeVolume(reader, key.slice(VOLUME.length));
  },
  plan: (observed: ObservedClaim | ObservedVolume) =>
    observed.kind === 'claim' ? planClaim(observed) : planVolume(observed),
} satisfies Planner<ObservedClaim | ObservedVolume>;

function observeClaim(reader: Reader, name: string): ObservedClaim {
  const copy = reader.get(VOLUME_CLAIMS, name);
  const claim = copy === null ? null : as<ClaimCopy>(copy);
  const answer = reader.get(VOLUME_ANSWERS, name);
  const className = claim === null ? '' : classOf(claim);
  const storageClass = className === '' ? null : reader.get(CLASSES, className);
  const isUnclassed = claim !== null && className === '';
  const fallback = isUnclassed
    ? defaultClass([...reader.list(CLASSES)], DEFAULT_CLASS_ANNOTATIONS)
    : null;
  const isDelayed =
    storageClass !== null &&
    as<StorageClass>(storageClass).volumeBindingMode === 'WaitForFirstConsumer';
  return {
    kind: 'claim',
    claim,
    answer: answer === null ? null : as<VolumeAnswer>(answer),
    volumes: claim === null ? [] : volumesFor(claim, reader),
    storageClass: storageClass === null ? null : as<StorageClass>(storageClass),
    defaultClass: fallback?.metadata.name ?? null,
    nodes: isDelayed ? asList<Node>(reader.list('nodes')) : [],
  };
}

/** The volumes that may be a claim's: for one that has its volume, or is to have a certain one, just that. */
function volumesFor(claim: ClaimCopy, reader: Reader): readonly PersistentVolume[] {
  const { metadata, spec } = claim;
  const certain = spec.volumeName || (isCompleted(claim) ? '' : provisionedName(claim));
  const found = certain === '' ? null : reader.get(VOLUMES, certain);
  const volume = found === null ? null : as<PersistentVolume>(found);
  if (spec.volumeName || isCompleted(claim)) return volume === null ? [] : [volume];
  if (volume?.spec?.claimRef?.uid === metadata.uid) return [volume];
  return asList<PersistentVolume>(reader.list(VOLUMES));
}

const isCompleted = ({ metadata }: ClaimCopy): boolean =>
  metadata.annotations?.[BIND_COMPLETED] !== undefined;

function observeVolume(reader: Reader, name: string): ObservedVolume | null {
  const object = reader.get(VOLUMES, name);
  if (object === null) return null;
  const volume = as<PersistentVolume>(object);
  const key = claimOf(volume);
  const claim = key === null ? null : reader.get(VOLUME_CLAIMS, key);
  const answer = key === null ? null : reader.get(VOLUME_ANSWERS, key);
  return {
    kind: 'volume',
    volume,
    claim: claim === null ? null : as<ClaimCopy>(claim),
    answer: answer === null ? null : as<VolumeAnswer>(answer),
  };
}

/** The key of the claim that a volume is kept for. */
function claimOf({ spec }: PersistentVolume): string | null {
  const { namespace = '', name = '' } = spec?.claimRef ?? {};
  return name === '' ? null : claimKey(namespace, name);
}

function pendingClaims(reader: Reader): ClaimCopy[] {
  return asList<ClaimCopy>(reader.list(VOLUME_CLAIMS)).filter((claim) => !isCompleted(claim));
}

/** The claims that a change of a volume may concern: its own, who names it, and who may get it. */
function claimsAbout({ name, before, after }: Change, reader: Reader): string[] {
  const volumes = [before, after].flatMap((object) =>
    object === null ? [] : [as<PersistentVolume>(object)],
  );
  const own = volumes.flatMap((volume) => claimOf(volume) ?? []);
  const [old, now] = volumes.map(({ spec }) => spec?.claimRef?.uid);
  // What goes on with a volume that a claim has is nothing to others.
  if (old !== undefined && old === now) return own.slice(0, 1);
  const free = volumes.filter(({ spec }) => !spec?.claimRef?.uid);
  const classes = new Set(free.map(classOf));
  const others = asList<ClaimCopy>(reader.list(VOLUME_CLAIMS)).filter(
    (claim) =>
      claim.spec.volumeName === name || (!isCompleted(claim) && classes.has(classOf(claim))),
  );
  return [...new Set([...own, ...others.map(({ metadata }) => metadata.name)])];
}

/** The volumes that a change of a claim may concern: those that are kept for it. */
function volumesAbout({ name, before, after }: Change, reader: Reader): string[] {
  // What is kept for a claim that has just come is found with it.
  if (before === null) return [];
  const isSame =
    after !== null &&
    before.metadata.uid === after.metadata.uid &&
    as<ClaimCopy>(before).spec.volumeName === as<ClaimCopy>(after).spec.volumeName;
  if (isSame) return [];
  return asList<PersistentVolume>(reader.list(VOLUMES))
    .filter((volume) => claimOf(volume) === name)
    .map(({ metadata }) => metadata.name);
}

/** Whether a Node came or went, or something changed by which volumes are found on it. */
function isPlaceChanged({ before, after }: Change): boolean {
  const facts = (object: KubernetesObject | null) =>
    object === null ? null : [object.metadata.labels ?? {}, keepsDirectories(as<Node>(object))];
  return !deepEqual(facts(before), facts(after));
}
