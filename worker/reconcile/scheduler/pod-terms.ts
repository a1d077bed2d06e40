import type { PodAffinityTerm, WeightedPodAffinityTerm } from 'kubernetes-types/core/v1.js';
import type { PodSpec } from '../kinds.ts';
import type { PodSelector } from './pod-selector.ts';

/** A set of pods, and the node label that says where "together with them" ends. */
export interface AffinityTerm extends PodSelector {
  readonly topologyKey: string;
}

export interface WeightedTerm extends AffinityTerm {
  /** Below zero for what is better kept apart. */
  readonly weight: number;
}

/** What a pod says about other pods. It counts when it is placed itself, and for pods that come later. */
export interface PodTerms {
  /** Required affinity: some pod of each must be near. */
  readonly required?: readonly AffinityTerm[];
  /** Required anti-affinity: no pod of any may be near. */
  readonly excluded?: readonly AffinityTerm[];
  /** Preferred affinity and anti-affinity. */
  readonly preferred?: readonly WeightedTerm[];
}

/**
 * Reads podAffinity and podAntiAffinity. `matchLabelKeys` and `mismatchLabelKeys` are not looked at:
 * the registry has put them into the selectors when the pod was made, as upstream's does (KEP-3633).
 */
export function podTerms({ affinity }: PodSpec, namespace: string): PodTerms {
  const near = affinity?.podAffinity;
  const apart = affinity?.podAntiAffinity;
  const terms = (list: readonly PodAffinityTerm[] = []) => list.map((t) => toTerm(t, namespace));
  const weighted = (list: readonly WeightedPodAffinityTerm[] = [], sign: 1 | -1): WeightedTerm[] =>
    list.map(({ podAffinityTerm, weight }) => ({
      ...toTerm(podAffinityTerm, namespace),
      weight: sign * weight,
    }));
  const required = terms(near?.requiredDuringSchedulingIgnoredDuringExecution);
  const excluded = terms(apart?.requiredDuringSchedulingIgnoredDuringExecution);
  const preferred = [
    ...weighted(near?.preferredDuringSchedulingIgnoredDuringExecution, 1),
    ...weighted(apart?.preferredDuringSchedulingIgnoredDuringExecution, -1),
  ];
  return {
    ...(required.length === 0 ? {} : { required }),
    ...(excluded.length === 0 ? {} : { excluded }),
    ...(preferred.length === 0 ? {} : { preferred }),
  };
}

/** A term that names no namespaces, by list or selector, is about the pod's own. */
function toTerm(
  { topologyKey, namespaces = [], namespaceSelector, labelSelector }: PodAffinityTerm,
  namespace: string,
): AffinityTerm {
  const own = namespaces.length === 0 && namespaceSelector === undefined;
  return {
    topologyKey,
    namespaces: own ? [namespace] : namespaces,
    ...(namespaceSelector === undefined ? {} : { namespaceSelector }),
    ...(labelSelector === undefined ? {} : { labels: labelSelector }),
  };
}
