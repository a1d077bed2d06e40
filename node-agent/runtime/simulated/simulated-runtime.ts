import type { Socket } from 'node:net';
import type { Clock } from '../../clock.ts';
import type {
  AttachRequest,
  AttachSession,
  ContainerConfig,
  ContainerRuntime,
  ContainerState,
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
import { DueQueue } from './due-queue.ts';
import { simulateProgram } from './program.ts';
import { simulateAttach, simulateExec, simulateLogs } from './session.ts';

export interface SimulatedRuntimeOptions {
  readonly clock: Clock;
  readonly cpuCount?: number;
  readonly memoryBytes?: number;
  /** From start of a container to running. */
  readonly startDelayMs?: number;
  /** From pull to present; an image is absent until it is pulled. */
  readonly pullDelayMs?: number;
  /** First two octets of the addresses that sandboxes get, as in `10.1`. */
  readonly podNetwork?: string;
  /** Images whose pull fails, for tests. */
  readonly missingImages?: readonly string[];
}

interface SimulatedSandbox {
  status: PodSandboxStatus;
}

interface SimulatedContainer {
  readonly config: ContainerConfig;
  status: ContainerStatus;
  /** Grows with each start and stop, which makes timers of an earlier life void. */
  life: number;
  log: string;
  readonly waiters: (() => void)[];
}

/** What every simulated process takes up: a hundredth of a core, and some memory. */
const CPU_SHARE = 0.01;
const WORKING_SET_BYTES = 16 * 2 ** 20;

/** SIGTERM ends a simulated process at once, with the exit code of an unhandled signal. */
const EXIT_CODE_SIGTERM = 143;

/**
 * An engine that only remembers: no process, no file, and one timer however many containers it
 * holds. Given a clock that does not run by itself it is deterministic.
 */
export class SimulatedRuntime implements ContainerRuntime {
  readonly name = 'simulated';
  readonly #options: SimulatedRuntimeOptions;
  readonly #clock: Clock;
  readonly #due: DueQueue;
  readonly #sandboxes = new Map<string, SimulatedSandbox>();
  readonly #containers = new Map<string, SimulatedContainer>();
  readonly #images = new Map<string, ImageStatus>();
  readonly #listeners = new Set<(event: RuntimeEvent) => void>();
  #lastID = 0;

  constructor(options: SimulatedRuntimeOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#due = new DueQueue(options.clock);
  }

  async nodeFacts(): Promise<NodeFacts> {
    return {
      cpuCount: this.#options.cpuCount ?? 32,
      memoryBytes: this.#options.memoryBytes ?? 256 * 2 ** 30,
      architecture: 'amd64',
      operatingSystem: 'linux',
      osImage: 'Simulated',
      kernelVersion: '6.0.0',
      containerRuntimeVersion: 'simulated://1.0.0',
    };
  }

  async runPodSandbox(config: PodSandboxConfig): Promise<string> {
    const id = this.#newID();
    const status: PodSandboxStatus = {
      id,
      pod: config.pod,
      attempt: config.attempt,
      state: 'ready',
      createdAtMs: this.#clock.now(),
      ips: config.hostNetwork ? [] : [this.#address()],
    };
    this.#sandboxes.set(id, { status });
    this.#emit({ kind: 'sandbox', id, podUID: config.pod.uid });
    return id;
  }

  async stopPodSandbox(id: string): Promise<void> {
    const sandbox = this.#sandboxes.get(id);
    if (sandbox === undefined || sandbox.status.state === 'notReady') return;
    sandbox.status = { ...sandbox.status, state: 'notReady', ips: [] };
    this.#emit({ kind: 'sandbox', id, podUID: sandbox.status.pod.uid });
  }

  async removePodSandbox(id: string): Promise<void> {
    const sandbox = this.#sandboxes.get(id);
    if (sandbox === undefined) return;
    this.#sandboxes.delete(id);
    this.#emit({ kind: 'sandbox', id, podUID: sandbox.status.pod.uid });
  }

  async podSandboxStatus(id: string): Promise<PodSandboxStatus | undefined> {
    return this.#sandboxes.get(id)?.status;
  }

  async listPodSandboxes(): Promise<PodSandboxStatus[]> {
    return Array.from(this.#sandboxes.values(), (sandbox) => sandbox.status);
  }

  async dialLoopback(): Promise<Socket> {
    throw new RuntimeError('Failed', 'nobody listens in a simulated pod');
  }

  async createContainer(sandboxID: string, config: ContainerConfig): Promise<string> {
    if (this.#sandboxes.get(sandboxID)?.status.state !== 'ready') {
      throw new RuntimeError('NotFound', `sandbox ${sandboxID} is not running`);
    }
    const image = this.#images.get(config.image);
    if (image === undefined) {
      throw new RuntimeError('ImageNotFound', `No such image: ${config.image}`);
    }
    const id = this.#newID();
    const status: ContainerStatus = {
      id,
      sandboxID,
      pod: config.pod,
      name: config.name,
      attempt: config.attempt,
      hash: config.hash,
      image: config.image,
      imageID: `simulated://${image.id}`,
      createdAtMs: this.#clock.now(),
      state: { kind: 'created' },
      tty: config.tty,
      resources: shownResources(config.resources),
    };
    this.#containers.set(id, { config, status, life: 0, log: '', waiters: [] });
    this.#emit({ kind: 'container', id, podUID: config.pod.uid });
    return id;
  }

  async startContainer(id: string): Promise<void> {
    const container = this.#container(id);
    if (container.status.state.kind === 'running') return;
    const life = ++container.life;
    const startedAtMs = this.#clock.now() + (this.#options.startDelayMs ?? 0);
    const program = simulateProgram([...container.config.command, ...container.config.args]);
    this.#due.add(startedAtMs, () => {
      if (container.life !== life) return;
      container.log += program.output;
      this.#setState(container, { kind: 'running', startedAtMs });
      if (program.runsForMs === Infinity) return;
      this.#due.add(startedAtMs + program.runsForMs, () => {
        if (container.life === life) this.#exit(container, program.exitCode);
      });
    });
  }

  async stopContainer(id: string, _graceSeconds: number): Promise<void> {
    const container = this.#containers.get(id);
    if (container === undefined || container.status.state.kind === 'exited') return;
    this.#exit(container, EXIT_CODE_SIGTERM);
  }

  async updateContainerResources(id: string, resources: LinuxResources): Promise<void> {
    const container = this.#running(id);
    container.status = { ...container.status, resources: shownResources(resources) };
    this.#emit({ kind: 'container', id, podUID: container.config.pod.uid });
  }

  async removeContainer(id: string): Promise<void> {
    const container = this.#containers.get(id);
    if (container === undefined) return;
    container.life++;
    this.#containers.delete(id);
    this.#release(container);
    this.#emit({ kind: 'container', id, podUID: container.config.pod.uid });
  }

  async containerStatus(id: string): Promise<ContainerStatus | undefined> {
    return this.#containers.get(id)?.status;
  }

  async listContainers(): Promise<ContainerStatus[]> {
    return Array.from(this.#containers.values(), (container) => container.status);
  }

  async containerStats(id: string): Promise<ContainerStats | undefined> {
    const state = this.#containers.get(id)?.status.state;
    if (state?.kind !== 'running') return undefined;
    const timestampMs = this.#clock.now();
    return {
      timestampMs,
      usageCoreNanoSeconds: Math.round((timestampMs - state.startedAtMs) * 1e6 * CPU_SHARE),
      workingSetBytes: WORKING_SET_BYTES,
    };
  }

  async containerDiskUsage(): Promise<ReadonlyMap<string, number>> {
    return new Map(Array.from(this.#containers.keys(), (id) => [id, 0]));
  }

  async exec(id: string, request: ExecRequest): Promise<ExecSession> {
    this.#running(id);
    return simulateExec(request);
  }

  async attach(id: string, request: AttachRequest): Promise<AttachSession> {
    return simulateAttach(request, this.#whenStopped(this.#running(id)));
  }

  async containerLogs(id: string, options: LogOptions): Promise<LogStream> {
    const container = this.#container(id);
    return simulateLogs(() => container.log, options, this.#whenStopped(container));
  }

  async pullImage(
    image: string,
    _credentials: RegistryCredentials | undefined,
    signal: AbortSignal,
  ): Promise<ImageStatus> {
    const delayMs = this.#options.pullDelayMs ?? 0;
    if (delayMs > 0) {
      await new Promise<void>((resolve) => this.#due.add(this.#clock.now() + delayMs, resolve));
    }
    if (signal.aborted) throw new RuntimeError('Aborted', `pull of ${image} was given up`);
    if (this.#options.missingImages?.includes(image) === true) {
      throw new RuntimeError('ImageNotFound', `manifest for ${image} not found`);
    }
    const status = { id: `sha256:${image}`, names: [image], sizeBytes: 1_000_000 };
    this.#images.set(image, status);
    return status;
  }

  async imageStatus(image: string): Promise<ImageStatus | undefined> {
    return this.#images.get(image);
  }

  async listImages(): Promise<ImageStatus[]> {
    return [...this.#images.values()];
  }

  async removeImage(name: string): Promise<void> {
    const used = [...this.#containers.values()].some(({ config }) => config.image === name);
    if (used) throw new RuntimeError('InvalidArgument', `image ${name} is used by a container`);
    this.#images.delete(name);
  }

  async unpackImage(image: string, _directory: string): Promise<void> {
    if (this.#images.has(image)) return;
    throw new RuntimeError('ImageNotFound', `No such image: ${image}`);
  }

  subscribe(listener: (event: RuntimeEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#due.close();
    this.#listeners.clear();
  }

  /** Ends a container's process from outside, as a crash would. */
  crash(id: string, exitCode: number): void {
    this.#exit(this.#running(id), exitCode);
  }

  #exit(container: SimulatedContainer, exitCode: number): void {
    const { state, createdAtMs } = container.status;
    container.life++;
    this.#setState(container, {
      kind: 'exited',
      exitCode,
      reason: exitCode === 0 ? 'Completed' : 'Error',
      message: '',
      startedAtMs: state.kind === 'running' ? state.startedAtMs : createdAtMs,
      finishedAtMs: this.#clock.now(),
    });
    this.#release(container);
  }

  #setState(container: SimulatedContainer, state: ContainerState): void {
    container.status = { ...container.status, state };
    const { id, pod } = container.status;
    this.#emit({ kind: 'container', id, podUID: pod.uid });
  }

  #whenStopped(container: SimulatedContainer): Promise<void> {
    if (container.status.state.kind === 'exited') return Promise.resolve();
    return new Promise((resolve) => container.waiters.push(resolve));
  }

  #release(container: SimulatedContainer): void {
    for (const resolve of container.waiters.splice(0)) resolve();
  }

  #container(id: string): SimulatedContainer {
    const container = this.#containers.get(id);
    if (container === undefined) throw new RuntimeError('NotFound', `No such container: ${id}`);
    return container;
  }

  #running(id: string): SimulatedContainer {
    const container = this.#container(id);
    if (container.status.state.kind !== 'running') {
      throw new RuntimeError('InvalidArgument', `Container ${id} is not running`);
    }
    return container;
  }

  #newID(): string {
    return (++this.#lastID).toString(16).padStart(64, '0');
  }

  #address(): string {
    const host = this.#lastID % 65_000;
    return `${this.#options.podNetwork ?? '10.0'}.${(host >> 8) & 255}.${host & 255}`;
  }

  #emit(event: RuntimeEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

function shownResources(resources: LinuxResources): NonNullable<ContainerStatus['resources']> {
  const { cpuShares, cpuQuota, memoryLimitBytes } = resources;
  return { cpuShares, cpuQuota, memoryLimitBytes };
}
