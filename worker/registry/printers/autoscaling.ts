import type { MetricSpec, MetricStatus } from 'kubernetes-types/autoscaling/v2.js';
import { parseQuantity } from '../../../apimachinery/quantity.ts';
import { AUTOSCALING_V1 } from '../resources/autoscaling/v1-conversion.ts';
import { specOf, statusOf, type Current, type Target } from '../resources/autoscaling/types.ts';
import type { TablePrinter } from '../table.ts';
import { AGE, age, column, NAME, NONE } from './columns.ts';

const MAX_SHOWN = 2;
const UNKNOWN = '<unknown>';

export const autoscalerPrinter: TablePrinter = {
  columns: [
    NAME,
    column('Reference'),
    column('Targets'),
    column('MinPods'),
    column('MaxPods'),
    column('Replicas'),
    AGE,
  ],
  cells(object, now) {
    const spec = specOf(object);
    const { currentMetrics, currentReplicas } = statusOf(object);
    const { kind = '', name = '' } = spec.scaleTargetRef ?? {};
    return [
      object.metadata.name ?? '',
      `${kind}/${name}`,
      targetsText(spec.metrics ?? [], currentMetrics ?? []),
      spec.minReplicas === undefined ? '<unset>' : String(spec.minReplicas),
      spec.maxReplicas ?? 0,
      currentReplicas ?? 0,
      age(object, now),
    ];
  },
};

/** The same table for the view: both versions show all metrics. */
export const autoscalerV1Printer: TablePrinter = {
  columns: autoscalerPrinter.columns,
  cells: (object, now) =>
    autoscalerPrinter.cells(
      object.apiVersion === 'autoscaling/v2' ? object : AUTOSCALING_V1.toStored(object),
      now,
    ),
};

function targetsText(specs: readonly MetricSpec[], statuses: readonly MetricStatus[]): string {
  if (specs.length === 0) return NONE;
  const list = specs.map((spec, i) => metricText(spec, statuses[i]));
  const shown = list.slice(0, MAX_SHOWN).join(', ');
  return list.length > MAX_SHOWN ? `${shown} + ${list.length - MAX_SHOWN} more...` : shown;
}

const SOURCES: Readonly<Record<string, keyof MetricSpec>> = {
  External: 'external',
  Pods: 'pods',
  Object: 'object',
  Resource: 'resource',
  ContainerResource: 'containerResource',
};

interface Source {
  name?: string;
  target?: Target;
  current?: Current;
}

/** `cpu: 12%/80%`: what there is, and what there should be. */
function metricText(spec: Partial<MetricSpec>, status: Partial<MetricStatus> | undefined): string {
  const key = SOURCES[spec.type ?? ''];
  if (key === undefined) return '<unknown type>';
  const source = spec[key] as Source | undefined;
  const { target = {} } = source ?? {};
  const current = (status?.[key as keyof MetricStatus] as Source | undefined)?.current ?? {};
  const averages = `${amount(current.averageValue)}/${amount(target.averageValue)}`;
  if (key === 'resource' || key === 'containerResource') {
    const name = source?.name ?? '';
    if (target.averageValue !== undefined) return `${name}: ${averages}`;
    return `${name}: ${percent(current.averageUtilization, UNKNOWN)}/${percent(target.averageUtilization, '<auto>')}`;
  }
  if (key === 'pods') return averages;
  return target.averageValue === undefined
    ? `${amount(current.value)}/${amount(target.value)}`
    : `${averages} (avg)`;
}

const percent = (value: number | undefined, otherwise: string): string =>
  value === undefined ? otherwise : `${value}%`;

const amount = (value: unknown): string =>
  typeof value === 'string' ? parseQuantity(value).toString() : UNKNOWN;
