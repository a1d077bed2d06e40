import type {
  DaemonSetSpec,
  DaemonSetStatus,
  DeploymentSpec,
  ReplicaSetSpec,
  StatefulSetSpec,
  StatefulSetStatus,
} from 'kubernetes-types/apps/v1.js';
import type { CronJobSpec, JobSpec } from 'kubernetes-types/batch/v1.js';
import type {
  LabelSelector as LabelSelectorV1,
  ObjectMeta as TemplateMeta,
} from 'kubernetes-types/meta/v1.js';
import type { PodDisruptionBudgetSpec } from 'kubernetes-types/policy/v1.js';
import type {
  NamespaceSpec,
  NodeSpec,
  NodeStatus,
  PersistentVolumeClaimSpec,
  PersistentVolumeClaimStatus,
  PersistentVolumeSpec,
  PersistentVolumeStatus,
  PodSpec,
  PodStatus,
  PodTemplateSpec,
  ReplicationControllerSpec,
  ServiceSpec,
  Taint,
  Toleration,
} from 'kubernetes-types/core/v1.js';
import type { StorageClass as StorageClassV1 } from 'kubernetes-types/storage/v1.js';
import type { Condition, KubernetesObject, ObjectMeta } from '../../apimachinery/meta.ts';

export type {
  DaemonSetStatus,
  PodSpec,
  PodTemplateSpec,
  StatefulSetStatus,
  Taint,
  TemplateMeta,
  Toleration,
};
export type LabelSelector = LabelSelectorV1;

/** Metadata of an object that the store has accepted: what the registry always fills in is there. */
export interface StoredMeta extends ObjectMeta {
  name: string;
  uid: string;
}

/** A stored object of a known kind. The fields are those of its published type, after defaulting. */
export interface Stored<Spec, Status = unknown> extends KubernetesObject {
  metadata: StoredMeta;
  spec: Spec;
  status?: Status;
}

export interface DeploymentStatus {
  observedGeneration?: number;
  replicas?: number;
  updatedReplicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  unavailableReplicas?: number;
  terminatingReplicas?: number;
  collisionCount?: number;
  conditions?: Condition[];
}

export interface ReplicaSetStatus {
  observedGeneration?: number;
  replicas?: number;
  fullyLabeledReplicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  terminatingReplicas?: number;
  conditions?: Condition[];
}

export interface JobStatus {
  conditions?: Condition[];
  startTime?: string;
  completionTime?: string;
  active?: number;
  ready?: number;
  terminating?: number;
  succeeded?: number;
  failed?: number;
  completedIndexes?: string;
  failedIndexes?: string;
  uncountedTerminatedPods?: { succeeded?: string[]; failed?: string[] };
}

/** A Job that a CronJob has started, as its status names it. */
export interface JobReference {
  apiVersion?: string;
  kind?: string;
  namespace?: string;
  name?: string;
  uid?: string;
  resourceVersion?: string;
}

export interface CronJobStatus {
  active?: JobReference[];
  lastScheduleTime?: string;
  lastSuccessfulTime?: string;
}

export interface PodDisruptionBudgetStatus {
  observedGeneration?: number;
  disruptionsAllowed?: number;
  currentHealthy?: number;
  desiredHealthy?: number;
  expectedPods?: number;
  /** Pods whose eviction was let through, and when; gone once the pod is being deleted. */
  disruptedPods?: Record<string, string>;
  conditions?: Condition[];
}

export interface NamespaceStatus {
  phase?: 'Active' | 'Terminating';
  conditions?: Condition[];
}

export type Pod = Stored<PodSpec, PodStatus>;
export type Node = Stored<NodeSpec, NodeStatus>;
export type Namespace = Stored<NamespaceSpec | undefined, NamespaceStatus>;
export type Deployment = Stored<DeploymentSpec, DeploymentStatus>;
export type ReplicaSet = Stored<ReplicaSetSpec, ReplicaSetStatus>;
export type ReplicationController = Stored<ReplicationControllerSpec, ReplicaSetStatus>;
export type Job = Stored<JobSpec, JobStatus>;
export type CronJob = Stored<CronJobSpec, CronJobStatus>;
export type StatefulSet = Stored<StatefulSetSpec, StatefulSetStatus>;
export type DaemonSet = Stored<DaemonSetSpec, DaemonSetStatus>;
export type PersistentVolumeClaim = Stored<PersistentVolumeClaimSpec, PersistentVolumeClaimStatus>;
export type PersistentVolume = Stored<
  PersistentVolumeSpec & { volumeAttributesClassName?: string },
  PersistentVolumeStatus
>;
export type StorageClass = KubernetesObject &
  Pick<StorageClassV1, 'provisioner' | 'allowedTopologies'> & {
    metadata: StoredMeta;
    reclaimPolicy?: string;
    volumeBindingMode?: string;
    mountOptions?: string[];
  };

export interface ControllerRevision extends KubernetesObject {
  metadata: StoredMeta;
  data?: unknown;
  revision?: number;
}
export type Service = Stored<ServiceSpec | undefined>;
export type PodDisruptionBudget = Stored<
  (PodDisruptionBudgetSpec & { unhealthyPodEvictionPolicy?: string }) | undefined,
  PodDisruptionBudgetStatus
>;

/**
 * Reads a stored object as the kind that its resource holds. The one place where the untyped store
 * meets typed planners: the registry has validated the object against the kind's schema.
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names the kind, that is the point
export function as<T extends KubernetesObject>(object: KubernetesObject): T {
  return object as T;
}

/** {@link as} over a list. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- as above
export function asList<T extends KubernetesObject>(
  objects: readonly KubernetesObject[],
): readonly T[] {
  return objects as readonly T[];
}
