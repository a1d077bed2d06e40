import {
  labelSelectorAsRequirements,
  type LabelSelectorSource,
} from '../../apimachinery/label-selector.ts';
import type { KubernetesObject } from '../../apimachinery/meta.ts';

/** Key of autoscaling/v1 Scale in the compiled schema. */
export const SCALE_SCHEMA = 'io.k8s.api.autoscaling.v1.Scale';

interface Scalable {
  replicas?: number;
  selector?: LabelSelectorSource | Record<string, string>;
}

/** What a workload looks like through its `scale` subresource. */
export function scaleOf(object: KubernetesObject): KubernetesObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const spec = (object.spec ?? {}) as Scalable;
  const status = (object.status ?? {}) as Scalable;
  const selector = selectorText(spec.selector);
  const metadata = Object.fromEntries(
    Object.entries({ name, namespace, uid, resourceVersion, creationTimestamp }).filter(
      ([, value]) => value !== undefined,
    ),
  );
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata,
    spec: spec.replicas ? { replicas: spec.replicas } : {},
    status: { replicas: status.replicas ?? 0, ...(selector === '' ? {} : { selector }) },
  };
}

/** A copy of the workload with the replicas that the Scale asks for (none stands for zero). */
export function applyScale(object: KubernetesObject, scale: KubernetesObject): KubernetesObject {
  const { replicas } = (scale.spec ?? {}) as Scalable;
  const { resourceVersion } = scale.metadata;
  return {
    ...object,
    metadata: {
      ...object.metadata,
      // The precondition of the request, if it has one.
      ...(resourceVersion ? { resourceVersion } : {}),
    },
    spec: { ...(object.spec as Scalable), replicas: replicas ?? 0 },
  };
}

/** Selectors of apps kinds are metav1.LabelSelectors, those of replication controllers maps. */
function selectorText(selector: Scalable['selector']): string {
  if (selector === undefined) return '';
  const isLabelSelector = 'matchLabels' in selector || 'matchExpressions' in selector;
  const source = isLabelSelector
    ? (selector as LabelSelectorSource)
    : { matchLabels: selector as Record<string, string> };
  return labelSelectorAsRequirements(source).toString();
}
