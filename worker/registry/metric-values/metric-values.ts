import type { KubernetesObject } from '../../../apimachinery/meta.ts';

/**
 * What clients have said a metric is worth, as a namespace's store keeps it: one hidden object per
 * metric and kind of object, or per external metric.
 */
export interface MetricValues extends KubernetesObject {
  metadata: { name: string };
  /** Of the objects that the values are about; absent for an external metric. */
  described?: DescribedKind;
  metric?: string;
  values?: readonly MetricValue[];
}

export interface DescribedKind {
  readonly group: string;
  readonly kind: string;
}

export interface MetricValue {
  /** Of the described object; '' in external metrics. */
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** A quantity. */
  readonly value: string;
  /** RFC 3339. */
  readonly timestamp: string;
  readonly windowSeconds?: number;
}

/** A value that was said longer ago is no value any more. */
export const METRIC_VALUE_LIFETIME_MS = 5 * 60_000;

/** The values of a metric that still count. */
export function currentValues({ values }: MetricValues, now: number): readonly MetricValue[] {
  return (values ?? []).filter(({ timestamp }) => {
    const at = Date.parse(timestamp);
    return at > now - METRIC_VALUE_LIFETIME_MS;
  });
}
