import {
  labelSelectorAsRequirements,
  type LabelSelectorSource,
} from '../../apimachinery/label-selector.ts';
import type { KubernetesObject } from '../../apimachinery/meta.ts';
import type { ResourceInfo, ScaleMapping } from './kind-table.ts';

/** Key of autoscaling/v1 Scale in the compiled schema. */
export const SCALE_SCHEMA = 'io.k8s.api.autoscaling.v1.Scale';

interface Scalable {
  replicas?: number;
  selector?: LabelSelectorSource | Record<string, string>;
}

/** What a workload looks like through its `scale` subresource. */
export function scaleOf(
  info: Pick<ResourceInfo, 'scale'>,
  object: KubernetesObject,
): KubernetesObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const mapping = info.scale ?? BUILT_IN_MAPPING;
  const replicas = mapping.replicas(object);
  const selector = mapping.selector(object);
  const metadata = Object.fromEntries(
    Object.entries({ name, namespace, uid, resourceVersion, creationTimestamp }).filter(
      ([, value]) => value !== undefined,
    ),
  );
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata,
    spec: replicas ? { replicas } : {},
    status: {
      replicas: mapping.statusReplicas(object) ?? 0,
      ...(selector === '' ? {} : { selector }),
    },
  };
}

/** A copy of the workload with the replicas that the Scale asks for (none stands for zero). */
export function applyScale(
  info: ResourceInfo,
  object: KubernetesObject,
  scale: KubernetesObject,
): KubernetesObject {
  const { replicas = 0 } = (scale.spec ?? {}) as Scalable;
  const { resourceVersion } = scale.metadata;
  const scaled = (info.scale ?? BUILT_IN_MAPPING).withReplicas(object, replicas);
  return {
    ...scaled,
    metadata: {
      ...scaled.metadata,
      // The precondition of the request, if it has one.
      ...(resourceVersion ? { resourceVersion } : {}),
    },
  };
}

const BUILT_IN_MAPPING: ScaleMapping = {
  replicas: (object) => ((object.spec ?? {}) as Scalable).replicas,
  statusReplicas: (object) => ((object.status ?? {}) as Scalable).replicas,
  selector: (object) => selectorText(((object.spec ?? {}) as Scalable).selector),
  withReplicas: (object, replicas) => ({
    ...object,
    spec: { ...(object.spec as Scalable), replicas },
  }),
};

/** Selectors of apps kinds are metav1.LabelSelectors, those of replication controllers maps. */
function selectorText(selector: Scalable['selector']): string {
  if (selector === undefined) return '';
  const isLabelSelector = 'matchLabels' in selector || 'matchExpressions' in selector;
  const source = isLabelSelector
    ? (selector as LabelSelectorSource)
    : { matchLabels: selector as Record<string, string> };
  return labelSelectorAsRequirements(source).toString();
}
