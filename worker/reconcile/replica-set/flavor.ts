import type { GroupResource } from '../../../apimachinery/object-key.ts';
import type { LabelSelector, ReplicaSet, ReplicationController } from '../kinds.ts';

/** ReplicaSet or ReplicationController: same behaviour, older selector. */
export type ReplicaOwner = ReplicaSet | ReplicationController;

/** What differs between the two kinds that the replica planner serves. */
export interface Flavor {
  readonly plannerName: string;
  readonly resource: GroupResource;
  readonly apiVersion: string;
  readonly kind: string;
  /** Whether the status says how many pods are leaving. */
  readonly countsTerminating: boolean;
  /** The selector in its general form. */
  selectorOf(owner: ReplicaOwner): LabelSelector | undefined;
}

export const REPLICA_SET: Flavor = {
  plannerName: 'replicaset-controller',
  resource: 'replicasets.apps',
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  countsTerminating: true,
  selectorOf: (owner) => (owner as ReplicaSet).spec.selector,
};

export const REPLICATION_CONTROLLER: Flavor = {
  plannerName: 'replication-controller',
  resource: 'replicationcontrollers',
  apiVersion: 'v1',
  kind: 'ReplicationController',
  countsTerminating: false,
  selectorOf: (owner) => {
    const matchLabels = (owner as ReplicationController).spec.selector;
    return matchLabels === undefined ? undefined : { matchLabels };
  },
};
