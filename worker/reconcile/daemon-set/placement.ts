import type { NodePlace } from '../../registry/node-place.ts';
import type { DaemonSet, PodSpec } from '../kinds.ts';
import { acceptsNode } from '../scheduler/node-affinity.ts';
import { hasUntoleratedTaint } from '../scheduler/tolerations.ts';
import { daemonTolerations } from './tolerations.ts';

export interface Placement {
  /** Whether a pod is to be started where none is. */
  readonly shouldRun: boolean;
  /** Whether one that is there may stay. */
  readonly mayStay: boolean;
}

const NOWHERE: Placement = { shouldRun: false, mayStay: false };

/** Decides for one node after the other whether the set's pods belong there. */
export function placementFor({ spec }: DaemonSet): (place: NodePlace) => Placement {
  const template: Partial<PodSpec> = spec.template.spec ?? {};
  const { nodeName, nodeSelector, affinity } = template;
  const nodeAffinity = affinity?.nodeAffinity;
  const tolerations = daemonTolerations(template);
  const constraints = {
    tolerations,
    ...(nodeSelector === undefined ? {} : { nodeSelector }),
    ...(nodeAffinity === undefined ? {} : { nodeAffinity }),
  };
  return ({ metadata: { name, labels = {} }, spec: place }) => {
    if (nodeName && nodeName !== name) return NOWHERE;
    if (!acceptsNode(constraints, { name, labels })) return NOWHERE;
    const taints = place?.taints ?? [];
    const drivesAway = taints.filter(({ effect }) => effect === 'NoExecute');
    return {
      shouldRun: !hasUntoleratedTaint(tolerations, taints),
      mayStay: !hasUntoleratedTaint(tolerations, drivesAway),
    };
  };
}
