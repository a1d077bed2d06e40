import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { NodeStanding } from '../../registry/node-standing.ts';
import type { Budget } from '../../reconcile/scheduler/budgets.ts';
import type { Refused, Victim } from '../../reconcile/scheduler/place-batch.ts';
import type { Footprint, PodRequest } from '../../reconcile/scheduler/pod-request.ts';

/** What concerns all pods of a namespace. */
export interface NamespaceFacts {
  /** Of the Namespace itself: other pods' rules may ask about them. */
  readonly labels: Readonly<Record<string, string>>;
  readonly budgets: readonly Budget[];
}

/** What a store tells the scheduler about its pods, and is told in return. All of it idempotent. */
export interface SettleRequest {
  readonly cluster: string;
  readonly namespace: string;
  /** Left out when the Namespace is gone. */
  readonly facts?: NamespaceFacts;
  /** Pods that want a node. */
  readonly place: readonly PodRequest[];
  /** Pods that have a node already, by whoever's choice, as they are at present: what they use counts. */
  readonly account: readonly {
    readonly uid: string;
    readonly nodeName: string;
    readonly footprint: Footprint;
  }[];
  /** Uids of pods that are gone or finished. */
  readonly release: readonly string[];
}

export interface SettleAnswer {
  /** Room is reserved for these until they are released. */
  readonly bindings: readonly { readonly podUID: string; readonly nodeName: string }[];
  readonly unschedulable: readonly Refused[];
  /** Of the nodes that pods are bound to, those that hold nothing against pods any more. */
  readonly cleared: readonly ClearedNode[];
}

/** A pod that is to go, as its store is told. */
export type VictimOrder = Omit<Victim, 'namespace'>;

/** A node of which the store may have a copy of what it held against pods. */
export interface ClearedNode {
  readonly node: string;
  /** The resourceVersion of the Node. What the store was told of a later one counts. */
  readonly revision: number;
}

/** What a Node holds against the pods on it at present, as their store is told. */
export interface StandingUpdate extends ClearedNode {
  /** Null when there is nothing, or no such Node. */
  readonly standing: NodeStanding | null;
}

export interface NodeUpdate {
  readonly cluster: string;
  readonly name: string;
  /** The v1 Node, null when it is gone. */
  readonly node: KubernetesObject | null;
}
