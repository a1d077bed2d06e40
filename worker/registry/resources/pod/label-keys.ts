import type { PodFields } from './fields.ts';

type Labels = Readonly<Record<string, string>>;
type Operator = 'In' | 'NotIn';

interface Selector {
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

interface Term {
  labelSelector?: Selector;
  matchLabelKeys?: string[];
  mismatchLabelKeys?: string[];
}

/**
 * Turns the keys of pod affinity terms and spread constraints into expressions with the values that
 * the pod's own labels have (KEP-3633, KEP-3243), once, when the pod is made. Changes `spec` in place.
 */
export function mergeLabelKeys(spec: PodFields, labels: Labels): void {
  for (const { labelSelector, matchLabelKeys } of (spec.topologySpreadConstraints ??
    []) as Term[]) {
    merge(labelSelector, matchLabelKeys, 'In', labels);
  }
  for (const kind of ['podAffinity', 'podAntiAffinity'] as const) {
    const affinity = spec.affinity?.[kind];
    const terms: Term[] = [
      ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
      ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).flatMap(
        ({ podAffinityTerm }) => podAffinityTerm ?? [],
      ),
    ] as Term[];
    for (const { labelSelector, matchLabelKeys, mismatchLabelKeys } of terms) {
      merge(labelSelector, matchLabelKeys, 'In', labels);
      merge(labelSelector, mismatchLabelKeys, 'NotIn', labels);
    }
  }
}

function merge(
  selector: Selector | undefined,
  keys: readonly string[] | undefined,
  operator: Operator,
  labels: Labels,
): void {
  if (selector === undefined) return;
  for (const key of keys ?? []) {
    const value = labels[key];
    if (value === undefined) continue;
    selector.matchExpressions = [
      ...(selector.matchExpressions ?? []),
      { key, operator, values: [value] },
    ];
  }
}
