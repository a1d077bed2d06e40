import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { controllerOf } from '../../../apimachinery/owner-references.ts';
import { deepEqual } from '../../registry/rest/deep-equal.ts';
import { as, asList } from '../kinds.ts';
import type { Pod, PodDisruptionBudget } from '../kinds.ts';
import type { Change, Planner, Reader } from '../planner.ts';
import { isPodReady } from '../pods/pod-readiness.ts';
import { BUDGETS, countsByScale, isCovered } from './budget-facts.ts';
import { controllerScale } from './controller-scale.ts';
import type { ControllerScale } from './controller-scale.ts';
import { planBudget } from './plan.ts';
import type { ObservedBudget } from './plan.ts';

export const disruptionPlanner: Planner<ObservedBudget> = {
  name: 'disruption-controller',
  keysFor,
  observe: observeBudget,
  plan: planBudget,
};

function keysFor(change: Change, reader: Reader): readonly string[] {
  const { resource, name, before, after } = change;
  if (resource === BUDGETS) return after === null ? [] : [name];
  if (resource === 'pods') {
    if (before !== null && after !== null && isSame(as<Pod>(before), as<Pod>(after))) return [];
    return namesOf(reader, (budget) =>
      [before, after].some((pod) => pod !== null && isCovered(budget, as<Pod>(pod))),
    );
  }
  // Whatever else has replicas may be the controller of pods.
  const isScaled = scaleOf(before) !== scaleOf(after);
  return isScaled ? namesOf(reader, countsByScale) : [];
}

/** Whether nothing has changed about a pod that any budget looks at. */
function isSame(before: Pod, after: Pod): boolean {
  return (
    before.metadata.deletionTimestamp === after.metadata.deletionTimestamp &&
    isPodReady(before) === isPodReady(after) &&
    deepEqual(before.metadata.labels, after.metadata.labels) &&
    deepEqual(before.metadata.ownerReferences, after.metadata.ownerReferences)
  );
}

function scaleOf(object: KubernetesObject | null): unknown {
  return (object?.spec as { replicas?: unknown } | null | undefined)?.replicas;
}

function namesOf(
  reader: Reader,
  concerns: (budget: PodDisruptionBudget) => boolean,
): readonly string[] {
  return asList<PodDisruptionBudget>(reader.list(BUDGETS))
    .filter(concerns)
    .map(({ metadata }) => metadata.name);
}

/** What a budget is worked out from; null without such a budget. */
export function observeBudget(reader: Reader, key: string): ObservedBudget | null {
  const object = reader.get(BUDGETS, key);
  if (object === null) return null;
  const budget = as<PodDisruptionBudget>(object);
  const pods = asList<Pod>(reader.list('pods')).filter((pod) => isCovered(budget, pod));
  const scales = new Map<string, ControllerScale>();
  for (const pod of countsByScale(budget) ? pods : []) {
    const owner = controllerOf(pod);
    if (owner === undefined || scales.has(owner.uid)) continue;
    scales.set(owner.uid, controllerScale(reader, owner));
  }
  return { budget, pods, scales };
}
