import { formatTime } from '../../apimachinery/meta.ts';
import { isRunning } from '../diff/observed.ts';
import { isTerminalPhase, podIdentity } from '../diff/pod.ts';
import type { DesiredPod, PodStatus } from '../diff/pod.ts';
import { isStatic, mirroredUID } from '../diff/static-pod.ts';
import type { ComputeAmounts } from '../diff/resize.ts';
import type { PodFailure } from '../diff/pod-failure.ts';
import { endedByShutdown, REJECTED } from '../diff/pod-failure.ts';
import type { PodIdentity } from '../runtime/container-runtime.ts';
import type { DesiredChanges, DesiredState } from './desired-state.ts';
import { PodWorker } from './pod-worker.ts';
import type { PodRecord, PodWorkerDeps } from './pod-worker-deps.ts';

/** Pods that are wanted without the control plane, and what it knows them as. */
export interface StaticSource {
  readonly pods: ReadonlyMap<string, DesiredPod>;
  /** Undefined while the API has no mirror of it. */
  readonly mirrorOf: (podUID: string) => PodIdentity | undefined;
}

/** One pod as the agent knows it, for streams that need to find its containers. */
export interface KnownPod {
  readonly pod: DesiredPod;
  readonly status: PodStatus | undefined;
}

/**
 * Keeps one worker for each pod that is wanted or that the engine still has. A pod that nobody
 * wants is killed only when the desired state is confirmed: by the control plane, or by what it
 * once said and this node's disk has kept.
 */
export class PodSync {
  readonly #deps: PodWorkerDeps;
  readonly #desired: DesiredState;
  readonly #records: Map<string, PodRecord>;
  readonly #static: StaticSource;
  readonly #workers = new Map<string, PodWorker>();
  #stopped = false;

  constructor(
    deps: PodWorkerDeps,
    desired: DesiredState,
    records: Map<string, PodRecord>,
    staticSource: StaticSource,
  ) {
    this.#static = staticSource;
    this.#deps = deps;
    this.#desired = desired;
    this.#records = records;
  }

  /** Takes up every pod that is wanted or present; the engine's view must stand. */
  start(): void {
    const uids = [...this.#desired.pods.keys(), ...this.#static.pods.keys()];
    for (const uid of uids) this.#syncPod(uid);
    this.#syncOrphans();
  }

  /** Ends all work; the pods run on. */
  stop(): void {
    this.#stopped = true;
    for (const worker of this.#workers.values()) worker.stop();
  }

  desiredChanged(changes: DesiredChanges): void {
    for (const uid of changes.podUIDs) this.#syncPod(uid);
    for (const [uid, worker] of this.#workers) {
      const namespace = worker.pod?.metadata.namespace ?? '';
      if (!changes.podUIDs.has(uid) && changes.namespaces.has(namespace)) worker.objectsChanged();
    }
    this.#syncOrphans();
  }

  /** Static pods have come or gone. */
  staticChanged(podUIDs: ReadonlySet<string>): void {
    for (const uid of podUIDs) this.#syncPod(uid);
  }

  /** Something of the pod has changed in the engine. */
  engineChanged(podUID: string): void {
    const worker = this.#workers.get(podUID);
    if (worker !== undefined) worker.poke();
    else if (this.#wanted(podUID) === undefined) this.#removeOrphan(podUID);
  }

  find(uid: string): KnownPod | undefined {
    const mirror = this.#desired.pods.get(uid);
    const worker = this.#workers.get((mirror && mirroredUID(mirror)) ?? uid);
    return worker?.pod === undefined ? undefined : { pod: worker.pod, status: worker.status };
  }

  /** All pods that are wanted. */
  all(): KnownPod[] {
    return Array.from(this.#workers.values()).flatMap(({ pod, status }) =>
      pod === undefined ? [] : [{ pod, status }],
    );
  }

  /** Statuses of all pods that are wanted, for telling a control plane that may not know them. */
  statuses(): { pod: PodIdentity; status: PodStatus }[] {
    return Array.from(this.#workers.values()).flatMap(({ pod, status }) => {
      if (pod === undefined || status === undefined) return [];
      const { uid } = pod.metadata;
      const identity = isStatic(pod) ? this.#static.mirrorOf(uid) : podIdentity(pod);
      return identity === undefined ? [] : [{ pod: identity, status }];
    });
  }

  /** What the node has given all its pods but one. */
  requestsOfOthers(uid: string): ComputeAmounts {
    const sum = { cpuMilli: 0, memoryBytes: 0 };
    for (const [other, worker] of this.#workers) {
      if (other === uid) continue;
      const { cpuMilli, memoryBytes } = worker.requests;
      sum.cpuMilli += cpuMilli;
      sum.memoryBytes += memoryBytes;
    }
    return sum;
  }

  /** Pods that are wanted and have not ended. */
  activePods(): DesiredPod[] {
    return Array.from(this.#workers.values()).flatMap(({ pod, status }) =>
      pod === undefined || isTerminalPhase(status?.phase) ? [] : [pod],
    );
  }

  /** Ends a pod, and tells why. */
  evict(uid: string, failure: PodFailure): void {
    const worker = this.#workers.get(uid);
    if (worker?.pod === undefined) return;
    const { events } = this.#deps;
    events.pod(podIdentity(worker.pod), 'Warning', failure.reason, failure.message);
    worker.fail(failure);
  }

  /** Ends a pod without an event. */
  end(uid: string, failure: PodFailure): void {
    this.#workers.get(uid)?.fail(failure);
  }

  /** Whether a pod has ended, and nothing of it runs any more. */
  isOver(uid: string): boolean {
    const worker = this.#workers.get(uid);
    if (worker === undefined) return true;
    const { containers, sandboxes } = this.#deps.view.pod(uid);
    const runs = containers.some(isRunning) || sandboxes.some(({ state }) => state === 'ready');
    return !runs && isTerminalPhase(worker.status?.phase);
  }

  /** Whether every pod was looked at since the agent was started. */
  get areTakenUp(): boolean {
    return [...this.#workers.values()].every(({ isTakenUp }) => isTakenUp);
  }

  #syncPod(uid: string): void {
    const mirror = this.#desired.pods.get(uid);
    const mirrored = mirror === undefined ? undefined : mirroredUID(mirror);
    if (mirror !== undefined && mirrored !== undefined) {
      this.#tellMirror(mirror, mirrored);
      return;
    }
    const pod = this.#wanted(uid);
    const worker = this.#workers.get(uid);
    if (worker?.pod !== undefined && isStatic(worker.pod) && pod === undefined) {
      worker.want(ending(worker.pod, this.#deps.clock.now()));
    } else if (worker !== undefined) worker.want(pod);
    else if (pod !== undefined) this.#add(podIdentity(pod), pod);
    else this.#removeOrphan(uid);
  }

  /** Undefined also for mirror pods, which are not what runs. */
  #wanted(uid: string): DesiredPod | undefined {
    const desired = this.#desired.pods.get(uid);
    if (desired === undefined) return this.#static.pods.get(uid);
    return mirroredUID(desired) === undefined ? desired : undefined;
  }

  /** A new mirror has to be told how its pod is. */
  #tellMirror(mirror: DesiredPod, uid: string): void {
    const status = this.#workers.get(uid)?.status;
    if (status !== undefined) this.#deps.reportStatus(podIdentity(mirror), status);
  }

  /** What is said of a static pod is said of its mirror. */
  #depsFor(pod: DesiredPod | undefined): PodWorkerDeps {
    if (pod === undefined || !isStatic(pod)) return this.#deps;
    return {
      ...this.#deps,
      reportStatus: ({ uid }, status) => {
        const mirror = this.#static.mirrorOf(uid);
        if (mirror !== undefined) this.#deps.reportStatus(mirror, status);
      },
      // The mirror goes because its manifest did.
      reportTerminated: () => undefined,
    };
  }

  #syncOrphans(): void {
    for (const uid of this.#deps.view.podUIDs()) {
      if (!this.#workers.has(uid) && this.#wanted(uid) === undefined) this.#removeOrphan(uid);
    }
  }

  #removeOrphan(uid: string): void {
    if (!this.#desired.confirmed || this.#workers.has(uid)) return;
    const { sandboxes, containers } = this.#deps.view.pod(uid);
    const identity = [...sandboxes, ...containers][0]?.pod;
    if (identity !== undefined) this.#add(identity, undefined);
  }

  /** A pod of which nothing was begun yet may be refused. */
  #admit(worker: PodWorker, pod: DesiredPod): void {
    const { admit, events, view } = this.#deps;
    const { sandboxes, containers } = view.pod(pod.metadata.uid);
    if (sandboxes.length + containers.length > 0 || isTerminalPhase(pod.status?.phase)) return;
    const refusal = admit(pod);
    if (refusal === undefined) return;
    const message = refusal.message.replace(REJECTED, '');
    events.pod(podIdentity(pod), 'Warning', refusal.reason, message);
    worker.fail(refusal);
  }

  #add(identity: PodIdentity, pod: DesiredPod | undefined): void {
    if (this.#stopped) return;
    const { uid } = identity;
    const kept = this.#records.get(uid);
    this.#records.delete(uid);
    // Nobody would replace a static pod that ended with its machine.
    const isAnew = pod !== undefined && isStatic(pod) && endedByShutdown(kept?.status);
    const record = isAnew ? undefined : kept;
    const worker = new PodWorker(this.#depsFor(pod), identity, pod, record, () =>
      this.#workers.delete(uid),
    );
    this.#workers.set(uid, worker);
    if (pod !== undefined && record === undefined) this.#admit(worker, pod);
    worker.poke();
  }
}

/** A static pod whose manifest is gone is ended as one that is deleted. */
function ending(pod: DesiredPod, now: number): DesiredPod {
  const deletionTimestamp = pod.metadata.deletionTimestamp ?? formatTime(now);
  return { ...pod, metadata: { ...pod.metadata, deletionTimestamp } };
}
