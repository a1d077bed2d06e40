import type { Logger } from 'pino';
import type { Clock } from './clock.ts';
import type { Reservation } from './diff/allocatable.ts';
import type { Observations, Thresholds } from './diff/eviction/signals.ts';
import type { Disk, ImageGarbagePolicy } from './diff/image-garbage.ts';
import type { DesiredPod } from './diff/pod.ts';
import { refuseAdmission } from './diff/pod-admission.ts';
import type { PodFailure } from './diff/pod-failure.ts';
import type { ShutdownPeriod } from './diff/shutdown/shutdown-periods.ts';
import type {
  ContainerRuntime,
  NodeFacts,
  RegistryCredentials,
} from './runtime/container-runtime.ts';
import type { PulledImages } from './state/pulled-images.ts';
import type { EngineView } from './sync/engine-view.ts';
import { EvictionManager } from './sync/eviction-manager.ts';
import { ImageCollector } from './sync/image-collector.ts';
import { imagesInUse } from './sync/images-in-use.ts';
import { NodeShutdown } from './sync/node-shutdown.ts';
import { NodeStatusReporter } from './sync/node-status-reporter.ts';
import type { MachineFacts } from './sync/node-status.ts';
import { measurePods } from './sync/pod-consumption.ts';
import type { PodSync } from './sync/pod-sync.ts';
import type { VolumeStore } from './sync/volume-store.ts';
import { AGENT_VERSION } from './version.ts';

/** What looking after a machine goes by; `imageDirectory` is where its engine keeps images. */
export interface MachineLimits {
  readonly pulledImages: PulledImages;
  readonly imagePolicy: ImageGarbagePolicy;
  /** The disk that images are on; undefined where nobody knows. */
  readonly imageDisk: (imageDirectory: string | undefined) => Promise<Disk | undefined>;
  readonly thresholds: Thresholds;
  /** What pods are not given. */
  readonly reservations: readonly Reservation[];
  readonly observe: (imageDirectory: string | undefined) => Promise<Observations>;
}

export interface MachineCareDeps {
  readonly limits: MachineLimits;
  readonly runtime: ContainerRuntime;
  readonly view: EngineView;
  readonly volumes: VolumeStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly engine: NodeFacts;
  readonly machine: MachineFacts;
  /** What of the node's capacity pods may be given. */
  readonly allocatable: Readonly<Record<string, string>>;
  readonly desiredPods: () => Iterable<DesiredPod>;
  readonly pods: () => PodSync;
  /** Tells an event about the node. */
  readonly warn: (reason: string, message: string) => void;
  readonly announce: (reason: string, message: string) => void;
  readonly reportStatus: (status: Record<string, unknown>) => void;
  /** How pods end when the machine goes down. */
  readonly shutdownPeriods: readonly ShutdownPeriod[];
  /** Resolves once the control plane has heard all that there was to tell, or cannot be told. */
  readonly flush: () => Promise<void>;
}

/** Looks after the machine as a whole: its images, what it runs out of, and what its Node says. */
export class MachineCare {
  readonly #images: ImageCollector;
  readonly #eviction: EvictionManager;
  readonly #status: NodeStatusReporter;
  readonly #shutdown: NodeShutdown;

  constructor(deps: MachineCareDeps) {
    const { limits, runtime, view, volumes, clock, logger, engine, machine, warn } = deps;
    const { imageDirectory } = engine;
    const onChanged = (): void => this.#status.changed();
    this.#images = new ImageCollector({
      runtime,
      clock,
      logger,
      warn,
      onChanged,
      pulled: limits.pulledImages,
      policy: limits.imagePolicy,
      disk: () => limits.imageDisk(imageDirectory),
      imagesInUse: () => imagesInUse(view, deps.desiredPods()),
    });
    this.#eviction = new EvictionManager({
      clock,
      logger,
      warn,
      thresholds: limits.thresholds,
      observe: () => limits.observe(imageDirectory),
      activePods: () => deps.pods().activePods(),
      measure: (measured, what) => measurePods({ runtime, view, volumes }, measured, what),
      removeUnusedImages: () => this.#images.removeUnused(),
      evict: (uid, failure) => deps.pods().evict(uid, failure),
      onPressures: onChanged,
    });
    this.#shutdown = new NodeShutdown({
      clock,
      logger,
      periods: deps.shutdownPeriods,
      activePods: () => deps.pods().activePods(),
      isOver: (uid) => deps.pods().isOver(uid),
      end: (uid, failure) => deps.pods().end(uid, failure),
      announce: deps.announce,
      reportNode: () => this.#status.report(),
      flush: deps.flush,
    });
    this.#status = new NodeStatusReporter({
      runtime,
      clock,
      logger,
      engine,
      machine,
      allocatable: deps.allocatable,
      agentVersion: AGENT_VERSION,
      pressures: () => this.#eviction.pressures(),
      shuttingDownSinceMs: () => this.#shutdown.startedAtMs,
      report: deps.reportStatus,
    });
  }

  /** Resolves once {@link nodeStatus} says how it is. */
  async start(): Promise<void> {
    await this.#eviction.start();
    await this.#status.start();
    this.#images.start();
  }

  stop(): void {
    this.#images.stop();
    this.#eviction.stop();
    this.#status.stop();
  }

  nodeStatus(): Record<string, unknown> {
    return this.#status.current();
  }

  imagePulled(image: string, credentials: RegistryCredentials | undefined): void {
    this.#images.pulled(image, credentials);
  }

  /** Why a pod of which nothing was begun yet is not taken; undefined: it is. */
  refuse(pod: DesiredPod): PodFailure | undefined {
    return this.#shutdown.refuse() ?? refuseAdmission(pod, this.#eviction.active());
  }

  /** Some pod may have ended. */
  podChanged(): void {
    this.#shutdown.podChanged();
  }

  get isShuttingDown(): boolean {
    return this.#shutdown.startedAtMs !== undefined;
  }

  /** Ends the pods, because the machine goes down; does nothing where there are no periods for it. */
  shutDown(): Promise<void> {
    return this.#shutdown.run();
  }
}
