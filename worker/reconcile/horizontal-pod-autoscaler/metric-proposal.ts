import type { LabelSelectorSource } from '../../../apimachinery/label-selector.ts';
import { milliOf, milliQuantity } from './autoscaler-facts.ts';
import type { MetricSource, MetricSpec } from './autoscaler-facts.ts';
import { externalMetrics, objectMetric, podsMetrics, resourceMetrics } from './metric-sources.ts';
import type { MetricSources } from './metric-sources.ts';
import { countByAverage, countByShare, countByUtilization, countByValue } from './replica-count.ts';
import type { CountInput, ReplicaCount } from './replica-count.ts';

/** What one metric comes to (horizontal.go computeReplicasForMetric). */
export type MetricProposal =
  | {
      readonly ok: true;
      readonly replicas: number;
      /** As messages name the metric. */
      readonly name: string;
      /** For `status.currentMetrics`. */
      readonly status: object;
    }
  | {
      readonly ok: false;
      /** Of the event and of the condition. */
      readonly reason: string;
      readonly message: string;
      /** The message as it is told among those of other metrics. */
      readonly error: string;
    };

export interface ProposalInput extends CountInput {
  readonly namespace: string;
  readonly statusReplicas: number;
  readonly sources: MetricSources;
}

const EVERYTHING = '';

export function proposeForMetric(input: ProposalInput, spec: MetricSpec): MetricProposal {
  switch (spec.type) {
    case 'Resource':
      return proposeForResource(input, spec.resource ?? {});
    case 'ContainerResource':
      return proposeForContainer(input, spec.containerResource ?? {});
    case 'Pods':
      return proposeForPods(input, spec.pods ?? {});
    case 'Object':
      return proposeForObject(input, spec.object ?? {});
    case 'External':
      return proposeForExternal(input, spec.external ?? {});
    default: {
      const message = `unknown metric source type ${JSON.stringify(spec.type ?? '')}`;
      return failed('InvalidMetricSourceType', message, message);
    }
  }
}

function proposeForResource(input: ProposalInput, source: MetricSource): MetricProposal {
  const { name = '' } = source;
  const count = countForResource(input, source, EVERYTHING);
  if (typeof count === 'string') {
    const error = `failed to get ${name} resource metric value: ${count}`;
    return failed('FailedGetResourceMetric', count, error);
  }
  return {
    ok: true,
    replicas: count.replicas,
    name: resourceText(source, 'resource'),
    status: { type: 'Resource', resource: { name, current: currentOf(count) } },
  };
}

function proposeForContainer(input: ProposalInput, source: MetricSource): MetricProposal {
  const { name = '', container = '' } = source;
  const count = countForResource(input, source, container);
  if (typeof count === 'string') {
    const error = `failed to get ${container} container metric value: ${count}`;
    return failed('FailedGetContainerResourceMetric', count, error);
  }
  const status = { name, container, current: currentOf(count) };
  return {
    ok: true,
    replicas: count.replicas,
    name: resourceText(source, 'container resource'),
    status: { type: 'ContainerResource', containerResource: status },
  };
}

function countForResource(
  input: ProposalInput,
  { name: resource = '', target = {} }: MetricSource,
  container: string,
): ReplicaCount | string {
  const usage = milliOf(target.averageValue);
  const { averageUtilization: percent } = target;
  if (usage === undefined && percent === undefined) {
    return 'invalid resource metric source: neither an average utilization target nor an average value (usage) target was set';
  }
  const what = usage === undefined ? 'utilization' : 'usage';
  const metrics = resourceMetrics(input.sources, resource, container);
  if (typeof metrics === 'string') {
    return `failed to get ${resource} ${what}: unable to get metrics for resource ${resource}: ${metrics}`;
  }
  const count =
    usage === undefined
      ? countByUtilization(input, metrics, { resource, container, percent: percent ?? 0 })
      : countByAverage(input, metrics, { resource, usage });
  return typeof count === 'string' ? `failed to get ${resource} ${what}: ${count}` : count;
}

/** Upstream names an amount of a container like that of a pod. */
const resourceText = ({ name = '', target }: MetricSource, what: string): string =>
  target?.averageValue === undefined
    ? `${name} ${what} utilization (percentage of request)`
    : `${name} resource`;

function proposeForPods(input: ProposalInput, source: MetricSource): MetricProposal {
  const { name = '', selector } = source.metric ?? {};
  const metrics = podsMetrics(input.sources, name, selector);
  const count =
    typeof metrics === 'string'
      ? `unable to get metric ${name}: ${metrics}`
      : countByAverage(input, metrics, {
          resource: '',
          usage: milliOf(source.target?.averageValue) ?? 0,
        });
  if (typeof count === 'string') {
    return failed('FailedGetPodsMetric', count, `failed to get pods metric value: ${count}`);
  }
  const current = { averageValue: milliQuantity(count.usage) };
  return {
    ok: true,
    replicas: count.replicas,
    name: `pods metric ${name}`,
    status: { type: 'Pods', pods: { metric: identifierOf(source), current } },
  };
}

function proposeForObject(input: ProposalInput, source: MetricSource): MetricProposal {
  const { describedObject = {}, target = {} } = source;
  const { name = '', selector } = source.metric ?? {};
  const { kind = '' } = describedObject;
  const value = target.type === 'Value' ? milliOf(target.value) : undefined;
  const average = target.type === 'AverageValue' ? milliOf(target.averageValue) : undefined;
  const fail = (message: string, error = message) =>
    failed('FailedGetObjectMetric', message, `failed to get object metric value: ${error}`);
  if (value === undefined && average === undefined) {
    return fail(
      'invalid object metric source: neither a value target nor an average value target was set',
    );
  }
  const usage = objectMetric(input.sources, name, describedObject, selector);
  const metric = identifierOf(source);
  if (value !== undefined) {
    const count =
      typeof usage === 'string'
        ? objectError(input, source, usage)
        : countByValue(input, usage, value);
    if (typeof count === 'string') return fail(count);
    const current = { value: milliQuantity(count.usage) };
    return {
      ok: true,
      replicas: count.replicas,
      name: `${kind} metric ${name}`,
      status: { type: 'Object', object: { metric, current, describedObject } },
    };
  }
  if (typeof usage === 'string') {
    const message = objectError(input, source, usage);
    return fail(message, `failed to get ${name} object metric: ${message}`);
  }
  const count = countByShare(input.statusReplicas, input.isWithin, usage, average ?? 0);
  const current = { averageValue: milliQuantity(count.usage) };
  return {
    ok: true,
    replicas: count.replicas,
    name: `external metric ${name}(${selectorText(selector)})`,
    // Upstream leaves the object out; the type wants it.
    status: { type: 'Object', object: { metric, current, describedObject } },
  };
}

/** With the words in the order in which upstream has them. */
const objectError = (
  { namespace }: ProposalInput,
  { metric, describedObject = {} }: MetricSource,
  error: string,
): string =>
  `unable to get metric ${metric?.name ?? ''}: ${describedObject.kind ?? ''} on ${namespace} ${describedObject.name ?? ''}/${error}`;

function proposeForExternal(input: ProposalInput, source: MetricSource): MetricProposal {
  const { name = '', selector } = source.metric ?? {};
  const average = milliOf(source.target?.averageValue);
  const value = milliOf(source.target?.value);
  const fail = (message: string, error: string) =>
    failed(
      'FailedGetExternalMetric',
      message,
      `failed to get ${name} external metric value: ${error}`,
    );
  if (average === undefined && value === undefined) {
    const message =
      'invalid external metric source: neither a value target nor an average value target was set';
    return fail(message, message);
  }
  const values = externalMetrics(input.sources, name, selector);
  const wrapped = (message: string) =>
    average === undefined
      ? `failed to get external metric ${name}: ${message}`
      : `failed to get ${name} external metric: ${message}`;
  if (typeof values === 'string') {
    const message = `unable to get external metric ${input.namespace}/${name}/${selectorText(selector)}: ${values}`;
    return fail(message, wrapped(message));
  }
  const usage = values.reduce((sum, one) => sum + one, 0);
  const count =
    average === undefined
      ? countByValue(input, usage, value ?? 0)
      : countByShare(input.statusReplicas, input.isWithin, usage, average);
  if (typeof count === 'string') return fail(count, wrapped(count));
  const shown = milliQuantity(count.usage);
  const current = average === undefined ? { value: shown } : { averageValue: shown };
  return {
    ok: true,
    replicas: count.replicas,
    name: `external metric ${name}(${selectorText(selector)})`,
    status: { type: 'External', external: { metric: identifierOf(source), current } },
  };
}

const failed = (reason: string, message: string, error: string): MetricProposal => ({
  ok: false,
  reason,
  message,
  error,
});

const currentOf = ({ usage, utilization }: ReplicaCount): object => ({
  averageValue: milliQuantity(usage),
  ...(utilization === undefined ? {} : { averageUtilization: utilization }),
});

const identifierOf = ({ metric }: MetricSource): object => ({
  name: metric?.name ?? '',
  ...(metric?.selector === undefined ? {} : { selector: metric.selector }),
});

/** A selector in Go's notation, as upstream's messages have it. */
function selectorText(selector: LabelSelectorSource | undefined): string {
  if (selector === undefined) return 'nil';
  const labels = Object.entries(selector.matchLabels ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}: ${value},`)
    .join('');
  const expressions = (selector.matchExpressions ?? [])
    .map(
      ({ key = '', operator = '', values }) =>
        `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${(values ?? []).join(' ')}],},`,
    )
    .join('');
  return `&LabelSelector{MatchLabels:map[string]string{${labels}},MatchExpressions:[]LabelSelectorRequirement{${expressions}},}`;
}
