import type { DownwardFacts } from '../diff/downward.ts';
import type { ContainerStart, WaitingReason } from '../diff/actions.ts';
import { buildSandboxConfig } from '../diff/container-config.ts';
import { pullPolicy } from '../diff/image-reference.ts';
import { isRunning, livesOf } from '../diff/observed.ts';
import type { ObservedPod } from '../diff/observed.ts';
import { fieldPath } from '../diff/pod.ts';
import type { ContainerSpec, DesiredPod, EphemeralContainerSpec } from '../diff/pod.ts';
import { credentialsFor } from '../diff/pull-secrets.ts';
import type {
  ContainerConfig,
  ImageStatus,
  PodIdentity,
  RegistryCredentials,
} from '../runtime/container-runtime.ts';
import { setUpContainer } from './container-setup.ts';
import { ImagePulls } from './image-pulls.ts';
import type { ImageRequest, RecordEvent } from './image-pulls.ts';
import { MountError, setUpVolumes } from './pod-volumes.ts';
import type { VolumePath } from './pod-volumes.ts';
import type { PodWorkerDeps } from './pod-worker-deps.ts';
import { PostStartHooks } from './post-start-hooks.ts';

/** After a failure that nothing announces the end of. */
const RETRY_MS = 10_000;

/** The steps that bring up one pod's sandbox and containers, and what keeps them from it. */
export class ContainerStarter {
  readonly #deps: PodWorkerDeps;
  readonly #pod: PodIdentity;
  readonly #images: ImagePulls;
  readonly #failures = new Map<string, WaitingReason>();
  readonly #notBeforeMs = new Map<string, number>();
  readonly #announced = new Map<string, string>();
  readonly #tokensChanged: () => void;
  readonly #hooks: PostStartHooks;
  #volumePaths: ReadonlyMap<string, VolumePath> | undefined;
  #volumesStale = true;
  #changed = false;

  constructor(deps: PodWorkerDeps, pod: PodIdentity, poke: () => void) {
    this.#deps = deps;
    this.#pod = pod;
    this.#images = new ImagePulls(deps, poke);
    this.#tokensChanged = () => {
      this.#volumesStale = true;
      poke();
    };
    const onFailed = (container: string, message: string): void => {
      // The backoff of crashes applies from here.
      this.#fail(container, { reason: 'PostStartHookError', message }, deps.clock.now());
    };
    this.#hooks = new PostStartHooks(deps, pod, onFailed, poke);
  }

  /** The pod, or something that it refers to, has changed: what failed before may work now. */
  configChanged(): void {
    this.#volumesStale = true;
    this.#notBeforeMs.clear();
  }

  /** Why containers could not be started, by container. */
  failures(): ReadonlyMap<string, WaitingReason> {
    return this.#failures;
  }

  /** Whether a container's backoff is to be told of: once for each wait. */
  isNews(container: string, message: string): boolean {
    if (this.#announced.get(container) === message) return false;
    this.#announced.set(container, message);
    return true;
  }

  /** Whether {@link failures} has changed since this was last asked. */
  takeChanged(): boolean {
    const changed = this.#changed;
    this.#changed = false;
    return changed;
  }

  /** When something that failed, or waits, is to be tried again. */
  wakeAtMs(): number | undefined {
    const tokensAtMs = this.#deps.tokens.nextAtMs(this.#pod.uid) ?? Infinity;
    const earliest = Math.min(...this.#notBeforeMs.values(), tokensAtMs);
    return earliest === Infinity ? undefined : earliest;
  }

  /** Containers that run and are still being started, by ID: their postStart hook runs or failed. */
  starting(): ReadonlySet<string> {
    return this.#hooks.starting();
  }

  /** Containers whose postStart hook has failed, by ID. */
  failedHooks(): string[] {
    return this.#hooks.failed();
  }

  update(observed: ObservedPod): void {
    this.#hooks.update(observed);
  }

  stop(): void {
    this.#images.stop();
    this.#hooks.stop();
    this.#notBeforeMs.clear();
  }

  async createSandbox(pod: DesiredPod, attempt: number, podIPs: string[]): Promise<void> {
    const { events, machineFiles, runtime, view } = this.#deps;
    if (this.#isTooEarly('')) return;
    if (!(await this.#setUpVolumes(pod, podIPs))) return;
    try {
      const config = buildSandboxConfig(pod, attempt, await machineFiles.resolver());
      const id = await runtime.runPodSandbox(config);
      await view.refresh('sandbox', id, this.#pod.uid);
      this.#notBeforeMs.delete('');
    } catch (error) {
      const message = `Failed to create pod sandbox: ${messageOf(error)}`;
      events.pod(this.#pod, 'Warning', 'FailedCreatePodSandBox', message);
      this.#retryLater('');
    }
  }

  /** Brings the files of volumes up to date where something that they show has changed. */
  async refreshVolumes(pod: DesiredPod, podIPs: string[]): Promise<void> {
    if (this.#isTooEarly('')) return;
    if (!this.#volumesStale) this.#deps.tokens.prepare(pod, this.#tokensChanged);
    else await this.#setUpVolumes(pod, podIPs);
  }

  /** Whether the container was started; when not, `failures` says why, or an image is pulled. */
  async start(
    pod: DesiredPod,
    sandboxID: string,
    start: ContainerStart,
    podIPs: string[],
  ): Promise<boolean> {
    const { container } = start;
    if (this.#isTooEarly(container.name) || this.#volumePaths === undefined) return false;
    // Containers are started one after the other, each with its hook.
    if (this.#hooks.starting().size > 0) return false;
    const record = this.#recorder(pod, container.name);
    const image = await this.#image(pod, start, record);
    if (image === undefined) return false;
    const config = await this.#config(pod, start, podIPs, image, record);
    return config !== undefined && (await this.#run(pod, sandboxID, start, config, record));
  }

  /** The container's image, once it and those of its volumes are there. */
  async #image(
    pod: DesiredPod,
    { container }: ContainerStart,
    record: RecordEvent,
  ): Promise<ImageStatus | undefined> {
    const request = (key: string, image: string, policy: string | undefined): ImageRequest => ({
      key,
      image,
      policy: pullPolicy(image, policy),
      credentials: () => this.#credentials(pod, image),
      record,
    });
    const ensure = async (asked: ImageRequest): Promise<ImageStatus | undefined> => {
      const found = await this.#images.ensure(asked);
      if (found.kind === 'ready') return found.image;
      if (found.reason !== undefined) this.#fail(container.name, found.reason, found.wakeAtMs);
      return undefined;
    };
    for (const { name } of container.volumeMounts ?? []) {
      const volume = this.#volumePaths?.get(name);
      if (volume?.image === undefined) continue;
      const { reference, policy } = volume.image;
      const found = await ensure(request(`volume/${name}`, reference, policy));
      if (found === undefined || !(await this.#unpack(container, found, volume, record))) {
        return undefined;
      }
    }
    return ensure(request(container.name, container.image ?? '', container.imagePullPolicy));
  }

  async #unpack(
    container: ContainerSpec,
    image: ImageStatus,
    { path }: VolumePath,
    record: RecordEvent,
  ): Promise<boolean> {
    const { runtime, volumes } = this.#deps;
    try {
      await volumes.fillOnce(path, (directory) => runtime.unpackImage(image.id, directory));
      return true;
    } catch (error) {
      const message = `failed to mount the image volume: ${messageOf(error)}`;
      record('Warning', 'Failed', `Error: ${message}`);
      this.#fail(container.name, { reason: 'CreateContainerError', message });
      return false;
    }
  }

  #credentials(pod: DesiredPod, image: string): RegistryCredentials[] {
    const { events, objects } = this.#deps;
    const { namespace } = this.#pod;
    const names = (pod.spec.imagePullSecrets ?? []).map(({ name = '' }) => name);
    const found = names.map((name) => [name, objects.secret(namespace, name)] as const);
    const missing = found.flatMap(([name, secret]) => (secret === undefined ? [name] : []));
    if (missing.length > 0) {
      const text = `Unable to retrieve some image pull secrets (${missing.join(', ')})`;
      const message = `${text}; attempting to pull the image may not succeed.`;
      events.pod(this.#pod, 'Warning', 'FailedToRetrieveImagePullSecret', message);
    }
    return credentialsFor(
      image,
      found.flatMap(([, secret]) => (secret === undefined ? [] : [secret])),
    );
  }

  async #run(
    pod: DesiredPod,
    sandboxID: string,
    start: ContainerStart,
    config: ContainerConfig,
    record: RecordEvent,
  ): Promise<boolean> {
    const { runtime, view } = this.#deps;
    let id: string;
    try {
      id = await runtime.createContainer(sandboxID, config);
    } catch (error) {
      record('Warning', 'Failed', `Error: ${messageOf(error)}`);
      this.#fail(config.name, { reason: 'CreateContainerError', message: messageOf(error) });
      return false;
    }
    record('Normal', 'Created', 'Container created');
    try {
      await runtime.startContainer(id);
      record('Normal', 'Started', 'Container started');
      this.#clear(config.name);
      this.#hooks.begin(pod, start.container, id);
    } catch (error) {
      record('Warning', 'Failed', `Error: ${messageOf(error)}`);
      const reason = { reason: 'RunContainerError', message: messageOf(error) };
      // The engine has it as a life that ended; the backoff of crashes applies from here.
      this.#fail(config.name, reason, this.#deps.clock.now());
    }
    this.#images.started(config.name);
    await view.refresh('container', id, this.#pod.uid);
    return true;
  }

  async #config(
    pod: DesiredPod,
    start: ContainerStart,
    podIPs: string[],
    image: ImageStatus,
    record: RecordEvent,
  ): Promise<ContainerConfig | undefined> {
    try {
      const volumePaths = this.#volumePaths ?? new Map<string, VolumePath>();
      const facts = this.#facts(pod, podIPs);
      const targetID = this.#targetOf(start.container);
      const setup = { pod, start, facts, image, volumePaths, targetID };
      return await setUpContainer(this.#deps, setup);
    } catch (error) {
      const message = messageOf(error);
      record('Warning', 'Failed', `Error: ${message}`);
      this.#fail(start.container.name, { reason: 'CreateContainerConfigError', message });
      return undefined;
    }
  }

  /** The container whose processes an ephemeral one is to see. */
  #targetOf({ targetContainerName: name }: EphemeralContainerSpec): string | undefined {
    if (name === undefined || name === '') return undefined;
    const target = livesOf(this.#deps.view.pod(this.#pod.uid), name).find(isRunning);
    if (target === undefined) throw new Error(`unable to find target container ${name}`);
    return target.id;
  }

  async #setUpVolumes(pod: DesiredPod, podIPs: string[]): Promise<boolean> {
    const { events, objects, tokens, volumes } = this.#deps;
    if (!tokens.prepare(pod, this.#tokensChanged)) return false;
    try {
      this.#volumesStale = false;
      const context = { pod, objects, tokens, facts: this.#facts(pod, podIPs) };
      this.#volumePaths = await setUpVolumes(context, volumes);
      return true;
    } catch (error) {
      if (!(error instanceof MountError)) throw error;
      this.#volumesStale = true;
      events.pod(this.#pod, 'Warning', 'FailedMount', error.message);
      this.#retryLater('');
      return false;
    }
  }

  #facts(pod: DesiredPod, podIPs: string[]): DownwardFacts {
    const { hostIP, allocatable, serviceEnvironment } = this.#deps.node;
    const ips = pod.spec.hostNetwork === true ? [hostIP] : podIPs;
    return { hostIP, podIPs: ips, allocatable, serviceEnvironment };
  }

  #recorder(pod: DesiredPod, container: string): RecordEvent {
    const path = fieldPath(pod, container);
    return (type, reason, message) => this.#deps.events.pod(this.#pod, type, reason, message, path);
  }

  #fail(container: string, reason: WaitingReason, retryAtMs?: number): void {
    const before = this.#failures.get(container);
    if (before?.reason !== reason.reason || before.message !== reason.message) {
      this.#failures.set(container, reason);
      this.#changed = true;
    }
    this.#notBeforeMs.set(container, retryAtMs ?? this.#deps.clock.now() + RETRY_MS);
  }

  #clear(container: string): void {
    this.#notBeforeMs.delete(container);
    if (this.#failures.delete(container)) this.#changed = true;
  }

  #retryLater(key: string): void {
    this.#notBeforeMs.set(key, this.#deps.clock.now() + RETRY_MS);
  }

  /** Whether a retry is still to wait; one that is due is taken off the list. */
  #isTooEarly(key: string): boolean {
    const notBefore = this.#notBeforeMs.get(key);
    if (notBefore === undefined) return false;
    if (notBefore > this.#deps.clock.now()) return true;
    this.#notBeforeMs.delete(key);
    return false;
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
