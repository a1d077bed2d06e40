import { parseLabelSelector } from '../../../apimachinery/label-selector.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { newBadRequest } from '../../../apimachinery/status-error.ts';
import {
  CUSTOM_METRICS,
  isServedVersion,
  metricValueList,
  newMetricNotFound,
  seriesName,
  type MetricSubject,
} from '../../registry/metric-values/metric-api.ts';
import type { MetricValue } from '../../registry/metric-values/metric-values.ts';
import { readMetricValues } from '../../registry/metric-values/read-values.ts';
import type { ResourceInfo } from '../../registry/kind-table.ts';
import { RESOURCES } from '../../registry/resource-table.ts';
import { storeOf, type ApiContext } from '../api-context.ts';
import { catalogOf } from '../catalog.ts';
import { readBody } from '../request-body.ts';
import { newMethodNotAllowed, newPathNotFound } from '../path-errors.ts';
import { textOf } from '../text-of.ts';
import { unwrap } from '../unwrap.ts';

type Base = Omit<ApiContext, 'resource' | 'subresource'>;

const EVERY = '*';
const WRITES = new Set(['create', 'update']);
const READS = new Set(['get', 'list']);

/**
 * `custom.metrics.k8s.io` and `external.metrics.k8s.io`: what metrics are worth that only others know
 * of. There is no adapter behind it: who knows says so, with a PUT of the list that a GET answers
 * (docs/metrics.md).
 */
export async function metricValuesHandler(base: Base): Promise<Response> {
  const { env, cluster, info, request, gate } = base;
  const isWrite = WRITES.has(info.verb);
  const subject = await subjectOf(base);
  if (!isWrite && !READS.has(info.verb)) throw newMethodNotAllowed();
  await gate.decide();
  const scope = { cluster, namespace: info.namespace };
  const { metric, described } = subject;
  const isOne =
    described !== undefined && described.kind !== 'Namespace' && described.name !== EVERY;
  const question = {
    scope,
    metric,
    series: seriesName(subject),
    ...(described === undefined
      ? {}
      : { described: { group: described.group, kind: described.kind } }),
    ...(isOne ? { object: described.name } : {}),
  };
  if (isWrite) {
    const values = readMetricValues(subject, await readBody(request), Date.now());
    unwrap(await storeOf(env, scope).putMetricValues({ ...question, values }));
    return Response.json(metricValueList(subject, values));
  }
  const { values } = unwrap(await storeOf(env, scope).metricValues(question));
  const found = await selected(base, subject, values);
  if (found.length === 0 && described !== undefined) throw newMetricNotFound(subject);
  return Response.json(metricValueList(subject, found));
}

/** @throws StatusError NotFound for a path that names no metric. */
async function subjectOf({ env, cluster, info }: Base): Promise<MetricSubject> {
  const { apiGroup: group, apiVersion: version, namespace, resource, name, subresource } = info;
  if (namespace === '' || !isServedVersion(group, version) || info.rest !== '') {
    throw newPathNotFound();
  }
  const common = { group, version, namespace };
  if (group !== CUSTOM_METRICS) {
    if (name !== '') throw newPathNotFound();
    return { ...common, metric: resource };
  }
  if (resource === 'metrics' && name !== '' && subresource === '') {
    const own = { group: '', version: 'v1', kind: 'Namespace', resource: 'namespaces', name: '' };
    return { ...common, metric: name, described: own };
  }
  if (subresource === '') throw newPathNotFound();
  const known = await resourceOf(env, cluster, resource);
  if (known?.namespaced !== true) throw newPathNotFound();
  const { group: of, version: at, kind } = known;
  return {
    ...common,
    metric: subresource,
    described: { group: of, version: at, kind, resource, name },
  };
}

/** By `<plural>[.<group>]`. */
async function resourceOf(
  env: Base['env'],
  cluster: string,
  resource: string,
): Promise<ResourceInfo | undefined> {
  const builtIn = RESOURCES.get(resource);
  if (builtIn !== undefined || !resource.includes('.')) return builtIn;
  return (await catalogOf(env, cluster)).definitions.get(resource)?.stored;
}

/** By the labels of values, and of the objects that they are about. */
async function selected(
  { env, cluster, query }: Base,
  { described, namespace }: MetricSubject,
  values: readonly MetricValue[],
): Promise<readonly MetricValue[]> {
  const labelSelector = query.get('labelSelector') ?? '';
  const ofValues =
    described === undefined ? labelSelector : (query.get('metricLabelSelector') ?? '');
  const matches = parsed(ofValues);
  const kept = values.filter(({ labels }) => matches(labels ?? {}));
  if (described?.name !== EVERY || labelSelector === '') return kept;
  const scope = { cluster, namespace };
  const { body } = unwrap(
    await storeOf(env, scope).list({
      scope,
      resource: described.resource,
      labelSelector,
      fieldSelector: '',
      limit: 0,
      after: '',
      separator: '\n',
    }),
  );
  const lines = (await textOf(body)).split('\n').filter((line) => line !== '');
  const names = new Set(lines.map((line) => (JSON.parse(line) as KubernetesObject).metadata.name));
  return kept.filter(({ name }) => names.has(name));
}

function parsed(selector: string): (labels: Readonly<Record<string, string>>) => boolean {
  try {
    const compiled = parseLabelSelector(selector);
    return (labels) => compiled.matches(labels);
  } catch (error) {
    throw newBadRequest(error instanceof Error ? error.message : String(error));
  }
}
