import type { PodAffinityTerm } from 'kubernetes-types/core/v1.js';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { PodFields } from '../resources/pod/fields.ts';
import { computeQOSClass } from '../resources/pod/qos-class.ts';
import { type ScopeSelector, selectsAny } from './scope-selectors.ts';

/** Whether a pod is in a scope of a quota. */
export function podInScope(selector: ScopeSelector, pod: KubernetesObject): boolean {
  const spec: PodFields = pod.spec ?? {};
  switch (selector.scopeName) {
    case 'Terminating':
      return hasDeadline(pod);
    case 'NotTerminating':
      return !hasDeadline(pod);
    case 'BestEffort':
      return isBestEffort(pod);
    case 'NotBestEffort':
      return !isBestEffort(pod);
    case 'PriorityClass':
      return selectsAny(selector, spec.priorityClassName ? [spec.priorityClassName] : []);
    case 'CrossNamespacePodAffinity':
      return reachesOtherNamespaces(spec);
    default:
      return false;
  }
}

/** Whether the pod will end by itself, in good time. */
export function hasDeadline(pod: KubernetesObject): boolean {
  const seconds = ((pod.spec ?? {}) as PodFields).activeDeadlineSeconds;
  return seconds !== undefined && seconds >= 0;
}

function isBestEffort({ spec, status }: KubernetesObject): boolean {
  const stored = ((status ?? {}) as { qosClass?: string }).qosClass;
  return (stored || computeQOSClass(spec ?? {})) === 'BestEffort';
}

function reachesOtherNamespaces({ affinity }: PodFields): boolean {
  return [affinity?.podAffinity, affinity?.podAntiAffinity].some((pods) =>
    [
      ...(pods?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
      ...(pods?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
        ({ podAffinityTerm }) => podAffinityTerm,
      ),
    ].some(isAcrossNamespaces),
  );
}

const isAcrossNamespaces = (term: PodAffinityTerm | undefined): boolean =>
  (term?.namespaces ?? []).length > 0 || term?.namespaceSelector !== undefined;
