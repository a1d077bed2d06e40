import type { LabelSelector } from './kinds.ts';

export type LabelPredicate = (labels: Readonly<Record<string, string>> | undefined) => boolean;

const NO_LABELS: Readonly<Record<string, string>> = {};

/**
 * Compiles a metav1.LabelSelector into a predicate, once per plan, for use over many objects.
 * An absent selector matches nothing, an empty one everything, as in the API conventions. An
 * unknown operator, which validation keeps out, matches nothing.
 */
export function labelPredicate(selector: LabelSelector | undefined): LabelPredicate {
  if (selector === undefined) return () => false;
  const equal = Object.entries(selector.matchLabels ?? {});
  const expressions = (selector.matchExpressions ?? []).map(
    ({ key, operator, values = [] }): LabelPredicate => {
      const set = new Set(values);
      switch (operator) {
        case 'In':
          return (labels = NO_LABELS) => labels[key] !== undefined && set.has(labels[key]);
        case 'NotIn':
          return (labels = NO_LABELS) => labels[key] === undefined || !set.has(labels[key]);
        case 'Exists':
          return (labels = NO_LABELS) => labels[key] !== undefined;
        case 'DoesNotExist':
          return (labels = NO_LABELS) => labels[key] === undefined;
        default:
          return () => false;
      }
    },
  );
  return (labels = NO_LABELS) =>
    equal.every(([key, value]) => labels[key] === value) &&
    expressions.every((matches) => matches(labels));
}
