import type { NodeAffinity } from 'kubernetes-types/core/v1.js';
import { controllerOf } from '../../../apimachinery/owner-references.ts';
import type { Pod, PodSpec, Toleration } from '../kinds.ts';
import { isPodTerminal } from '../pods/pod-phase.ts';
import { podDemand } from './demand.ts';
import type { Demand } from './demand.ts';
import { DEFAULT_SCHEDULER_NAME } from './texts.ts';

/** What a pod takes up on its node. */
export interface Footprint {
  readonly demand: Demand;
  /** Host ports as `TCP/80/0.0.0.0`. */
  readonly hostPorts: readonly string[];
  /** The uid of the controller; pods of one family are spread. '' for none. */
  readonly family: string;
}

/** Where a pod may go. */
export interface Constraints {
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly nodeAffinity?: NodeAffinity;
  readonly tolerations: readonly Toleration[];
}

/** All that placing a pod depends on: small, and plain JSON, because stores send it by RPC. */
export interface PodRequest {
  readonly uid: string;
  readonly priority: number;
  readonly footprint: Footprint;
  readonly constraints: Constraints;
}

/** Whether the pod is waiting for this scheduler. */
export function needsScheduling(pod: Pod): boolean {
  const { nodeName, schedulerName = DEFAULT_SCHEDULER_NAME, schedulingGates = [] } = pod.spec;
  return (
    !nodeName &&
    schedulerName === DEFAULT_SCHEDULER_NAME &&
    schedulingGates.length === 0 &&
    pod.metadata.deletionTimestamp === undefined &&
    !isPodTerminal(pod)
  );
}

export function podRequest(pod: Pod): PodRequest {
  const { nodeSelector, affinity, tolerations = [], priority = 0 } = pod.spec;
  const nodeAffinity = affinity?.nodeAffinity;
  return {
    uid: pod.metadata.uid,
    priority,
    footprint: podFootprint(pod),
    constraints: {
      ...(nodeSelector === undefined ? {} : { nodeSelector }),
      ...(nodeAffinity === undefined ? {} : { nodeAffinity }),
      tolerations,
    },
  };
}

/** For pods that are already on a node, and for those that are to be placed. */
export function podFootprint(pod: Pod): Footprint {
  return {
    demand: podDemand(pod.spec),
    hostPorts: hostPorts(pod.spec),
    family: controllerOf(pod)?.uid ?? '',
  };
}

function hostPorts({ containers, initContainers = [] }: PodSpec): string[] {
  const sidecars = initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...containers, ...sidecars]
    .flatMap(({ ports = [] }) => ports)
    .flatMap(({ hostPort, protocol = 'TCP', hostIP = '' }) =>
      hostPort === undefined || hostPort === 0
        ? []
        : [`${protocol}/${hostPort}/${hostIP === '' ? '0.0.0.0' : hostIP}`],
    );
}
