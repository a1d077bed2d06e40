import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { BackoffEntry } from '../diff/backoff.ts';
import type { ObjectSource } from '../diff/object-source.ts';
import type { DesiredPod, PodStatus } from '../diff/pod.ts';
import type { PodFailure } from '../diff/pod-failure.ts';
import type { Allocation, ComputeAmounts } from '../diff/resize.ts';
import type { ContainerRuntime, PodIdentity } from '../runtime/container-runtime.ts';
import type { EngineView } from './engine-view.ts';
import type { EventRecorder } from './event-recorder.ts';
import type { ImagePullsDeps } from './image-pulls.ts';
import type { RunHook } from './lifecycle-hook.ts';
import type { MachineFiles } from './machine-files.ts';
import type { PodTokens } from './pod-tokens.ts';
import type { RunProbe } from './probe.ts';
import type { VolumeStore } from './volume-store.ts';

/** What is kept of a pod over a restart of the agent, beside what the engine knows. */
export interface PodRecord {
  readonly status: PodStatus;
  /** What the node has given it. Absent: as its spec says. */
  readonly allocation?: Allocation;
  /** When all containers were last told to start anew. */
  readonly restartAllAtMs?: number;
  readonly backoffs: readonly (readonly [container: string, entry: BackoffEntry])[];
}

export interface NodeContext {
  /** The address that pods on the host network have. */
  readonly hostIP: string;
  readonly memoryBytes: number;
  readonly allocatable: Readonly<Record<string, string>>;
  /** Where pods find the API server; empty where they cannot. */
  readonly serviceEnvironment: Readonly<Record<string, string>>;
}

/** What every pod worker of a node shares. */
export interface PodWorkerDeps {
  readonly runtime: ContainerRuntime;
  readonly view: EngineView;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly objects: ObjectSource;
  readonly volumes: VolumeStore;
  readonly tokens: PodTokens;
  readonly events: EventRecorder;
  readonly node: NodeContext;
  readonly machineFiles: MachineFiles;
  readonly runProbe: RunProbe;
  readonly runHook: RunHook;
  /** What the node has given all its pods but one. */
  readonly requestsOfOthers: (podUID: string) => ComputeAmounts;
  /** Why this node does not take a pod; undefined: it does. */
  readonly admit: (pod: DesiredPod) => PodFailure | undefined;
  readonly reportStatus: (pod: PodIdentity, status: PodStatus) => void;
  readonly reportTerminated: (pod: PodIdentity) => void;
  /** Keeps the record, soon; undefined forgets it. */
  readonly keepRecord: (podUID: string, record: PodRecord | undefined) => void;
  /** Runs the pull of an image when its turn comes. */
  readonly withPullSlot: <T>(work: () => Promise<T>) => Promise<T>;
  readonly mayUseImage: ImagePullsDeps['mayUseImage'];
  readonly onPulled: ImagePullsDeps['onPulled'];
  /** Runs engine work of a pod when its turn comes; bounds how many pods change at once. */
  readonly withSlot: <T>(work: () => Promise<T>) => Promise<T>;
}
