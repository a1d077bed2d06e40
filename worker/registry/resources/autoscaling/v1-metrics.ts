import type { MetricSpec, MetricStatus } from 'kubernetes-types/autoscaling/v2.js';
import type { Current, Target } from './types.ts';

/** Metrics in the flat form of autoscaling/v1, which its annotations carry as JSON. */
export interface FlatMetric {
  readonly type?: string;
  readonly [source: string]: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

const MATCHED = ['object', 'pods', 'resource', 'containerResource', 'external'] as const;

/** The same object without what is undefined, which JSON would leave out. */
const compact = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

const convertSources = (
  metric: Fields,
  convert: (kind: string, source: Fields) => Fields,
): FlatMetric => ({
  type: metric.type as string,
  ...Object.fromEntries(
    MATCHED.flatMap((kind) => {
      const source = metric[kind] as Fields | null | undefined;
      return source === undefined || source === null ? [] : [[kind, convert(kind, source)]];
    }),
  ),
});

export const flattenSpec = (metric: MetricSpec): FlatMetric =>
  convertSources(metric as unknown as Fields, (kind, source) => {
    const { name, selector } = (source.metric ?? {}) as { name?: string; selector?: object };
    const { value, averageValue, averageUtilization } = (source.target ?? {}) as Target;
    switch (kind) {
      case 'object':
        return compact({
          target: source.describedObject,
          metricName: name,
          targetValue: value ?? '0',
          selector,
          averageValue,
        });
      case 'pods':
        return compact({ metricName: name, targetAverageValue: averageValue ?? '0', selector });
      case 'external':
        return compact({
          metricName: name,
          metricSelector: selector,
          targetValue: value,
          targetAverageValue: averageValue,
        });
      default:
        return compact({
          name: source.name,
          targetAverageUtilization: averageUtilization,
          targetAverageValue: averageValue,
          container: source.container,
        });
    }
  });

export const flattenStatus = (metric: MetricStatus): FlatMetric =>
  convertSources(metric as unknown as Fields, (kind, source) => {
    const { name, selector } = (source.metric ?? {}) as { name?: string; selector?: object };
    const { value, averageValue, averageUtilization } = (source.current ?? {}) as Current;
    switch (kind) {
      case 'object':
        return compact({
          target: source.describedObject,
          metricName: name,
          currentValue: value ?? '0',
          selector,
          averageValue,
        });
      case 'pods':
        return compact({ metricName: name, currentAverageValue: averageValue ?? '0', selector });
      case 'external':
        return compact({
          metricName: name,
          metricSelector: selector,
          currentValue: value ?? '0',
          currentAverageValue: averageValue,
        });
      default:
        return compact({
          name: source.name,
          currentAverageUtilization: averageUtilization,
          currentAverageValue: averageValue ?? '0',
          container: source.container,
        });
    }
  });

const identifier = (name: unknown, selector: unknown): Fields => compact({ name, selector });

export const unflattenSpec = (metric: FlatMetric): MetricSpec =>
  convertSources(metric, (kind, source) => {
    const target = (type: string, fields: Fields): Fields => compact({ type, ...fields });
    switch (kind) {
      case 'object':
        return {
          describedObject: source.target,
          metric: identifier(source.metricName, source.selector),
          target: target(source.averageValue === undefined ? 'Value' : 'AverageValue', {
            value: source.targetValue,
            averageValue: source.averageValue,
          }),
        };
      case 'pods':
        return {
          metric: identifier(source.metricName, source.selector),
          target: target('AverageValue', { averageValue: source.targetAverageValue }),
        };
      case 'external':
        return {
          metric: identifier(source.metricName, source.metricSelector),
          target: target(source.targetValue === undefined ? 'AverageValue' : 'Value', {
            value: source.targetValue,
            averageValue: source.targetAverageValue,
          }),
        };
      default: {
        const isUtilization = source.targetAverageUtilization !== undefined;
        return compact({
          name: source.name,
          container: source.container,
          target: target(isUtilization ? 'Utilization' : 'AverageValue', {
            averageUtilization: source.targetAverageUtilization,
            averageValue: source.targetAverageValue,
          }),
        });
      }
    }
  }) as unknown as MetricSpec;

export const unflattenStatus = (metric: FlatMetric): MetricStatus =>
  convertSources(metric, (kind, source) => {
    switch (kind) {
      case 'object':
        return {
          describedObject: source.target,
          metric: identifier(source.metricName, source.selector),
          current: compact({ value: source.currentValue, averageValue: source.averageValue }),
        };
      case 'pods':
        return {
          metric: identifier(source.metricName, source.selector),
          current: compact({ averageValue: source.currentAverageValue }),
        };
      case 'external':
        return {
          metric: identifier(source.metricName, source.metricSelector),
          current: compact({
            value: source.currentValue,
            averageValue: source.currentAverageValue,
          }),
        };
      default:
        return compact({
          name: source.name,
          container: source.container,
          current: compact({
            averageUtilization: source.currentAverageUtilization,
            averageValue: source.currentAverageValue,
          }),
        });
    }
  }) as unknown as MetricStatus;
