import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { DaemonSet, PodSpec } from '../kinds.ts';
import { podFactory } from '../pods/pod-from-template.ts';
import { controllerRef, HASH_LABEL } from './set-facts.ts';
import { daemonTolerations } from './tolerations.ts';

const GENERATION_ANNOTATION = 'deprecated.daemonset.template.generation';
const GENERATION_LABEL = 'pod-template-generation';

/**
 * A pod for one node. It is the scheduler that binds it: its affinity leaves just that node, in
 * place of the template's required terms, which were looked at already.
 */
export function newDaemon(set: DaemonSet, node: string, hash: string): KubernetesObject {
  const { template } = set.spec;
  const { metadata } = template;
  const spec: PodSpec = {
    containers: [],
    ...template.spec,
    tolerations: [...daemonTolerations(template.spec ?? {})],
    affinity: pinnedAffinity(template.spec?.affinity, node),
  };
  const generation = set.metadata.annotations?.[GENERATION_ANNOTATION];
  const isNumber = generation !== undefined && /^[+-]?\d+$/.test(generation);
  const labels = {
    ...metadata?.labels,
    ...(isNumber ? { [GENERATION_LABEL]: String(Number(generation)) } : {}),
    [HASH_LABEL]: hash,
  };
  const pod = { metadata: { ...metadata, labels }, spec };
  return podFactory(pod, `${set.metadata.name}-`, controllerRef(set))();
}

function pinnedAffinity(
  affinity: PodSpec['affinity'],
  node: string,
): NonNullable<PodSpec['affinity']> {
  const matchFields = [{ key: 'metadata.name', operator: 'In', values: [node] }];
  return {
    ...affinity,
    nodeAffinity: {
      ...affinity?.nodeAffinity,
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] },
    },
  };
}
