import type { LabelSelectorSource } from '../../../apimachinery/label-selector.ts';
import { labelPredicate } from '../selector.ts';

type Labels = Readonly<Record<string, string>>;

/**
 * Picks pods by namespace and labels, in plain JSON. A pod's namespace is picked when it is named or
 * when the selector accepts the labels of its Namespace. Without `labels` nothing is picked.
 */
export interface PodSelector {
  readonly namespaces: readonly string[];
  readonly namespaceSelector?: LabelSelectorSource;
  readonly labels?: LabelSelectorSource;
}

/** What a selector looks at. */
export interface Selectable {
  readonly namespace: string;
  readonly labels: Labels;
}

/** The labels of a Namespace; of one that is not known, none. */
export type NamespaceLabels = (namespace: string) => Labels;

export type PodPredicate = (pod: Selectable) => boolean;

/** Compiles a selector for use over many pods. Namespace labels are looked up at every call. */
export function podPredicate(
  { namespaces, namespaceSelector, labels }: PodSelector,
  namespaceLabels: NamespaceLabels,
): PodPredicate {
  const named = new Set(namespaces);
  const acceptsNamespace = labelPredicate(namespaceSelector);
  const acceptsLabels = labelPredicate(labels);
  return (pod) =>
    (named.has(pod.namespace) ||
      (namespaceSelector !== undefined && acceptsNamespace(namespaceLabels(pod.namespace)))) &&
    acceptsLabels(pod.labels);
}
