import { formatAPIVersion } from '../../../apimachinery/meta.ts';
import { newStatusError } from '../../../apimachinery/status-error.ts';
import type { ResourceInfo } from '../kind-table.ts';
import type { DescribedKind, MetricValue } from './metric-values.ts';

export const CUSTOM_METRICS = 'custom.metrics.k8s.io';
export const EXTERNAL_METRICS = 'external.metrics.k8s.io';

/** Versions that are served, by group, the one that clients prefer first. */
const VERSIONS: Readonly<Record<string, readonly string[]>> = {
  [CUSTOM_METRICS]: ['v1beta2', 'v1beta1'],
  [EXTERNAL_METRICS]: ['v1beta1'],
};

export const isMetricValuesGroup = (group: string): boolean => Object.hasOwn(VERSIONS, group);

export const isServedVersion = (group: string, version: string): boolean =>
  (VERSIONS[group] ?? []).includes(version);

/**
 * For discovery: the groups without any resource. Which metrics there are differs by namespace and
 * minute; upstream's adapters list none either while they have none.
 */
export const METRIC_VALUE_GROUPS: readonly ResourceInfo[] = Object.entries(VERSIONS).flatMap(
  ([group, versions]) =>
    versions.map((version) => ({
      group,
      version,
      kind: '',
      resource: '',
      storage: '',
      singular: '',
      namespaced: true,
      shortNames: [],
      categories: [],
      verbs: [],
      subresources: [],
      schema: '',
      strategy: {},
    })),
);

/** A metric of a namespace, as a request names it. */
export interface MetricSubject {
  readonly group: string;
  readonly version: string;
  readonly namespace: string;
  readonly metric: string;
  /** What the values are about; absent for an external metric. */
  readonly described?: DescribedKind & {
    readonly version: string;
    /** As the path names it: `pods`, `ingresses.networking.k8s.io`. */
    readonly resource: string;
    /** `*` for all objects. */
    readonly name: string;
  };
}

/** The name of the object that a store keeps a metric's values in. */
export function seriesName({ described, metric }: MetricSubject): string {
  return described === undefined ? `external/${metric}` : `${described.resource}/${metric}`;
}

/** Values as the API shows them. */
export function metricValueList(
  subject: MetricSubject,
  values: readonly MetricValue[],
): Record<string, unknown> {
  const { group, version, described } = subject;
  return {
    kind: described === undefined ? 'ExternalMetricValueList' : 'MetricValueList',
    apiVersion: formatAPIVersion(group, version),
    metadata: {},
    items: values.map((value) =>
      described === undefined ? externalItem(subject, value) : customItem(subject, value),
    ),
  };
}

function externalItem({ metric }: MetricSubject, value: MetricValue): Record<string, unknown> {
  return {
    metricName: metric,
    metricLabels: value.labels ?? {},
    timestamp: value.timestamp,
    ...(value.windowSeconds === undefined ? {} : { window: value.windowSeconds }),
    value: value.value,
  };
}

function customItem(
  { version, namespace, metric, described }: MetricSubject,
  { name, labels, timestamp, windowSeconds, value }: MetricValue,
): Record<string, unknown> {
  const isNamespace = described?.kind === 'Namespace' && described.group === '';
  const selector = labels === undefined ? null : { matchLabels: labels };
  const describedObject = {
    kind: described?.kind,
    ...(isNamespace ? {} : { namespace }),
    name: isNamespace ? namespace : name,
    apiVersion: formatAPIVersion(described?.group ?? '', described?.version ?? ''),
  };
  return version === 'v1beta1'
    ? {
        describedObject,
        metricName: metric,
        timestamp,
        ...(windowSeconds === undefined ? {} : { window: windowSeconds }),
        value,
        selector,
      }
    : {
        describedObject,
        metric: { name: metric, selector },
        timestamp,
        ...(windowSeconds === undefined ? {} : { windowSeconds }),
        value,
      };
}

/** As upstream's adapters say it (custom-metrics-apiserver, provider/errors.go). */
export function newMetricNotFound({ metric, described }: MetricSubject) {
  const { resource = '', name = '*' } = described ?? {};
  const object = name === '*' ? resource : `${resource} ${name}`;
  return newStatusError(
    'NotFound',
    `the server could not find the metric ${metric} for ${object}`,
    {},
  );
}
