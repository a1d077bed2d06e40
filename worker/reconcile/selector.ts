import { labelSelectorAsRequirements } from '../../apimachinery/label-selector.ts';
import type { LabelSelectorSource } from '../../apimachinery/label-selector.ts';

export type LabelPredicate = (labels: Readonly<Record<string, string>> | undefined) => boolean;

/**
 * Compiles a metav1.LabelSelector into a predicate, once per plan, for use over many objects. An
 * absent selector matches nothing, an empty one everything. So does a malformed one match nothing:
 * validation keeps it out, and a planner must not throw for what an older version let in.
 */
export function labelPredicate(selector: LabelSelectorSource | undefined): LabelPredicate {
  try {
    const compiled = labelSelectorAsRequirements(selector);
    return (labels) => compiled.matches(labels);
  } catch {
    return () => false;
  }
}
