import type { NodeSelectorTerm } from 'kubernetes-types/core/v1.js';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';

/** What a namespace's store knows of the volume of a claim: all that claims, pods and nodes need. */
export interface ClaimVolume {
  readonly name: string;
  readonly capacity: Readonly<Record<string, string>>;
  readonly accessModes: readonly string[];
  readonly volumeMode?: string;
  readonly attributesClass?: string;
  /** Set when the volume was made for the claim, by whom. */
  readonly provisionedBy?: string;
  /** Any of them; absent: every node. */
  readonly nodeTerms?: readonly NodeSelectorTerm[];
  /** Labels that say in which zone or region it is. */
  readonly zones?: Readonly<Record<string, string>>;
  /** The only kinds of storage that nodes know. Absent: none of them. */
  readonly source?: {
    readonly hostPath?: { readonly path: string; readonly type?: string };
    readonly local?: { readonly path: string };
  };
}

/** A volume that a claim may get, once there is a pod for it. */
export interface VolumeCandidate {
  readonly name: string;
  readonly nodeTerms?: readonly NodeSelectorTerm[];
}

/** On which nodes a claim that waits for its first pod can be had. */
export interface DelayedBinding {
  /** Smallest first. */
  readonly candidates: readonly VolumeCandidate[];
  /** Whether one can be made. */
  readonly provisions: boolean;
  /** Where; absent: everywhere. */
  readonly topologies?: readonly NodeSelectorTerm[];
  /** Nodes on which none can be made. */
  readonly excludes?: readonly string[];
}

/** What is said to a claim's namespace about its volume. */
export interface VolumeAnswer extends KubernetesObject {
  metadata: { name: string; uid?: string; resourceVersion?: string };
  claim: { namespace: string; name: string; uid: string };
  state: 'Bound' | 'Pending' | 'Lost';
  /** With `Bound`. */
  volume?: ClaimVolume;
  /** Why it waits, or is lost. Absent where that depends on the pods. */
  event?: { type: 'Normal' | 'Warning'; reason: string; message: string };
  /** The default class, for a claim that has none. */
  storageClassName?: string;
  /** Who is asked to make a volume. */
  provisioner?: string;
  /** The selected node, when nothing can be had there any more. */
  rejectedNode?: string;
  /** Set while the claim waits for its first pod. */
  delayed?: DelayedBinding;
}

/** The name that an answer has in the store of its claim: that of the claim. */
export const answerInNamespace = (answer: VolumeAnswer): VolumeAnswer => ({
  ...answer,
  metadata: { ...answer.metadata, name: answer.claim.name },
});
