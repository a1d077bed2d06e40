import { nextBackoff } from '../diff/backoff.ts';
import type { BackoffEntry } from '../diff/backoff.ts';
import {
  EMPTY_OBSERVED,
  isRunning,
  withoutContainers,
  withRestartsOwed,
} from '../diff/observed.ts';
import type { ObservedPod } from '../diff/observed.ts';
import { NO_ACTIONS } from '../diff/actions.ts';
import type { ContainerUpdate, PodActions, WaitingReason } from '../diff/actions.ts';
import { DEADLINE_EXCEEDED, isPastDeadline } from '../diff/active-deadline.ts';
import {
  deletionGraceSeconds,
  fieldPath,
  formatPod,
  isTerminalPhase,
  podIdentity,
} from '../diff/pod.ts';
import type { DesiredPod, PodStatus } from '../diff/pod.ts';
import { computePodActions } from '../diff/pod-actions.ts';
import type { Ailment } from '../diff/pod-actions.ts';
import { terminatePod } from '../diff/pod-end.ts';
import type { PodFailure } from '../diff/pod-failure.ts';
import { computePodStatus } from '../diff/pod-status.ts';
import { restartAllAtMs } from '../diff/restart-all.ts';
import type { ComputeAmounts } from '../diff/resize.ts';
import type { PodIdentity } from '../runtime/container-runtime.ts';
import { ContainerStarter } from './container-starter.ts';
import { ContainerStops } from './container-stops.ts';
import { Prober } from './prober.ts';
import { PodResize } from './pod-resize.ts';
import type { PodRecord, PodWorkerDeps } from './pod-worker-deps.ts';

/** After a failure that nothing announces the end of: a refused sandbox, a missing config map. */
const RETRY_MS = 10_000;
const NOTHING: ComputeAmounts = { cpuMilli: 0, memoryBytes: 0 };

/**
 * Brings one pod to what is wanted of it, one step after another. A turn reads the engine's view,
 * plans, reports the status and carries the plan out; whatever changes meanwhile makes another
 * turn. Turns of one pod never overlap.
 */
export class PodWorker {
  readonly #deps: PodWorkerDeps;
  readonly #identity: PodIdentity;
  readonly #onGone: () => void;
  readonly #stops: ContainerStops;
  readonly #starter: ContainerStarter;
  readonly #prober: Prober;
  readonly #resize: PodResize;
  #pod: DesiredPod | undefined;
  #failure: PodFailure | undefined;
  #status: PodStatus | undefined;
  #reported = '';
  #backoffs: Map<string, BackoffEntry>;
  #restartAllAtMs: number | undefined;
  readonly #restartsOwed = new Set<string>();
  #running = false;
  #dirty = false;
  #gone = false;
  #stopped = false;
  #removing = false;
  #released = false;
  #isTakenUp = false;
  #cancelWake: (() => void) | undefined;
  #wakesAtMs = Infinity;

  /** @param pod undefined: the engine has it, nobody wants it */
  constructor(
    deps: PodWorkerDeps,
    identity: PodIdentity,
    pod: DesiredPod | undefined,
    record: PodRecord | undefined,
    onGone: () => void,
  ) {
    this.#deps = deps;
    this.#identity = identity;
    this.#pod = pod;
    this.#status = record?.status ?? pod?.status;
    this.#backoffs = new Map(record?.backoffs);
    this.#restartAllAtMs = record?.restartAllAtMs;
    this.#onGone = onGone;
    const isResized = this.#status?.conditions?.some(({ type }) => type === 'PodResizeInProgress');
    this.#resize = new PodResize(deps, identity, record?.allocation, isResized === true);
    const poke = (): void => this.poke();
    this.#stops = new ContainerStops(deps, identity, poke);
    this.#starter = new ContainerStarter(deps, identity, poke);
    this.#prober = new Prober(deps, identity, poke, (id) => this.#lastKnown(id));
  }

  /** What is now wanted; undefined: to be killed without grace and forgotten. */
  want(pod: DesiredPod | undefined): void {
    // An echo of our own status must not make the files of volumes be looked at again.
    if (contentOf(pod) !== contentOf(this.#pod)) this.#starter.configChanged();
    this.#pod = pod;
    this.poke();
  }

  /** Ends the pod, which has then failed. The first reason counts. */
  fail(failure: PodFailure): void {
    this.#failure ??= failure;
    this.poke();
  }

  /** A config map or secret of the pod's namespace has changed. */
  objectsChanged(): void {
    this.#starter.configChanged();
    this.poke();
  }

  /** Something that a turn reads has changed. */
  poke(): void {
    this.#dirty = true;
    if (this.#running || this.#stopped || this.#gone) return;
    this.#running = true;
    void this.#turns();
  }

  /** Lets the pod run on by itself. */
  stop(): void {
    this.#stopped = true;
    this.#cancelWake?.();
    this.#prober.stop();
    this.#starter.stop();
    this.#stops.stop();
  }

  /** The status that was last computed. */
  get status(): PodStatus | undefined {
    return this.#status;
  }

  /** Whether a turn has got to its end since the agent was started. */
  get isTakenUp(): boolean {
    return this.#isTakenUp;
  }

  /** What the node has given the pod; nothing once it has ended. */
  get requests(): ComputeAmounts {
    if (this.#pod === undefined || isTerminalPhase(this.#status?.phase)) return NOTHING;
    return this.#resize.requests(this.#pod);
  }

  get pod(): DesiredPod | undefined {
    return this.#pod;
  }

  async #turns(): Promise<void> {
    while (this.#dirty && !this.#stopped && !this.#gone) {
      this.#dirty = false;
      this.#cancelWake?.();
      this.#wakesAtMs = Infinity;
      try {
        await this.#turn();
        this.#isTakenUp = true;
      } catch (error) {
        this.#deps.logger.warn({ err: error, pod: this.#identity }, 'pod sync failed');
        this.#wakeAt(this.#deps.clock.now() + RETRY_MS);
      }
    }
    this.#running = false;
  }

  async #turn(): Promise<void> {
    const observed = this.#observed();
    const pod = this.#pod;
    this.#stops.update(observed);
    this.#starter.update(observed);
    const graceSeconds = pod === undefined ? 0 : deletionGraceSeconds(pod);
    if (graceSeconds !== undefined) await this.#endTurn(pod, observed, graceSeconds);
    else if (pod !== undefined) await this.#runTurn(pod, observed);
  }

  #observed(): ObservedPod {
    const observed = this.#deps.view.pod(this.#identity.uid);
    const known = new Set(observed.containers.map(({ id }) => id));
    for (const id of this.#restartsOwed) if (!known.has(id)) this.#restartsOwed.delete(id);
    return withRestartsOwed(observed, this.#restartsOwed);
  }

  async #runTurn(pod: DesiredPod, observed: ObservedPod): Promise<void> {
    const now = this.#deps.clock.now();
    const given = this.#resize.settle(pod, observed);
    this.#restartAllAtMs = restartAllAtMs(pod, observed, this.#restartAllAtMs);
    const starting = this.#starter.starting();
    this.#prober.update(pod, withoutContainers(observed, starting));
    const startTime = this.#status?.startTime;
    const actions = computePodActions({
      pod: given,
      observed,
      startTime,
      phase: this.#status?.phase,
      failure: this.#failure,
      backoffs: this.#backoffs,
      unhealthy: this.#unhealthy(),
      restartAllAtMs: this.#restartAllAtMs,
      isStarted: (id) => !starting.has(id) && this.#prober.isStarted(id),
      now,
    });
    this.#announce(actions);
    if (isPastDeadline(pod, startTime, now)) this.#announceDeadline();
    const phaseBefore = this.#status?.phase;
    this.#updateStatus(given, observed, actions.waiting, false);
    // A phase that has become terminal changes the plan: nothing more may be started.
    if (this.#status?.phase !== phaseBefore) this.#dirty = true;
    else await this.#apply(pod, actions);
    await this.#releaseVolumes();
    if (actions.wakeAtMs !== undefined) this.#wakeAt(actions.wakeAtMs);
    if (this.#resize.wakeAtMs !== undefined) this.#wakeAt(this.#resize.wakeAtMs);
  }

  /** What a pod that is over has written is nobody's any more, and takes room; its logs stay. */
  async #releaseVolumes(): Promise<void> {
    if (this.#released || !isTerminalPhase(this.#status?.phase)) return;
    const { containers, sandboxes } = this.#deps.view.pod(this.#identity.uid);
    if (containers.some(isRunning) || sandboxes.some(({ state }) => state === 'ready')) return;
    await this.#deps.volumes.removeVolumes(this.#identity.uid);
    this.#released = true;
  }

  async #endTurn(
    pod: DesiredPod | undefined,
    observed: ObservedPod,
    graceSeconds: number,
  ): Promise<void> {
    if (pod !== undefined) this.#prober.update(pod, observed);
    this.#prober.updateEnding(observed);
    this.#starter.stop();
    // Once removal has begun, what is left no longer says how the containers ended.
    if (pod !== undefined && !this.#removing) {
      this.#updateStatus(this.#resize.given(pod), observed, new Map(), true);
    }
    const actions = terminatePod(pod, observed, graceSeconds);
    if (actions.removeContainers.length + actions.removeSandboxes.length > 0) this.#removing = true;
    await this.#apply(pod, actions);
    const left = this.#deps.view.pod(this.#identity.uid);
    if (left.containers.length + left.sandboxes.length > 0) return;
    await this.#deps.volumes.tearDown(this.#identity.uid);
    this.#deps.tokens.forget(this.#identity.uid);
    this.#gone = true;
    this.#prober.stop();
    this.#deps.keepRecord(this.#identity.uid, undefined);
    if (this.#pod !== undefined) this.#deps.reportTerminated(this.#identity);
    this.#onGone();
  }

  /** Carries out what can be done now; a stop under way holds back all that comes after it. */
  async #apply(pod: DesiredPod | undefined, actions: PodActions): Promise<void> {
    for (const stop of actions.stops) {
      if (stop.isForRestart === true) this.#restartsOwed.add(stop.id);
      this.#stops.begin(pod, stop);
    }
    if (actions === NO_ACTIONS) return;
    await this.#deps.withSlot(async () => {
      await this.#applyRemovals(actions);
      if (pod === undefined) return;
      if (actions.createSandbox !== undefined) {
        await this.#starter.createSandbox(pod, actions.createSandbox, this.#podIPs());
      }
      for (const update of actions.updates) await this.#update(update);
      const { sandboxID } = actions;
      if (sandboxID === undefined) return;
      await this.#starter.refreshVolumes(pod, this.#podIPs());
      for (const start of actions.starts) {
        if (this.#stopped || this.#pod !== pod) return;
        const started = await this.#starter.start(pod, sandboxID, start, this.#podIPs());
        const { name, lifecycle } = start.container;
        if (started && start.failedAtMs !== undefined) this.#noteRestart(name, start.failedAtMs);
        // While its image is pulled, the next ones wait for its hook all the same.
        const isBeingPulled = !started && !this.#starter.failures().has(name);
        if (isBeingPulled && lifecycle?.postStart !== undefined) break;
      }
    });
    const wakeAtMs = this.#starter.wakeAtMs();
    if (wakeAtMs !== undefined) this.#wakeAt(wakeAtMs);
    // What waits may wait for another reason than before, and a status says which.
    if (pod !== undefined && this.#pod === pod && this.#starter.takeChanged()) this.#dirty = true;
  }

  async #update({ id, name, resources }: ContainerUpdate): Promise<void> {
    const { clock, runtime, view } = this.#deps;
    try {
      await runtime.updateContainerResources(id, resources);
      await view.refresh('container', id, this.#identity.uid);
      this.#resize.changed(name, undefined);
      this.#dirty = true;
    } catch (error) {
      this.#resize.changed(name, error instanceof Error ? error.message : String(error));
      this.#wakeAt(clock.now() + RETRY_MS);
    }
  }

  async #applyRemovals(actions: PodActions): Promise<void> {
    const { runtime, view } = this.#deps;
    const { uid } = this.#identity;
    for (const id of actions.stopSandboxes) {
      await runtime.stopPodSandbox(id);
      await view.refresh('sandbox', id, uid);
    }
    for (const id of actions.removeContainers) {
      await runtime.removeContainer(id);
      await view.refresh('container', id, uid);
    }
    for (const id of actions.removeSandboxes) {
      await runtime.removePodSandbox(id);
      await view.refresh('sandbox', id, uid);
    }
  }

  #noteRestart(container: string, failedAtMs: number): void {
    const now = this.#deps.clock.now();
    const entry = nextBackoff(this.#backoffs.get(container), failedAtMs, now);
    this.#backoffs.set(container, entry);
    this.#keep();
  }

  /** Events of what a plan means, beside what it does. */
  #announce(actions: PodActions): void {
    const { events } = this.#deps;
    if (actions.sandboxChanged && actions.createSandbox !== undefined) {
      const message = 'Pod sandbox changed, it will be killed and re-created.';
      events.pod(this.#identity, 'Normal', 'SandboxChanged', message);
    }
    for (const [name, { message }] of actions.waiting) {
      if (!this.#starter.isNews(name, `${message} until ${actions.wakeAtMs}`)) continue;
      const pod = formatPod(this.#identity);
      const text = `Back-off restarting failed container ${name} in pod ${pod}`;
      events.pod(this.#identity, 'Warning', 'BackOff', text, fieldPath(this.#pod, name));
    }
  }

  #announceDeadline(): void {
    if (this.#status?.phase === 'Failed' || this.#status?.phase === 'Succeeded') return;
    const { reason, message } = DEADLINE_EXCEEDED;
    if (!this.#starter.isNews('', reason)) return;
    this.#deps.events.pod(this.#identity, 'Normal', reason, message);
  }

  #unhealthy(): ReadonlyMap<string, Ailment> {
    const failedHooks = this.#starter.failedHooks().map((id) => [id, 'postStart'] as const);
    return new Map<string, Ailment>([...this.#prober.unhealthy(), ...failedHooks]);
  }

  #updateStatus(
    pod: DesiredPod,
    observed: ObservedPod,
    waiting: ReadonlyMap<string, WaitingReason>,
    ending: boolean,
  ): void {
    const { clock, node, runtime } = this.#deps;
    const status = computePodStatus({
      pod,
      observed,
      starting: this.#starter.starting(),
      resize: this.#resize.conditions,
      ending,
      previous: this.#status,
      now: clock.now(),
      runtimeName: runtime.name,
      hostIP: node.hostIP,
      failure: this.#failure,
      waiting: new Map([...this.#starter.failures(), ...waiting]),
      isStarted: (container) => this.#prober.isStarted(container.id),
      isReady: (container) => this.#prober.isReady(container.id),
    });
    const text = JSON.stringify(status);
    if (text === this.#reported) return;
    this.#reported = text;
    this.#status = status;
    this.#keep();
    this.#deps.reportStatus(podIdentity(pod), status);
  }

  #lastKnown(containerID: string): { startup: boolean; readiness: boolean } {
    const { containerStatuses = [], initContainerStatuses = [] } = this.#status ?? {};
    const reported = [...containerStatuses, ...initContainerStatuses].find((status) =>
      status.containerID?.endsWith(`//${containerID}`),
    );
    return { startup: reported?.started === true, readiness: reported?.ready === true };
  }

  #keep(): void {
    if (this.#status === undefined) return;
    const { allocation } = this.#resize;
    const record = {
      status: this.#status,
      backoffs: [...this.#backoffs],
      ...(allocation === undefined ? {} : { allocation }),
      ...(this.#restartAllAtMs === undefined ? {} : { restartAllAtMs: this.#restartAllAtMs }),
    };
    this.#deps.keepRecord(this.#identity.uid, record);
  }

  #podIPs(): string[] {
    const observed = this.#deps.view.pod(this.#identity.uid) ?? EMPTY_OBSERVED;
    const ready = observed.sandboxes.find((sandbox) => sandbox.state === 'ready');
    return [...(ready?.ips ?? [])];
  }

  /** The earliest of the times that one turn asks for counts. */
  #wakeAt(atMs: number): void {
    if (atMs >= this.#wakesAtMs) return;
    this.#wakesAtMs = atMs;
    const { clock } = this.#deps;
    this.#cancelWake?.();
    this.#cancelWake = clock.schedule(Math.max(atMs - clock.now(), 0), () => this.poke());
  }
}

/** What volumes and environment of a pod may depend on. */
function contentOf(pod: DesiredPod | undefined): string {
  if (pod === undefined) return '';
  const { labels, annotations } = pod.metadata;
  return JSON.stringify([pod.spec, labels, annotations, pod.boundVolumes]);
}
