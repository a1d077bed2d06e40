import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import type { PodFields } from '../../resources/pod/fields.ts';
import { nodeNamed } from '../node-lookup.ts';
import type { AdmissionContext, AdmissionPlugin } from '../plugin.ts';

const LABELS = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'];

/**
 * Upstream's PodTopologyLabels: a pod is told by its labels in which zone and region it is. They
 * come with the binding to a node, whose labels the pod takes over, or at once where a pod is made
 * on a node.
 */
export const podTopologyLabels: AdmissionPlugin = {
  name: 'PodTopologyLabels',
  handles: ({ info, operation, subresource }) =>
    info.storage === 'pods' &&
    operation === 'CREATE' &&
    (subresource === '' || subresource === 'binding'),
  admit({ object, subresource }, context) {
    if (object === null) return;
    const nodeName =
      subresource === '' ? ((object.spec ?? {}) as PodFields).nodeName : target(object);
    if (!nodeName) return;
    const labels = topologyOf(nodeName, context);
    if (Object.keys(labels).length === 0) return;
    object.metadata.labels = { ...object.metadata.labels, ...labels };
  },
};

function target(binding: KubernetesObject): string | undefined {
  const { kind, name } = (binding['target'] ?? {}) as { kind?: string; name?: string };
  return kind === 'Node' ? name : undefined;
}

function topologyOf(nodeName: string, context: AdmissionContext): Record<string, string> {
  const labels = nodeNamed(nodeName, context)?.metadata.labels;
  return Object.fromEntries(
    LABELS.flatMap((key): [string, string][] => {
      const value = labels?.[key];
      return value === undefined ? [] : [[key, value]];
    }),
  );
}
