import { parseLabelSelector } from '../../../apimachinery/label-selector.ts';
import { AUTOSCALER_RECORDS, METRIC_VALUES } from '../../registry/hidden-resources.ts';
import type { MetricValues } from '../../registry/metric-values/metric-values.ts';
import { as, asList } from '../kinds.ts';
import type { Pod } from '../kinds.ts';
import type { Planner, Reader } from '../planner.ts';
import { AUTOSCALERS } from './autoscaler-facts.ts';
import type { Autoscaler } from './autoscaler-facts.ts';
import { planAutoscaler } from './plan.ts';
import type { ObservedAutoscaler } from './plan.ts';
import type { StoredRecord } from './record.ts';
import { scaleTarget } from './scale-target.ts';

/**
 * Not made due by changes: whatever an autoscaler goes by is worth a look every 15 seconds, when its
 * store has asked the nodes what is used (durable/effects/autoscaling-effect.ts).
 */
export const autoscalerPlanner: Planner<ObservedAutoscaler> = {
  name: 'horizontal-pod-autoscaler',
  keysFor: () => [],
  observe,
  plan: planAutoscaler,
};

function observe(reader: Reader, key: string): ObservedAutoscaler | null {
  const object = reader.get(AUTOSCALERS, key);
  // Samples are lost when the store sleeps; new ones are on their way.
  const usage = reader.usage?.() ?? null;
  if (object === null || usage === null) return null;
  const autoscaler = as<Autoscaler>(object);
  const target = scaleTarget(reader, autoscaler.spec.scaleTargetRef);
  const allPods = asList<Pod>(reader.list('pods'));
  const pods = typeof target === 'string' ? [] : selected(allPods, target.selector);
  const record = reader.get(AUTOSCALER_RECORDS, key);
  return {
    autoscaler,
    target,
    pods,
    rivals: rivalsFor(reader, pods),
    usage,
    values: asList<MetricValues>(reader.list(METRIC_VALUES)),
    record: record === null ? null : as<StoredRecord>(record),
    refusal: reader.lastFailure(autoscalerPlanner.name, key)?.message ?? null,
  };
}

/** The autoscalers that go by any of these pods, in the order of their names. */
function rivalsFor(reader: Reader, pods: readonly Pod[]): string[] {
  return asList<Autoscaler>(reader.list(AUTOSCALERS))
    .filter(({ spec }) => {
      const target = scaleTarget(reader, spec.scaleTargetRef);
      return typeof target !== 'string' && selected(pods, target.selector).length > 0;
    })
    .map(({ metadata }) => `${reader.namespace}/${metadata.name}`)
    .sort();
}

/** The pods that autoscalers of a store go by. */
export function podsOfAutoscalers(reader: Reader): readonly Pod[] {
  const pods = asList<Pod>(reader.list('pods'));
  const found = new Set<Pod>();
  for (const { spec } of asList<Autoscaler>(reader.list(AUTOSCALERS))) {
    const target = scaleTarget(reader, spec.scaleTargetRef);
    if (typeof target === 'string') continue;
    for (const pod of selected(pods, target.selector)) found.add(pod);
  }
  return [...found];
}

/** None for a selector that is missing or malformed, which the plan tells about. */
function selected(pods: readonly Pod[], selector: string): readonly Pod[] {
  if (selector === '') return [];
  try {
    const compiled = parseLabelSelector(selector);
    return pods.filter(({ metadata }) => compiled.matches(metadata.labels));
  } catch {
    return [];
  }
}
