import type { NodeAffinity } from 'kubernetes-types/core/v1.js';
import type { LabelSelectorSource } from '../../../apimachinery/label-selector.ts';
import type { Pod, PodSpec, Toleration } from '../kinds.ts';
import { isPodTerminal } from '../pods/pod-phase.ts';
import { podDemand } from './demand.ts';
import type { Demand } from './demand.ts';
import type { PodTraits } from './placed-pods.ts';
import { podTerms } from './pod-terms.ts';
import { spreadingOf } from './spread-constraints.ts';
import type { Spreading } from './spread-constraints.ts';
import { DEFAULT_SCHEDULER_NAME } from './texts.ts';
import type { VolumeConstraints } from './volume-constraints.ts';

/** What a pod takes up on its node. */
export interface Footprint {
  readonly demand: Demand;
  /** Host ports as `TCP/80/0.0.0.0`. */
  readonly hostPorts: readonly string[];
  /** What pods that are placed later know it by. */
  readonly traits: PodTraits;
  /** What decides whether it goes when a pod of higher priority finds no room. */
  readonly standing: Standing;
}

export interface Standing {
  readonly name: string;
  readonly priority: number;
  /** RFC 3339. */
  readonly createdAt: string;
}

/** Where a pod may go. */
export interface Constraints {
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly nodeAffinity?: NodeAffinity;
  readonly tolerations: readonly Toleration[];
  readonly spreading?: Spreading;
  /** Images of its containers, with a tag. */
  readonly images?: readonly string[];
  /** Of pods that have claims. */
  readonly volumes?: VolumeConstraints;
}

/** All that placing a pod depends on: small, and plain JSON, because stores send it by RPC. */
export interface PodRequest {
  readonly uid: string;
  /** Whether others may be deleted to make room for it. */
  readonly preempts: boolean;
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

/**
 * @param siblings picks the pods that one without spread constraints is spread with
 * @param volumes what its claims say
 */
export function podRequest(
  pod: Pod,
  siblings?: LabelSelectorSource,
  volumes?: VolumeConstraints,
): PodRequest {
  const { nodeSelector, affinity, tolerations = [], preemptionPolicy } = pod.spec;
  const nodeAffinity = affinity?.nodeAffinity;
  return {
    uid: pod.metadata.uid,
    preempts: preemptionPolicy !== 'Never',
    footprint: podFootprint(pod),
    constraints: {
      ...(nodeSelector === undefined ? {} : { nodeSelector }),
      ...(nodeAffinity === undefined ? {} : { nodeAffinity }),
      tolerations,
      spreading: spreadingOf(pod.spec, siblings),
      images: imagesOf(pod.spec),
      ...(volumes === undefined ? {} : { volumes }),
    },
  };
}

/** Whether a pod that no node would take may find one because another pod is placed. */
export function heedsPods({ footprint, constraints }: PodRequest): boolean {
  const near = footprint.traits.terms?.required ?? [];
  return near.length + (constraints.spreading?.required ?? []).length > 0;
}

/** For pods that are already on a node, and for those that are to be placed. */
export function podFootprint({ metadata, spec }: Pod): Footprint {
  const { namespace = '', labels = {}, deletionTimestamp } = metadata;
  const terms = podTerms(spec, namespace);
  return {
    demand: podDemand(spec),
    hostPorts: hostPorts(spec),
    traits: {
      namespace,
      labels,
      ...(deletionTimestamp === undefined ? {} : { terminating: true }),
      ...(Object.keys(terms).length === 0 ? {} : { terms }),
    },
    standing: {
      name: metadata.name,
      priority: spec.priority ?? 0,
      createdAt: metadata.creationTimestamp ?? '',
    },
  };
}

/** Image names as nodes report them: one without a tag means `latest`. */
function imagesOf({ containers, initContainers = [] }: PodSpec): string[] {
  return [...initContainers, ...containers].flatMap(({ image }) => {
    if (image === undefined || image === '') return [];
    return [image.lastIndexOf(':') > image.lastIndexOf('/') ? image : `${image}:latest`];
  });
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
