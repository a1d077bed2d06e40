import type * as core from 'kubernetes-types/core/v1';
import type { BoundVolume } from '../../apimachinery/agent-protocol.ts';
import type { PodIdentity } from '../runtime/container-runtime.ts';

/** The fields that upstream has added since the types that we build on were published. */
export interface ContainerSpec extends core.Container {
  restartPolicyRules?: RestartRule[];
}
export interface RestartRule {
  action: string;
  exitCodes?: { operator: string; values?: number[] };
}
export interface EphemeralContainerSpec extends ContainerSpec {
  targetContainerName?: string;
}
export type PodSpec = Omit<
  core.PodSpec,
  'containers' | 'initContainers' | 'ephemeralContainers'
> & {
  containers: ContainerSpec[];
  initContainers?: ContainerSpec[];
  ephemeralContainers?: EphemeralContainerSpec[];
};
export interface PodCondition extends core.PodCondition {
  observedGeneration?: number;
}
export type PodStatus = Omit<
  core.PodStatus,
  'conditions' | 'containerStatuses' | 'initContainerStatuses'
> & {
  conditions?: PodCondition[];
  containerStatuses?: ContainerStatusView[];
  initContainerStatuses?: ContainerStatusView[];
  observedGeneration?: number;
};
export type ContainerStatusView = core.ContainerStatus & {
  allocatedResources?: Readonly<Record<string, string>>;
  resources?: core.ResourceRequirements;
  volumeMounts?: readonly VolumeMountStatus[];
};
export interface VolumeMountStatus {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly?: boolean;
  readonly recursiveReadOnly?: string;
}
export type VolumeSpec = core.Volume & {
  image?: { reference?: string; pullPolicy?: string };
};
export type VolumeMountSpec = core.VolumeMount & { recursiveReadOnly?: string };

/** A pod as the control plane wants it here; spec and status are trusted to be valid. */
export interface DesiredPod {
  readonly metadata: core.Pod['metadata'] & PodIdentity & { readonly generation?: number };
  readonly spec: PodSpec;
  readonly status?: PodStatus;
  /** What its claims are bound to, by the names of its volumes. */
  readonly boundVolumes?: Readonly<Record<string, BoundVolume>>;
}

export type RestartPolicy = 'Always' | 'OnFailure' | 'Never';

const DEFAULT_TERMINATION_GRACE_SECONDS = 30;

export function podIdentity(pod: DesiredPod): PodIdentity {
  const { namespace, name, uid } = pod.metadata;
  return { namespace, name, uid };
}

/** As kubelet prints a pod in messages: `name_namespace(uid)`. */
export function formatPod(pod: PodIdentity): string {
  return `${pod.name}_${pod.namespace}(${pod.uid})`;
}

export function restartPolicy(pod: DesiredPod): RestartPolicy {
  return (pod.spec.restartPolicy ?? 'Always') as RestartPolicy;
}

/** Seconds between the stop signal and SIGKILL while the pod is wanted. */
export function terminationGraceSeconds(pod: DesiredPod): number {
  return pod.spec.terminationGracePeriodSeconds ?? DEFAULT_TERMINATION_GRACE_SECONDS;
}

/** Set once deletion was asked for: the grace that this deletion gives. */
export function deletionGraceSeconds(pod: DesiredPod): number | undefined {
  if (pod.metadata.deletionTimestamp === undefined) return undefined;
  return pod.metadata.deletionGracePeriodSeconds ?? terminationGraceSeconds(pod);
}

export function isTerminalPhase(phase: string | undefined): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}

/** A restartable init container (a sidecar) keeps running beside the pod's other containers. */
export function isSidecar(container: ContainerSpec): boolean {
  return container.restartPolicy === 'Always';
}

/** Every container that the pod names, whichever list it is in. */
export function allContainers(pod: DesiredPod): ContainerSpec[] {
  const { initContainers = [], containers, ephemeralContainers = [] } = pod.spec;
  return [...initContainers, ...containers, ...ephemeralContainers];
}

/** Where an event says that a container is, as `spec.containers{web}`. */
export function fieldPath(pod: DesiredPod | undefined, container: string): string {
  const { initContainers = [], ephemeralContainers = [] } = pod?.spec ?? {};
  const isIn = (list: readonly ContainerSpec[]): boolean =>
    list.some(({ name }) => name === container);
  if (isIn(initContainers)) return `spec.initContainers{${container}}`;
  if (isIn(ephemeralContainers)) return `spec.ephemeralContainers{${container}}`;
  return `spec.containers{${container}}`;
}
