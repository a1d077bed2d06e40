import { newNotFound, newStatusError } from '../../../../apimachinery/status-error.ts';
import { METRIC_VALUES } from '../../../registry/hidden-resources.ts';
import { currentValues } from '../../../registry/metric-values/metric-values.ts';
import type {
  DescribedKind,
  MetricValue,
  MetricValues,
} from '../../../registry/metric-values/metric-values.ts';
import { deepEqual } from '../../../registry/rest/deep-equal.ts';
import { as } from '../../../reconcile/kinds.ts';
import type { Answer, Scope } from '../protocol.ts';
import { answer, type StoreContext } from '../store-context.ts';

/** Metrics that a namespace may have values of. */
const MAX_METRICS = 200;

/** Which values: all of a metric, or those of one object. */
export interface MetricValuesRequest {
  readonly scope: Scope;
  /** Of the object that the values are kept in. */
  readonly series: string;
  readonly metric: string;
  /** Absent for an external metric. */
  readonly described?: DescribedKind;
  /** Absent for all. */
  readonly object?: string;
}

export interface PutMetricValuesRequest extends MetricValuesRequest {
  readonly values: readonly MetricValue[];
}

export type MetricValuesAnswer = Answer<{ readonly values: readonly MetricValue[] }>;

/** What is known of a metric, without what is too old to count. */
export function metricValues(
  context: StoreContext,
  { series, object }: MetricValuesRequest,
): readonly MetricValue[] {
  const values = valuesOf(context, series);
  return object === undefined ? values : values.filter(({ name }) => name === object);
}

function valuesOf({ commits, now }: StoreContext, series: string): readonly MetricValue[] {
  const stored = commits.read({ resource: METRIC_VALUES, name: series });
  return stored === null ? [] : currentValues(as<MetricValues>(stored), now());
}

/** Puts values in place of those that are there, of all objects or of one; answers with them. */
export function putMetricValuesVerb(
  context: StoreContext,
  request: PutMetricValuesRequest,
): MetricValuesAnswer {
  return answer(() => context.commits.transact(() => putValues(context, request)));
}

function putValues(context: StoreContext, request: PutMetricValuesRequest) {
  const { series, metric, described, object, values } = request;
  const { commits, store } = context;
  requireNamespace(context);
  const before = commits.read({ resource: METRIC_VALUES, name: series });
  const others =
    object === undefined ? [] : valuesOf(context, series).filter(({ name }) => name !== object);
  const all = [...others, ...values];
  if (all.length === 0) {
    if (before !== null) commits.remove(METRIC_VALUES, before);
    return { ok: true as const, values };
  }
  if (before === null) {
    forgetOld(context);
    if (store.list(METRIC_VALUES, {}).length >= MAX_METRICS) throw newTooManyMetrics(context);
  }
  const next: MetricValues = {
    apiVersion: 'fairlead.dev/v1',
    kind: 'MetricValue',
    metadata: { ...before?.metadata, name: series },
    metric,
    ...(described === undefined ? {} : { described }),
    values: all,
  };
  if (!deepEqual(next, before)) commits.put(METRIC_VALUES, next, before);
  return { ok: true as const, values };
}

/** Drops the metrics of which nobody has said anything for too long. */
function forgetOld({ commits, reader, now }: StoreContext): void {
  for (const object of reader.list(METRIC_VALUES)) {
    if (currentValues(as<MetricValues>(object), now()).length > 0) continue;
    commits.remove(METRIC_VALUES, object);
  }
}

function requireNamespace({ commits, namespace }: StoreContext): void {
  if (commits.read({ resource: 'namespaces', name: namespace }) !== null) return;
  throw newNotFound({ group: '', resource: 'namespaces' }, namespace);
}

const newTooManyMetrics = ({ namespace }: StoreContext) =>
  newStatusError(
    'Forbidden',
    `namespace ${JSON.stringify(namespace)} has values of ${MAX_METRICS} metrics already; they are forgotten five minutes after they were last said`,
  );
