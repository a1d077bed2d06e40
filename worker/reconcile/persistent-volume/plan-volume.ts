import { LOCAL_PATH } from '../../../apimachinery/local-path.ts';
import { PROVISIONED_BY } from '../../registry/binding/annotations.ts';
import type { ClaimCopy } from '../../registry/binding/claim-copy.ts';
import type { VolumeAnswer } from '../../registry/binding/volume-answer.ts';
import type { PersistentVolume } from '../kinds.ts';
import { EMPTY_PLAN } from '../planner.ts';
import type { EventText, Plan } from '../planner.ts';
import { unbindVolume } from './bind.ts';
import { awaitsRemoval, isLocalPath, phaseOf, VOLUMES } from './volume-facts.ts';

export interface ObservedVolume {
  readonly kind: 'volume';
  readonly volume: PersistentVolume;
  /** The claim that its claimRef names, whatever its uid. */
  readonly claim: ClaimCopy | null;
  /** What that claim was last told. */
  readonly answer: VolumeAnswer | null;
}

/** Brings a volume's phase up to date, and reclaims what its claim has left (syncVolume). */
export function planVolume({ volume, claim, answer }: ObservedVolume): Plan {
  const owner = volume.spec?.claimRef;
  if (volume.metadata.deletionTimestamp !== undefined && !awaitsRemoval(volume)) {
    const plan = letGo(volume);
    if (plan !== null) return plan;
  }
  if (owner === undefined || !owner.uid) return enter(volume, 'Available');
  if (claim === null || claim.metadata.uid !== owner.uid) return release(volume);
  const { volumeName = '' } = claim.spec;
  const { name } = volume.metadata;
  const isTold = answer?.claim?.uid === owner.uid && answer.volume?.name === name;
  if (volumeName === name || (volumeName === '' && isTold)) return enter(volume, 'Bound');
  if (volumeName === '') return EMPTY_PLAN;
  const isMade = volume.metadata.annotations?.[PROVISIONED_BY] !== undefined;
  if (isMade && volume.spec?.persistentVolumeReclaimPolicy === 'Delete') {
    return phaseOf(volume) === 'Released' ? reclaim(volume) : enter(volume, 'Released');
  }
  return { writes: [{ verb: 'update', resource: VOLUMES, object: unbindVolume(volume) }] };
}

/**
 * The claim is gone. Where it was not seen yet, that must be asked of its store first: see
 * `needsClaimCheck`.
 */
function release(volume: PersistentVolume): Plan {
  const phase = phaseOf(volume);
  if (phase === 'Bound') return enter(volume, 'Released');
  return phase === 'Released' || phase === 'Failed' ? reclaim(volume) : EMPTY_PLAN;
}

/**
 * Whether a volume says that it is a claim's that was never seen here: the copy may still be on its
 * way, and only the claim's store knows.
 */
export function needsClaimCheck(volume: PersistentVolume, claim: ClaimCopy | null): boolean {
  const phase = phaseOf(volume);
  const uid = volume.spec?.claimRef?.uid ?? '';
  return (
    uid !== '' && (phase === 'Pending' || phase === 'Available') && claim?.metadata.uid !== uid
  );
}

/** What becomes of a volume that nobody has any more (reclaimVolume). */
function reclaim(volume: PersistentVolume): Plan {
  const { metadata, spec } = volume;
  switch (spec?.persistentVolumeReclaimPolicy) {
    case 'Recycle':
      return fail(volume, {
        type: 'Warning',
        reason: 'VolumeFailedRecycle',
        message: 'No recycler plugin found for the volume!',
      });
    case 'Delete': {
      // Whoever made it removes it: for our own, see `awaitsRemoval`.
      const isForeign = metadata.annotations?.[PROVISIONED_BY] !== undefined;
      if (isForeign || spec.csi !== undefined) return EMPTY_PLAN;
      return fail(volume, {
        type: 'Warning',
        reason: 'VolumeFailedDelete',
        message: `error getting deleter volume plugin for volume "${metadata.name}": no deletable volume plugin matched`,
      });
    }
    default:
      return EMPTY_PLAN;
  }
}

/** A directory that is to be kept does not hold its volume back. */
function letGo(volume: PersistentVolume): Plan | null {
  const { metadata } = volume;
  const { finalizers = [] } = metadata;
  const isKept = isLocalPath(volume) && volume.spec?.persistentVolumeReclaimPolicy !== 'Delete';
  if (!isKept || !finalizers.includes(LOCAL_PATH)) return null;
  const next = finalizers.filter((name) => name !== LOCAL_PATH);
  const object = { ...volume, metadata: { ...metadata, finalizers: next } };
  return { writes: [{ verb: 'update', resource: VOLUMES, object }] };
}

function enter(volume: PersistentVolume, phase: 'Available' | 'Bound' | 'Released'): Plan {
  if (phaseOf(volume) === phase) return EMPTY_PLAN;
  const { message: _, ...status } = volume.status ?? {};
  const object = { ...volume, status: { ...status, phase } };
  return { writes: [{ verb: 'updateStatus', resource: VOLUMES, object }] };
}

function fail(volume: PersistentVolume, event: EventText): Plan {
  if (phaseOf(volume) === 'Failed') return EMPTY_PLAN;
  const status = { ...volume.status, phase: 'Failed', message: event.message };
  const object = { ...volume, status };
  return {
    writes: [{ verb: 'updateStatus', resource: VOLUMES, object }],
    events: [{ ...event, regarding: volume }],
  };
}
