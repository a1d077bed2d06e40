import type { NodeSpec, Taint } from 'kubernetes-types/core/v1.js';
import type { KubernetesObject } from '../../apimachinery/meta.ts';

/** The node says that it is not ready. */
export const NOT_READY = 'node.kubernetes.io/not-ready';
/** Nothing is heard of the node. */
export const UNREACHABLE = 'node.kubernetes.io/unreachable';

/** What a Node holds against the pods that are on it, as the stores of these pods know it. */
export interface NodeStanding extends KubernetesObject {
  metadata: { name: string; uid: string };
  spec: {
    /** Those with the effect NoExecute. */
    taints?: Taint[];
    /** RFC 3339; absent while the node can be reached. */
    unreachableSince?: string;
    /** There is no such Node. */
    isGone?: boolean;
  };
}

/** A copy of it in a store. */
export interface NodeStandingCopy extends NodeStanding {
  /** The resourceVersion of the Node that it was read from. */
  revision?: number;
}

const HEAD = { apiVersion: 'fairlead.dev/v1', kind: 'NodeStanding' };

/** The part of a Node that concerns the pods on it; null where there is nothing. */
export function standingOf(nodeName: string, node: KubernetesObject | null): NodeStanding | null {
  if (node === null)
    return { ...HEAD, metadata: { name: nodeName, uid: '' }, spec: { isGone: true } };
  const { taints: all = [] } = (node['spec'] ?? {}) as NodeSpec;
  const taints = all.filter(({ effect }) => effect === 'NoExecute');
  // It comes with the first word of the loss; the one that evicts may never come.
  const lost = all.find(({ key, effect }) => key === UNREACHABLE && effect === 'NoSchedule');
  if (taints.length === 0 && lost === undefined) return null;
  const { uid = '' } = node.metadata;
  return {
    ...HEAD,
    metadata: { name: nodeName, uid },
    spec: {
      ...(taints.length === 0 ? {} : { taints }),
      ...(lost === undefined ? {} : { unreachableSince: lost.timeAdded ?? '' }),
    },
  };
}
