import type { Pod, StatefulSet } from '../kinds.ts';
import { isAvailable, isTerminating } from './pod-facts.ts';
import { isInRange, missingOrdinals, ordinalOf, replicasOf } from './set-facts.ts';

/** One place of the set, and who has it. */
export interface Place {
  readonly ordinal: number;
  readonly pod: Pod | null;
}

export interface Layout {
  /** The set's ordinals, ascending: all that have a pod, and of the empty ones the first. */
  readonly places: readonly Place[];
  /** How many empty places are not among them. */
  readonly unlisted: number;
  /** Pods beyond the range, those with the highest ordinals first. */
  readonly condemned: readonly Pod[];
  /** The first of all pods that is not available; null where the first such place is empty. */
  readonly firstUnavailable: Pod | null;
}

/** Whether nobody can rely on the place: no pod, one that leaves, or one that is not available. */
export function isUnavailable(set: StatefulSet, pod: Pod | null, now: number): boolean {
  return pod === null || isTerminating(pod) || !isAvailable(pod, set.spec.minReadySeconds, now);
}

/** Sorts the set's pods into their places. */
export function layOut(set: StatefulSet, pods: readonly Pod[], now: number): Layout {
  const present = pods
    .map((pod): Place => ({ ordinal: ordinalOf(pod), pod }))
    .filter(({ ordinal }) => isInRange(set, ordinal));
  const empty = missingOrdinals(set, new Set(present.map(({ ordinal }) => ordinal)));
  const places = [...present, ...empty.map((ordinal): Place => ({ ordinal, pod: null }))].toSorted(
    (a, b) => a.ordinal - b.ordinal,
  );
  const condemned = pods
    .filter((pod) => !isInRange(set, ordinalOf(pod)))
    .toSorted((a, b) => ordinalOf(b) - ordinalOf(a));
  const first = [...places.map(({ pod }) => pod), ...condemned.toReversed()].find((pod) =>
    isUnavailable(set, pod, now),
  );
  return {
    places,
    unlisted: replicasOf(set) - places.length,
    condemned,
    firstUnavailable: first ?? null,
  };
}
