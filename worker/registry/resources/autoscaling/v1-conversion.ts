import type { MetricSpec, MetricStatus } from 'kubernetes-types/autoscaling/v2.js';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import type { Conversion } from '../../kind-table.ts';
import { specOf, statusOf } from './types.ts';
import {
  type FlatMetric,
  flattenSpec,
  flattenStatus,
  unflattenSpec,
  unflattenStatus,
} from './v1-metrics.ts';

/** What autoscaling/v1 has no fields for is in annotations, as JSON. */
const PREFIX = 'autoscaling.alpha.kubernetes.io/';
const METRICS = `${PREFIX}metrics`;
const CURRENT_METRICS = `${PREFIX}current-metrics`;
const CONDITIONS = `${PREFIX}conditions`;
const BEHAVIOR = `${PREFIX}behavior`;
const ANNOTATIONS = new Set([METRICS, CURRENT_METRICS, CONDITIONS, BEHAVIOR]);

interface V1Spec {
  targetCPUUtilizationPercentage?: number;
}
interface V1Status {
  currentCPUUtilizationPercentage?: number;
}

/** autoscaling/v1, which knows one metric: how busy the cpus are. */
export const AUTOSCALING_V1: Conversion = { fromStored, toStored };

const isCPU = (metric: Partial<MetricSpec> | Partial<MetricStatus>): boolean =>
  metric.type === 'Resource' && metric.resource?.name === 'cpu';

const utilizationOf = (metric: Partial<MetricSpec>): number | undefined =>
  isCPU(metric)
    ? (metric.resource?.target as { averageUtilization?: number } | undefined)?.averageUtilization
    : undefined;

function fromStored(stored: KubernetesObject): KubernetesObject {
  const { metrics, behavior, ...spec } = specOf(stored);
  const { currentMetrics, conditions, ...status } = statusOf(stored);
  const annotations = withoutOwn(stored.metadata.annotations);
  const others = (metrics ?? []).filter((metric) => utilizationOf(metric) === undefined);
  if (others.length > 0) annotations[METRICS] = JSON.stringify(others.map(flattenSpec));
  if ((currentMetrics ?? []).length > 0) {
    annotations[CURRENT_METRICS] = JSON.stringify((currentMetrics ?? []).map(flattenStatus));
  }
  if (behavior !== undefined) annotations[BEHAVIOR] = JSON.stringify(behavior);
  if ((conditions ?? []).length > 0) annotations[CONDITIONS] = JSON.stringify(conditions);
  const percent = (metrics ?? []).map(utilizationOf).find((value) => value !== undefined);
  const current = (currentMetrics ?? []).find(isCPU)?.resource?.current?.averageUtilization;
  return {
    ...stored,
    apiVersion: 'autoscaling/v1',
    metadata: withAnnotations(stored.metadata, annotations),
    spec: {
      ...spec,
      ...(percent === undefined ? {} : { targetCPUUtilizationPercentage: percent }),
    },
    ...(stored.status === undefined
      ? {}
      : {
          status: {
            currentReplicas: 0,
            desiredReplicas: 0,
            ...status,
            ...(current === undefined ? {} : { currentCPUUtilizationPercentage: current }),
          },
        }),
  };
}

function toStored(view: KubernetesObject): KubernetesObject {
  const { targetCPUUtilizationPercentage: percent, ...spec } = specOf(view) as V1Spec;
  const { currentCPUUtilizationPercentage: current, ...status } = statusOf(view) as V1Status;
  const annotations = view.metadata.annotations;
  const target = { type: 'Utilization', averageUtilization: percent };
  const metrics = [
    ...listIn(annotations, METRICS).map(unflattenSpec),
    ...(percent === undefined ? [] : [{ type: 'Resource', resource: { name: 'cpu', target } }]),
  ];
  const saved = listIn(annotations, CURRENT_METRICS).map(unflattenStatus);
  const isSaved = saved.some(isCPU);
  const currentMetrics = [
    ...saved,
    ...(current === undefined || isSaved
      ? []
      : [
          {
            type: 'Resource',
            resource: { name: 'cpu', current: { averageUtilization: current } },
          },
        ]),
  ];
  const conditions = listIn(annotations, CONDITIONS);
  const behavior = parsed(annotations, BEHAVIOR);
  const isRules = typeof behavior === 'object' && behavior !== null && !Array.isArray(behavior);
  return {
    ...view,
    apiVersion: 'autoscaling/v2',
    metadata: withAnnotations(view.metadata, withoutOwn(annotations)),
    spec: {
      ...spec,
      ...(metrics.length === 0 ? {} : { metrics }),
      ...(isRules ? { behavior } : {}),
    },
    ...(view.status === undefined
      ? {}
      : {
          status: {
            ...status,
            currentMetrics: currentMetrics.length === 0 ? null : currentMetrics,
            ...(conditions.length === 0 ? {} : { conditions }),
          },
        }),
  };
}

type Annotations = Record<string, string>;

const withoutOwn = (annotations: Annotations | undefined): Annotations =>
  Object.fromEntries(Object.entries(annotations ?? {}).filter(([key]) => !ANNOTATIONS.has(key)));

function withAnnotations(
  metadata: KubernetesObject['metadata'],
  annotations: Annotations,
): KubernetesObject['metadata'] {
  const changed = { ...metadata, annotations };
  if (Object.keys(annotations).length === 0) delete (changed as typeof metadata).annotations;
  return changed;
}

/** What an annotation says, or undefined where it cannot be read, which upstream passes over. */
function parsed(annotations: Annotations | undefined, key: string): unknown {
  try {
    return JSON.parse(annotations?.[key] ?? 'null') as unknown;
  } catch {
    return undefined;
  }
}

function listIn(annotations: Annotations | undefined, key: string): FlatMetric[] {
  const list = parsed(annotations, key);
  if (!Array.isArray(list)) return [];
  return list.filter((item) => typeof item === 'object' && item !== null) as FlatMetric[];
}
