import type { Job, Pod } from '../kinds.ts';
import { rankForDeletion } from '../replica-set/deletion-rank.ts';
import { indexCount } from './job-facts.ts';
import { indexOf } from './pod-facts.ts';

/**
 * Which active pods go when there are `surplus` too many: in an Indexed job all that have no index
 * of the job or share one with a later pod, whatever their number, and then those that have come
 * least far.
 */
export function podsToDelete(
  job: Job,
  active: readonly Pod[],
  surplus: number,
  now: number,
): readonly Pod[] {
  const misplaced = indexCount(job) === null ? [] : withoutIndexOfTheirOwn(job, active, now);
  if (misplaced.length >= surplus) return misplaced;
  const others = new Set(misplaced);
  const ranked = rank(
    active.filter((pod) => !others.has(pod)),
    now,
  );
  return [...misplaced, ...ranked.slice(0, surplus - misplaced.length)];
}

function withoutIndexOfTheirOwn(job: Job, active: readonly Pod[], now: number): Pod[] {
  const byIndex = new Map<number, Pod[]>();
  const misplaced: Pod[] = [];
  for (const pod of active) {
    const index = indexOf(job, pod);
    if (index === null) misplaced.push(pod);
    else byIndex.set(index, [...(byIndex.get(index) ?? []), pod]);
  }
  for (const pods of byIndex.values()) {
    if (pods.length > 1) misplaced.push(...rank(pods, now).slice(0, -1));
  }
  return misplaced;
}

/** Jobs have no costs of deletion and no crowding: upstream ranks their pods without (ActivePods). */
function rank(pods: readonly Pod[], now: number): readonly Pod[] {
  return rankForDeletion(pods, [], now, { byCost: false });
}
