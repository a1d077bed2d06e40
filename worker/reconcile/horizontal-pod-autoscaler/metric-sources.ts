import type { LabelSelectorSource } from '../../../apimachinery/label-selector.ts';
import { labelSelectorAsRequirements } from '../../../apimachinery/label-selector.ts';
import type { PodUsage } from '../../../apimachinery/node-usage.ts';
import { currentValues } from '../../registry/metric-values/metric-values.ts';
import type { MetricValue, MetricValues } from '../../registry/metric-values/metric-values.ts';
import type { Pod } from '../kinds.ts';
import type { UsageSnapshot } from '../planner.ts';
import { milliOf } from './autoscaler-facts.ts';
import type { ObjectReference } from './autoscaler-facts.ts';
import type { PodMetric, PodMetrics } from './pod-groups.ts';

const MILLI_PER_UNIT = 1000;
const NANO_PER_MILLI = 1_000_000;
/** Of a value that does not say what time it is about. */
const DEFAULT_WINDOW_MS = 60_000;
const NOT_FETCHED = 'unable to fetch metrics from custom metrics API';

/**
 * What upstream's controller asks of `metrics.k8s.io`, `custom.metrics.k8s.io` and
 * `external.metrics.k8s.io`. Texts are errors, in its words.
 */
export interface MetricSources {
  readonly pods: readonly Pod[];
  readonly usage: UsageSnapshot;
  readonly values: readonly MetricValues[];
  readonly now: number;
}

/** Usage of a resource by pod: of one container, or of all together where that is ''. */
export function resourceMetrics(
  { pods, usage }: MetricSources,
  resource: string,
  container: string,
): PodMetrics | string {
  const metrics = new Map<string, PodMetric>();
  let found = 0;
  for (const { metadata } of pods) {
    const pod = usage.pods.get(metadata.uid);
    if (pod === undefined) continue;
    found++;
    const { timestampMs, windowMs, containers } = pod;
    const counted = container === '' ? containers : containers.filter((c) => c.name === container);
    if (container !== '' && counted.length === 0) {
      return `failed to get container metrics: container ${container} not present in metrics for pod ${pod.namespace}/${pod.name}`;
    }
    const amounts = counted.map((c) => amountOf(c, resource)).filter((n) => n !== undefined);
    if (amounts.length === 0 || amounts.length < counted.length) continue;
    const value = amounts.reduce((sum, amount) => sum + amount, 0);
    metrics.set(metadata.name, { value, timestampMs, windowMs });
  }
  return found === 0 ? 'no metrics returned from resource metrics API' : metrics;
}

function amountOf(container: PodUsage['containers'][number], resource: string): number | undefined {
  if (resource === 'cpu') return Math.ceil(container.cpuNanoCores / NANO_PER_MILLI);
  return resource === 'memory' ? container.memoryBytes * MILLI_PER_UNIT : undefined;
}

/** A metric of the pods themselves. */
export function podsMetrics(
  sources: MetricSources,
  metric: string,
  selector: LabelSelectorSource | undefined,
): PodMetrics | string {
  const matches = metricPredicate(selector);
  if (typeof matches === 'string') return matches;
  const names = new Set(sources.pods.map(({ metadata }) => metadata.name));
  const metrics = new Map<string, PodMetric>();
  for (const value of valuesOf(sources, metric, { group: '', kind: 'Pod' })) {
    const { name, timestamp, windowSeconds } = value;
    if (!names.has(name) || !matches(value)) continue;
    metrics.set(name, {
      value: milliOf(value.value) ?? 0,
      timestampMs: Date.parse(timestamp),
      windowMs: windowSeconds === undefined ? DEFAULT_WINDOW_MS : windowSeconds * 1000,
    });
  }
  return metrics.size === 0 ? 'no metrics returned from custom metrics API' : metrics;
}

/** A metric of one object, in thousandths. The namespace itself goes by no name. */
export function objectMetric(
  sources: MetricSources,
  metric: string,
  { apiVersion = '', kind = '', name = '' }: ObjectReference,
  selector: LabelSelectorSource | undefined,
): number | string {
  const matches = metricPredicate(selector);
  if (typeof matches === 'string') return matches;
  const group = apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
  const isNamespace = kind === 'Namespace' && group === '';
  const value = valuesOf(sources, metric, { group, kind }).find(
    (candidate) => (isNamespace || candidate.name === name) && matches(candidate),
  );
  const subject = `${kind}${group === '' ? '' : `.${group}`} ${name}`;
  return value === undefined
    ? `${NOT_FETCHED}: the server could not find the metric ${metric} for ${subject}`
    : (milliOf(value.value) ?? 0);
}

/** All values of a metric that is about nothing in the cluster, in thousandths. */
export function externalMetrics(
  sources: MetricSources,
  metric: string,
  selector: LabelSelectorSource | undefined,
): readonly number[] | string {
  const matches = metricPredicate(selector);
  if (typeof matches === 'string') return matches;
  const values = valuesOf(sources, metric, undefined).filter(matches);
  return values.length === 0
    ? 'no metrics returned from external metrics API'
    : values.map(({ value }) => milliOf(value) ?? 0);
}

function valuesOf(
  { values, now }: MetricSources,
  metric: string,
  described: MetricValues['described'],
): readonly MetricValue[] {
  const stored = values.find(
    (series) =>
      series.metric === metric &&
      series.described?.kind === described?.kind &&
      series.described?.group === described?.group,
  );
  return stored === undefined ? [] : currentValues(stored, now);
}

/** An absent selector takes every value; a text says what is wrong with one. */
function metricPredicate(
  selector: LabelSelectorSource | undefined,
): ((value: MetricValue) => boolean) | string {
  if (selector === undefined) return () => true;
  try {
    const compiled = labelSelectorAsRequirements(selector);
    return ({ labels }) => compiled.matches(labels);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
