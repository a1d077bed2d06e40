import { controllerOf } from '../../../apimachinery/owner-references.ts';
import { as, asList } from '../kinds.ts';
import type { Job, Pod } from '../kinds.ts';
import type { Change, Plan, Planner, Reader } from '../planner.ts';
import { isFinished, isManagedElsewhere, JOBS } from './job-facts.ts';
import { isTracked, withoutTracking } from './pod-facts.ts';
import { jobNameOf } from './planner.ts';

/**
 * Takes the finalizer off pods that no job will count any more: nobody controls them, or their job
 * is gone or finished. Without that they could never be deleted.
 */
export const jobOrphanPodPlanner: Planner<Pod> = {
  name: 'job-orphan-pod-controller',
  keysFor,
  observe,
  plan: planOrphanPod,
};

export function planOrphanPod(pod: Pod): Plan {
  return { writes: [{ verb: 'update', resource: 'pods', object: withoutTracking(pod) }] };
}

function keysFor({ resource, name, before, after }: Change, reader: Reader): readonly string[] {
  if (resource === 'pods') {
    return after !== null && isForgotten(reader, as<Pod>(after)) ? [name] : [];
  }
  const job = after ?? before;
  if (resource !== JOBS || job === null) return [];
  if (after !== null && !isFinished(as<Job>(after))) return [];
  return asList<Pod>(reader.listControlledBy('pods', job.metadata.uid ?? ''))
    .filter(isTracked)
    .map(({ metadata }) => metadata.name);
}

function observe(reader: Reader, key: string): Pod | null {
  const object = reader.get('pods', key);
  if (object === null) return null;
  const pod = as<Pod>(object);
  return isForgotten(reader, pod) ? pod : null;
}

function isForgotten(reader: Reader, pod: Pod): boolean {
  if (!isTracked(pod)) return false;
  const controller = controllerOf(pod);
  if (controller === undefined) return true;
  const name = jobNameOf(pod);
  if (name === undefined) return false;
  const object = reader.get(JOBS, name);
  if (object === null || object.metadata.uid !== controller.uid) return true;
  const job = as<Job>(object);
  return isFinished(job) && !isManagedElsewhere(job);
}
