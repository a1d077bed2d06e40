import type { Socket } from 'node:net';
import Docker from 'dockerode';
import type { ContainerInspectInfo } from 'dockerode';
import type { Clock } from '../../clock.ts';
import type {
  AttachRequest,
  AttachSession,
  ContainerConfig,
  ContainerRuntime,
  ContainerStats,
  ContainerStatus,
  ExecRequest,
  ExecSession,
  ImageStatus,
  LinuxResources,
  LogOptions,
  LogStream,
  NodeFacts,
  PodSandboxConfig,
  PodSandboxStatus,
  RegistryCredentials,
  RuntimeEvent,
} from '../container-runtime.ts';
import { RuntimeError } from '../container-runtime.ts';
import { containerOptions, resourceOptions } from './container-config.ts';
import { containerDiskUsage } from './disk-usage.ts';
import { engineCall, engineCallIfPresent, interpretEngineError } from './engine-error.ts';
import { EngineEvents } from './events.ts';
import { imageStatus, listImages, pullImage, removeImage, unpackImage } from './images.ts';
import { openLogs } from './logs.ts';
import { PodLoopback } from './loopback/pod-loopback.ts';
import { isProcessOf } from './process-of.ts';
import { LABEL, nodeLabels, ownedBy } from './names.ts';
import type { NodeIdentity } from './names.ts';
import { canLowerOOMScore } from './oom-score-probe.ts';
import { isPodman } from './podman.ts';
import { ensurePauseImage, PAUSE_IMAGE } from './pause-image.ts';
import { sandboxOptions } from './sandbox-config.ts';
import { attachSession, execSession } from './session.ts';
import { readStats } from './stats.ts';
import { containerStatus, sandboxStatus } from './status.ts';
import { FALLBACK_LOG_LINES, readLogTail, readTerminationLog } from './termination-message.ts';

export interface DockerRuntimeOptions {
  readonly node: NodeIdentity;
  readonly clock: Clock;
  /** Absent: DOCKER_HOST, or the engine's usual socket. */
  readonly socketPath?: string;
}

/** How many containers are inspected at once while listing. */
const INSPECT_CONCURRENCY = 8;
const IMAGE_DIGEST_CACHE_SIZE = 256;

/** The driver for Docker Engine; talks to it over its HTTP API and keeps no state of its own. */
export class DockerRuntime implements ContainerRuntime {
  readonly name = 'docker';
  readonly #engine: Docker;
  readonly #node: NodeIdentity;
  readonly #events: EngineEvents;
  readonly #loopback: PodLoopback;
  readonly #imageDigests = new Map<string, string | undefined>();
  #prepared: Promise<{ canLowerOOMScore: boolean }> | undefined;

  constructor(options: DockerRuntimeOptions) {
    this.#engine = new Docker(
      options.socketPath === undefined ? undefined : { socketPath: options.socketPath },
    );
    this.#node = options.node;
    this.#events = new EngineEvents(this.#engine, options.node, options.clock);
    this.#loopback = new PodLoopback(options.clock);
  }

  async nodeFacts(): Promise<NodeFacts> {
    const info = (await engineCall(this.#engine.info())) as Record<string, string | number>;
    const engine = isPodman(await engineCall(this.#engine.version())) ? 'podman' : 'docker';
    const machine = String(info['Architecture']);
    return {
      cpuCount: Number(info['NCPU']),
      memoryBytes: Number(info['MemTotal']),
      architecture: { x86_64: 'amd64', aarch64: 'arm64' }[machine] ?? machine,
      operatingSystem: String(info['OSType']),
      osImage: String(info['OperatingSystem']),
      kernelVersion: String(info['KernelVersion']),
      containerRuntimeVersion: `${engine}://${info['ServerVersion']}`,
      ...(info['DockerRootDir'] === undefined
        ? {}
        : { imageDirectory: String(info['DockerRootDir']) }),
    };
  }

  async runPodSandbox(config: PodSandboxConfig): Promise<string> {
    const engine = await this.#prepare();
    const options = sandboxOptions(this.#node, config, PAUSE_IMAGE, engine.canLowerOOMScore);
    const container = await engineCall(this.#engine.createContainer(options));
    try {
      await engineCall(container.start());
    } catch (error) {
      await this.removePodSandbox(container.id);
      throw error;
    }
    return container.id;
  }

  stopPodSandbox(id: string): Promise<void> {
    // The sandbox's program has no handlers, so a stop signal to process 1 would only wait.
    return this.#killIfRunning(id);
  }

  removePodSandbox(id: string): Promise<void> {
    return this.removeContainer(id);
  }

  async podSandboxStatus(id: string): Promise<PodSandboxStatus | undefined> {
    const info = await this.#inspect(id);
    return info === undefined ? undefined : sandboxStatus(info);
  }

  async listPodSandboxes(): Promise<PodSandboxStatus[]> {
    return (await this.#inspectAll('sandbox')).map(sandboxStatus);
  }

  async dialLoopback(sandboxID: string, port: number): Promise<Socket> {
    const pid = (await this.#inspect(sandboxID))?.State.Pid ?? 0;
    if (!(await isProcessOf(sandboxID, pid))) {
      throw new RuntimeError('Failed', "the pod's network cannot be entered from here");
    }
    return this.#loopback.dial(sandboxID, pid, port);
  }

  async createContainer(sandboxID: string, config: ContainerConfig): Promise<string> {
    const engine = await this.#prepare();
    const options = containerOptions(this.#node, sandboxID, config, engine.canLowerOOMScore);
    return (await engineCall(this.#engine.createContainer(options))).id;
  }

  startContainer(id: string): Promise<void> {
    return engineCallIfRunning(this.#engine.getContainer(id).start());
  }

  stopContainer(id: string, graceSeconds: number): Promise<void> {
    return engineCallIfPresent(this.#engine.getContainer(id).stop({ t: Math.ceil(graceSeconds) }));
  }

  async updateContainerResources(id: string, resources: LinuxResources): Promise<void> {
    try {
      await engineCall(this.#engine.getContainer(id).update(resourceOptions(resources)));
    } catch (error) {
      const { code } = interpretEngineError(error);
      // Podman's socket has no such path, and says no more than that.
      if (code !== 'NotFound' || (await this.#inspect(id)) === undefined) throw error;
      const message = 'the container engine cannot change what a running container may use';
      throw new RuntimeError('Failed', message, { cause: error });
    }
  }

  removeContainer(id: string): Promise<void> {
    return engineCallIfPresent(this.#engine.getContainer(id).remove({ force: true, v: true }));
  }

  async containerStatus(id: string): Promise<ContainerStatus | undefined> {
    const info = await this.#inspect(id);
    return info === undefined ? undefined : this.#describe(info);
  }

  async listContainers(): Promise<ContainerStatus[]> {
    const infos = await this.#inspectAll('container');
    return Promise.all(infos.map((info) => this.#describe(info)));
  }

  containerStats(id: string): Promise<ContainerStats | undefined> {
    return readStats(this.#engine, id);
  }

  containerDiskUsage(): Promise<ReadonlyMap<string, number>> {
    return containerDiskUsage(this.#engine, [...ownedBy(this.#node), `${LABEL.type}=container`]);
  }

  exec(id: string, request: ExecRequest): Promise<ExecSession> {
    return execSession(this.#engine, id, request);
  }

  attach(id: string, request: AttachRequest): Promise<AttachSession> {
    return attachSession(this.#engine, id, request);
  }

  async containerLogs(id: string, options: LogOptions): Promise<LogStream> {
    const info = await this.#inspect(id);
    if (info === undefined) throw new RuntimeError('NotFound', `No such container: ${id}`);
    return openLogs(this.#engine, info, options);
  }

  pullImage(
    image: string,
    credentials: RegistryCredentials | undefined,
    signal: AbortSignal,
  ): Promise<ImageStatus> {
    return pullImage(this.#engine, image, credentials, signal);
  }

  imageStatus(image: string): Promise<ImageStatus | undefined> {
    return imageStatus(this.#engine, image);
  }

  listImages(): Promise<ImageStatus[]> {
    return listImages(this.#engine);
  }

  removeImage(name: string): Promise<void> {
    return removeImage(this.#engine, name);
  }

  unpackImage(image: string, directory: string): Promise<void> {
    return unpackImage(this.#engine, image, directory, nodeLabels(this.#node));
  }

  subscribe(listener: (event: RuntimeEvent) => void): () => void {
    return this.#events.subscribe(listener);
  }

  async close(): Promise<void> {
    this.#events.close();
    this.#loopback.close();
  }

  /** What must be there and be known before the first sandbox; found out once. */
  async #prepare(): Promise<{ canLowerOOMScore: boolean }> {
    this.#prepared ??= ensurePauseImage(this.#engine).then(async () => ({
      canLowerOOMScore: await canLowerOOMScore(this.#engine),
    }));
    try {
      return await this.#prepared;
    } catch (error) {
      this.#prepared = undefined;
      throw interpretEngineError(error);
    }
  }

  async #killIfRunning(id: string): Promise<void> {
    try {
      await engineCallIfPresent(this.#engine.getContainer(id).kill({ signal: 'SIGKILL' }));
    } catch (error) {
      const info = await this.#inspect(id);
      if (info?.State.Running === true) throw error;
    }
  }

  async #inspect(id: string): Promise<ContainerInspectInfo | undefined> {
    try {
      return await this.#engine.getContainer(id).inspect();
    } catch (error) {
      const failure = interpretEngineError(error);
      if (failure.code === 'NotFound') return undefined;
      throw failure;
    }
  }

  async #inspectAll(type: 'sandbox' | 'container'): Promise<ContainerInspectInfo[]> {
    const label = [...ownedBy(this.#node), `${LABEL.type}=${type}`];
    const listed = await engineCall(this.#engine.listContainers({ all: true, filters: { label } }));
    const queue = listed.map((entry) => entry.Id);
    const found: ContainerInspectInfo[] = [];
    const inspectNext = async (): Promise<void> => {
      for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
        const info = await this.#inspect(id);
        if (info !== undefined) found.push(info);
      }
    };
    await Promise.all(Array.from({ length: INSPECT_CONCURRENCY }, inspectNext));
    return found;
  }

  async #describe(info: ContainerInspectInfo): Promise<ContainerStatus> {
    const digest = await this.#imageDigest(info.Image);
    const status = containerStatus(info, '', digest);
    if (status.state.kind !== 'exited' || status.state.message !== '') return status;
    const message = await this.#terminationMessage(info);
    return { ...status, state: { ...status.state, message } };
  }

  async #terminationMessage(info: ContainerInspectInfo): Promise<string> {
    const path = info.Config.Labels[LABEL.terminationLog];
    if (path === undefined) return '';
    const message = await readTerminationLog(path);
    const fallback = info.Config.Labels[LABEL.terminationFallback] === 'true';
    if (message !== '' || !fallback || info.State.ExitCode === 0) return message;
    const options = { follow: false, timestamps: false, tailLines: FALLBACK_LOG_LINES };
    return readLogTail(await openLogs(this.#engine, info, options));
  }

  async #imageDigest(imageID: string): Promise<string | undefined> {
    if (this.#imageDigests.has(imageID)) return this.#imageDigests.get(imageID);
    const status = await imageStatus(this.#engine, imageID);
    const digest = status?.names.find((name) => name.includes('@'));
    if (this.#imageDigests.size >= IMAGE_DIGEST_CACHE_SIZE) this.#imageDigests.clear();
    this.#imageDigests.set(imageID, digest);
    return digest;
  }
}

/** 304 says that it runs already; a container that is gone is a failure here. */
async function engineCallIfRunning(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode !== 304) throw interpretEngineError(error);
  }
}
