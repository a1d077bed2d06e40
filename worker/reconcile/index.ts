import { certificateCleanerPlanner } from './certificate-cleaner/planner.ts';
import { clusterRoleAggregationPlanner } from './cluster-role-aggregation/planner.ts';
import { cronJobPlanner } from './cron-job/planner.ts';
import { daemonSetPlanner } from './daemon-set/planner.ts';
import { definitionPlanner } from './custom-resource-definition/planner.ts';
import { deploymentPlanner } from './deployment/planner.ts';
import { disruptionPlanner } from './disruption/planner.ts';
import { staleDisruptionPlanner } from './disruption/stale-condition.ts';
import { endpointSlicePlanner } from './endpoint-slice/planner.ts';
import { endpointSliceMirroringPlanner } from './endpoint-slice-mirroring/planner.ts';
import { endpointsPlanner } from './endpoints/planner.ts';
import { ephemeralVolumePlanner } from './ephemeral-volume/planner.ts';
import { garbageCollectorPlanner } from './garbage-collector/planner.ts';
import { autoscalerPlanner } from './horizontal-pod-autoscaler/planner.ts';
import { jobOrphanPodPlanner } from './job/orphan-pods.ts';
import { jobPlanner } from './job/planner.ts';
import { namespaceContentPlanner } from './namespace-content/planner.ts';
import { namespacePlanner } from './namespace/planner.ts';
import { nodeEvictionPlanner } from './node-eviction/planner.ts';
import { nodeLifecyclePlanner } from './node-lifecycle/planner.ts';
import { claimPlanner } from './persistent-volume-claim/planner.ts';
import { volumePlanner } from './persistent-volume/planner.ts';
import type { Planner } from './planner.ts';
import { orphanedPodsPlanner } from './pod-gc/orphans.ts';
import { podCollectionPlanner } from './pod-gc/planner.ts';
import { replicaSetPlanner, replicationControllerPlanner } from './replica-set/planner.ts';
import { resourceQuotaPlanner } from './resource-quota/planner.ts';
import { rootCAPlanner } from './root-ca/planner.ts';
import { serviceAccountPlanner } from './serviceaccount/planner.ts';
import { statefulSetPlanner } from './stateful-set/planner.ts';
import { claimProtectionPlanner, volumeProtectionPlanner } from './storage-protection/planner.ts';
import { tokenCleanerPlanner } from './token-cleaner/planner.ts';
import { taintEvictionPlanner } from './taint-eviction/planner.ts';
import { ttlAfterFinishedPlanner } from './ttl-after-finished/planner.ts';
import { unreachablePodsPlanner } from './unreachable-pods/planner.ts';

/** The planners that every namespace's store runs. */
export const NAMESPACE_PLANNERS: readonly Planner<unknown>[] = [
  deploymentPlanner,
  replicaSetPlanner,
  replicationControllerPlanner,
  jobPlanner,
  jobOrphanPodPlanner,
  cronJobPlanner,
  statefulSetPlanner,
  daemonSetPlanner,
  ttlAfterFinishedPlanner,
  taintEvictionPlanner,
  unreachablePodsPlanner,
  autoscalerPlanner,
  disruptionPlanner,
  staleDisruptionPlanner,
  endpointSlicePlanner,
  endpointsPlanner,
  endpointSliceMirroringPlanner,
  podCollectionPlanner,
  orphanedPodsPlanner,
  serviceAccountPlanner,
  tokenCleanerPlanner,
  rootCAPlanner,
  ephemeralVolumePlanner,
  claimPlanner,
  claimProtectionPlanner,
  resourceQuotaPlanner,
  namespaceContentPlanner,
  garbageCollectorPlanner,
];

/** The planners that the cluster-scope store runs. */
export const CLUSTER_PLANNERS: readonly Planner<unknown>[] = [
  namespacePlanner,
  definitionPlanner,
  clusterRoleAggregationPlanner,
  nodeLifecyclePlanner,
  nodeEvictionPlanner,
  certificateCleanerPlanner,
  volumePlanner,
  volumeProtectionPlanner,
  garbageCollectorPlanner,
];
