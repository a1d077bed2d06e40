import type { LinuxResources } from '../runtime/container-runtime.ts';
import type { ContainerSpec } from './pod.ts';

export interface ContainerStop {
  readonly id: string;
  readonly name: string;
  readonly graceSeconds: number;
  /** Containers that run and have to end first, as long as the grace period lasts. */
  readonly after: readonly string[];
  /** Why, in the words of the Killing event. */
  readonly message: string;
  /** It is stopped in order to run anew, however it ends. */
  readonly isForRestart?: true;
}

export interface ContainerStart {
  readonly container: ContainerSpec;
  readonly attempt: number;
  /** The end that this start follows; undefined for a first start. */
  readonly failedAtMs?: number;
}

/** A change of what a container that runs may use. */
export interface ContainerUpdate {
  readonly id: string;
  readonly name: string;
  readonly resources: LinuxResources;
}

export interface WaitingReason {
  readonly reason: string;
  readonly message: string;
}

/** What to do next for one pod; done in the order of the fields, then planned anew. */
export interface PodActions {
  readonly stops: readonly ContainerStop[];
  readonly stopSandboxes: readonly string[];
  readonly removeContainers: readonly string[];
  readonly removeSandboxes: readonly string[];
  /** Attempt number of the sandbox to create. */
  readonly createSandbox?: number;
  /** The sandbox that these containers go into. */
  readonly sandboxID?: string;
  readonly updates: readonly ContainerUpdate[];
  readonly starts: readonly ContainerStart[];
  /** Containers that wait for a restart, with what their status says meanwhile. */
  readonly waiting: ReadonlyMap<string, WaitingReason>;
  /** When the plan changes by itself; undefined: only with the pod or the engine. */
  readonly wakeAtMs?: number;
  /** The pod has lost the sandbox that it lived in. */
  readonly sandboxChanged: boolean;
}

export const NO_ACTIONS: PodActions = {
  stops: [],
  stopSandboxes: [],
  removeContainers: [],
  removeSandboxes: [],
  updates: [],
  starts: [],
  waiting: new Map(),
  sandboxChanged: false,
};
