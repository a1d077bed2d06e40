import { asList } from '../kinds.ts';
import type { Pod } from '../kinds.ts';
import type { Change, Planner, Reader } from '../planner.ts';
import { isAbandoned, isTerminated, planPodCollection } from './plan.ts';

/** Stands for the pods of the namespace. No object has such a name. */
const ALL = '*';
/** As often as upstream looks. Milliseconds. */
const PERIOD_MS = 20_000;

export const podCollectionPlanner: Planner<readonly Pod[]> = {
  name: 'pod-garbage-collector',
  keysFor,
  delayMs: () => PERIOD_MS,
  observe: (reader: Reader) => asList<Pod>(reader.list('pods')),
  plan: planPodCollection,
};

function keysFor({ resource, before, after }: Change): readonly string[] {
  if (resource !== 'pods' || after === null) return [];
  const [old, [pod]] = [before === null ? [] : asList<Pod>([before]), asList<Pod>([after])];
  if (pod === undefined) return [];
  const isNews = old.every((one) => isTerminated(one) !== isTerminated(pod));
  return isAbandoned(pod) || (isNews && isTerminated(pod)) ? [ALL] : [];
}
