import type { Socket } from 'node:net';
import type { Writable } from 'node:stream';

/**
 * What the agent needs from a container engine, in the words of the Container Runtime Interface.
 * Everything above this file is the same for every engine; a driver passes
 * `test/contract/container-runtime.ts`.
 *
 * All methods may be called concurrently. Failures are thrown as {@link RuntimeError}.
 */
export interface ContainerRuntime {
  /** The prefix of container IDs on the wire, as `docker` in `docker://…`. */
  readonly name: string;

  /** What the engine and its machine are; constant while the engine runs. */
  nodeFacts(): Promise<NodeFacts>;

  /** Creates and starts a sandbox: it holds the pod's network and IPC Linux namespaces. */
  runPodSandbox(config: PodSandboxConfig): Promise<string>;
  /** Stops a sandbox at once; its containers should be stopped before. Absent is success. */
  stopPodSandbox(id: string): Promise<void>;
  /** Absent is success. */
  removePodSandbox(id: string): Promise<void>;
  /** Undefined when there is no such sandbox. */
  podSandboxStatus(id: string): Promise<PodSandboxStatus | undefined>;
  /** All sandboxes of this node, running or not. */
  listPodSandboxes(): Promise<PodSandboxStatus[]>;

  /**
   * Connects to a port that something in the pod listens on at the loopback address, which only the
   * pod itself has. Each direction ends by itself.
   * @throws RuntimeError where nobody listens, or the pod's network cannot be entered from here
   */
  dialLoopback(sandboxID: string, port: number): Promise<Socket>;

  createContainer(sandboxID: string, config: ContainerConfig): Promise<string>;
  startContainer(id: string): Promise<void>;
  /**
   * Sends the stop signal, then SIGKILL after the grace period; resolves when the container is
   * stopped. A second call with a shorter grace shortens the first. Absent or stopped is success.
   */
  stopContainer(id: string, graceSeconds: number): Promise<void>;
  /** Changes what a running container may use, all but its OOM score. */
  updateContainerResources(id: string, resources: LinuxResources): Promise<void>;
  /** Kills it first where needed. Absent is success. */
  removeContainer(id: string): Promise<void>;
  /** Undefined when there is no such container. */
  containerStatus(id: string): Promise<ContainerStatus | undefined>;
  /** All containers of this node, running or not, sandboxes excepted. */
  listContainers(): Promise<ContainerStatus[]>;

  /** Bytes that each container of this node has written, its log included, by its ID. */
  containerDiskUsage(): Promise<ReadonlyMap<string, number>>;
  /** What a container uses. Undefined when there is no such container, or it does not run. */
  containerStats(id: string): Promise<ContainerStats | undefined>;

  exec(id: string, request: ExecRequest): Promise<ExecSession>;
  attach(id: string, request: AttachRequest): Promise<AttachSession>;
  /** The log from its beginning, or as narrowed by `options`; ends with the container. */
  containerLogs(id: string, options: LogOptions): Promise<LogStream>;

  /** Resolves with the image once it is present. Aborting leaves nothing running. */
  pullImage(
    image: string,
    credentials: RegistryCredentials | undefined,
    signal: AbortSignal,
  ): Promise<ImageStatus>;
  /** Undefined when the image is not present. */
  imageStatus(image: string): Promise<ImageStatus | undefined>;
  listImages(): Promise<ImageStatus[]>;
  /**
   * Takes a name off an image, and with its last name the image itself. Absent is success.
   * @throws RuntimeError for an image that a container uses
   */
  removeImage(name: string): Promise<void>;
  /** Writes the files of an image that is present into an empty directory of this machine. */
  unpackImage(image: string, directory: string): Promise<void>;

  /**
   * Calls `listener` for each change of a sandbox or container of this node, after it happened
   * and possibly more than once. `relist` says that changes may have been missed.
   */
  subscribe(listener: (event: RuntimeEvent) => void): () => void;

  /** Lets go of the engine; containers are not touched. */
  close(): Promise<void>;
}

export type RuntimeErrorCode =
  | 'EngineUnavailable'
  | 'NotFound'
  | 'ImageNotFound'
  | 'InvalidArgument'
  | 'Aborted'
  | 'Failed';

/** The only error that a driver throws. The message is fit for an event or a status. */
export class RuntimeError extends Error {
  readonly code: RuntimeErrorCode;

  constructor(code: RuntimeErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'RuntimeError';
    this.code = code;
  }
}

/** Facts that become a Node's capacity and nodeInfo. */
export interface NodeFacts {
  readonly cpuCount: number;
  readonly memoryBytes: number;
  readonly architecture: string;
  readonly operatingSystem: string;
  readonly osImage: string;
  readonly kernelVersion: string;
  /** As in `docker://20.10.24`. */
  readonly containerRuntimeVersion: string;
  /** Where the engine keeps images. Absent: it does not say, or is on another machine. */
  readonly imageDirectory?: string;
}

export interface PodIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export interface PodSandboxConfig {
  readonly pod: PodIdentity;
  /** Grows with each sandbox of the same pod. */
  readonly attempt: number;
  readonly hostname: string;
  readonly hostNetwork: boolean;
  readonly hostPID: boolean;
  readonly hostIPC: boolean;
  /** Absent: the engine's own resolver configuration; else it is that, and nothing besides. */
  readonly dns?: {
    readonly servers: readonly string[];
    readonly searches: readonly string[];
    readonly options: readonly string[];
  };
  readonly portMappings: readonly PortMapping[];
  readonly sysctls: Readonly<Record<string, string>>;
  /** Kept with the sandbox, so that an orphan can still be ended gracefully. */
  readonly terminationGraceSeconds: number;
}

export interface PortMapping {
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly containerPort: number;
  readonly hostPort: number;
  readonly hostIP: string;
}

export interface PodSandboxStatus {
  readonly id: string;
  readonly pod: PodIdentity;
  readonly attempt: number;
  readonly state: 'ready' | 'notReady';
  readonly createdAtMs: number;
  /** Empty for host network, and when not ready. */
  readonly ips: readonly string[];
}

export interface ContainerMount {
  /** Empty for what the engine mounts itself. */
  readonly hostPath: string;
  /** A directory that a server shares, mounted by the engine for as long as the container is there. */
  readonly nfs?: { readonly server: string; readonly path: string };
  readonly containerPath: string;
  readonly readOnly: boolean;
  readonly propagation?: 'rslave' | 'rshared';
}

export interface LinuxResources {
  readonly cpuShares: number;
  /** Microseconds per period of 100 ms; 0 is no limit. */
  readonly cpuQuota: number;
  /** 0 is no limit. */
  readonly memoryLimitBytes: number;
  readonly oomScoreAdj: number;
}

export interface ContainerSecurity {
  /** A number, or a name that the image knows. Absent: the image's user. */
  readonly runAsUser?: string;
  readonly runAsGroup?: number;
  readonly supplementalGroups: readonly number[];
  readonly privileged: boolean;
  readonly readOnlyRootFilesystem: boolean;
  readonly noNewPrivileges: boolean;
  readonly addCapabilities: readonly string[];
  readonly dropCapabilities: readonly string[];
  /** Nothing of `/proc` is hidden or read-only. */
  readonly unmaskedProc: boolean;
  /** The profile's JSON, or `unconfined`. Absent: the engine's own. */
  readonly seccompProfile?: string;
  /** The name of a profile that is loaded, or `unconfined`. Absent: the engine's own. */
  readonly appArmorProfile?: string | undefined;
  readonly seLinuxOptions?: {
    readonly user?: string;
    readonly role?: string;
    readonly type?: string;
    readonly level?: string;
  };
}

export interface ContainerConfig {
  readonly pod: PodIdentity;
  readonly name: string;
  /** Restart count of this container within its pod. */
  readonly attempt: number;
  readonly image: string;
  /** Changes when the container must be replaced. */
  readonly hash: string;
  /** Replaces the image's entrypoint; empty keeps the image's. */
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly workingDir: string;
  /** In order; later entries win. */
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly mounts: readonly ContainerMount[];
  readonly resources: LinuxResources;
  readonly security: ContainerSecurity;
  readonly sharePIDNamespace: boolean;
  readonly hostPID: boolean;
  /** A running container whose PID namespace this one joins. */
  readonly targetID?: string;
  readonly stdin: boolean;
  readonly stdinOnce: boolean;
  readonly tty: boolean;
  /** Host file that the container sees at its termination message path. */
  readonly terminationLog?: {
    readonly hostPath: string;
    readonly containerPath: string;
    readonly fallbackToLogs: boolean;
  };
}

export type ContainerState =
  | { readonly kind: 'created' }
  | { readonly kind: 'running'; readonly startedAtMs: number }
  | {
      readonly kind: 'exited';
      readonly exitCode: number;
      readonly signal?: number;
      /** Completed, Error, OOMKilled, ContainerCannotRun. */
      readonly reason: string;
      readonly message: string;
      readonly startedAtMs: number;
      readonly finishedAtMs: number;
    };

export interface ContainerStatus {
  readonly id: string;
  readonly sandboxID: string;
  readonly pod: PodIdentity;
  readonly name: string;
  readonly attempt: number;
  readonly hash: string;
  readonly image: string;
  /** With scheme, as a container status reports it. */
  readonly imageID: string;
  readonly createdAtMs: number;
  readonly state: ContainerState;
  readonly tty: boolean;
  /** What it may use; absent where the engine does not say. */
  readonly resources?: Omit<LinuxResources, 'oomScoreAdj'>;
}

export interface ContainerStats {
  /** When the engine looked. */
  readonly timestampMs: number;
  /** CPU time of all cores together since the container was started. */
  readonly usageCoreNanoSeconds: number;
  /** Memory in use, without what the kernel gives back first: files that nobody has read lately. */
  readonly workingSetBytes: number;
}

export interface ExecRequest {
  readonly command: readonly string[];
  readonly stdin: boolean;
  readonly tty: boolean;
}

/** One end of a process's standard streams. Output is one stream when there is a terminal. */
export interface AttachSession {
  /** End it to close the process's input. Absent when input was not asked for. */
  readonly stdin?: Writable;
  readonly output: AsyncIterable<OutputChunk>;
  resize(width: number, height: number): Promise<void>;
  /** Lets go without waiting; a process started by exec keeps its own fate. */
  close(): void;
}

export interface ExecSession extends AttachSession {
  /** Resolves after `output` has ended. */
  exitCode(): Promise<number>;
  /** Kills the process, where it can be told from here which it is; `output` ends with it. */
  kill(): Promise<void>;
}

export interface AttachRequest {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

export interface OutputChunk {
  readonly stream: 'stdout' | 'stderr';
  readonly data: Uint8Array;
}

export interface LogOptions {
  readonly follow: boolean;
  readonly timestamps: boolean;
  /** Last lines only; absent is all. */
  readonly tailLines?: number;
  readonly sinceMs?: number;
}

export interface LogStream {
  readonly output: AsyncIterable<OutputChunk>;
  close(): void;
}

export interface ImageStatus {
  readonly id: string;
  readonly names: readonly string[];
  readonly sizeBytes: number;
  /** Whom its processes run as; absent or empty: root. Not known of images in a list. */
  readonly user?: string;
}

/** What a registry asks for: a name and a password, or a token that stands for both. */
export interface RegistryCredentials {
  readonly username?: string;
  readonly password?: string;
  readonly identityToken?: string;
  readonly registryToken?: string;
  /** The registry's address, as the configuration had it. */
  readonly serverAddress?: string;
}

export type RuntimeEvent =
  | { readonly kind: 'sandbox' | 'container'; readonly id: string; readonly podUID: string }
  | { readonly kind: 'relist' };
