import { controllerOf } from '../../../apimachinery/owner-references.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { as, asList } from '../kinds.ts';
import type { Job, Pod } from '../kinds.ts';
import { isNamespaceTerminating } from '../namespace-content/is-namespace-terminating.ts';
import type { Change, Planner, Reader } from '../planner.ts';
import { labelPredicate } from '../selector.ts';
import { isFinished, isManagedElsewhere, JOB_API_VERSION, JOBS } from './job-facts.ts';
import { planJob } from './plan.ts';
import type { ObservedJob } from './plan.ts';

export const jobPlanner: Planner<ObservedJob> = {
  name: 'job-controller',
  keysFor,
  observe,
  plan: planJob,
};

/** The job that controls the pod, by name; undefined where another kind does, or nobody. */
export function jobNameOf(pod: KubernetesObject): string | undefined {
  const owner = controllerOf(pod);
  return owner?.kind === 'Job' && owner.apiVersion === JOB_API_VERSION ? owner.name : undefined;
}

function keysFor({ resource, name, before, after }: Change, reader: Reader): readonly string[] {
  if (resource === JOBS) return after === null ? [] : [name];
  if (resource !== 'pods') return [];
  const keys = new Set<string>();
  for (const pod of [before, after]) {
    const owner = pod === null ? undefined : jobNameOf(pod);
    if (owner !== undefined) keys.add(owner);
  }
  if (after !== null && controllerOf(after) === undefined) {
    for (const { metadata, spec } of asList<Job>(reader.list(JOBS))) {
      if (labelPredicate(spec.selector)(after.metadata.labels)) keys.add(metadata.name);
    }
  }
  return [...keys];
}

function observe(reader: Reader, key: string): ObservedJob | null {
  const object = reader.get(JOBS, key);
  if (object === null) return null;
  const job = as<Job>(object);
  if (isFinished(job) || isManagedElsewhere(job)) return null;
  const matches = labelPredicate(job.spec.selector);
  return {
    job,
    controlled: asList<Pod>(reader.listControlledBy('pods', job.metadata.uid)),
    orphans: asList<Pod>(reader.listWithoutController('pods')).filter(({ metadata }) =>
      matches(metadata.labels),
    ),
    namespaceTerminating: isNamespaceTerminating(reader),
  };
}
