import { findCondition } from '../../../apimachinery/conditions.ts';
import type { Condition, KubernetesObject } from '../../../apimachinery/meta.ts';
import type { Pod, Service } from '../kinds.ts';
import { LAST_CHANGE_TRIGGER_TIME } from './service-facts.ts';

/**
 * What the change of endpoints goes back to: for the first ones, that the service was made; else
 * the earliest change of a pod's readiness that shows in them. Undefined where nothing of that kind
 * is behind it (a pod that is gone, say).
 */
export function triggerTime(
  service: Service,
  isFirst: boolean,
  changed: readonly Pod[],
): string | undefined {
  if (isFirst) return service.metadata.creationTimestamp;
  const times = changed
    .map(({ status }) => findCondition(status?.conditions as Condition[] | undefined, 'Ready'))
    .map((condition) => condition?.lastTransitionTime)
    .filter((time) => time !== undefined);
  // Times are of one form, in which the order of texts is that of times.
  return times.toSorted()[0];
}

/** A copy that says when its change was triggered, or says so no more. */
export function withTriggerTime<T extends KubernetesObject>(
  object: T,
  time: string | undefined,
): T {
  const { annotations = {}, ...metadata } = object.metadata;
  const { [LAST_CHANGE_TRIGGER_TIME]: _, ...others } = annotations;
  const next = time === undefined ? others : { ...others, [LAST_CHANGE_TRIGGER_TIME]: time };
  const isEmpty = Object.keys(next).length === 0;
  return { ...object, metadata: isEmpty ? metadata : { ...metadata, annotations: next } };
}
