import type { AgentFrame } from '../../apimachinery/agent-protocol.ts';
import type { PodStatus } from '../diff/pod.ts';
import type { PodIdentity } from '../runtime/container-runtime.ts';
import type { VolumeRef } from './volume-removals.ts';

export type ReportFrame = Extract<AgentFrame, { type: 'report' }>;
export type ReportedEvent = NonNullable<ReportFrame['events']>[number];

/** Entries of each kind in one frame; far below the protocol's bound, to keep frames small. */
const MAX_ENTRIES = 250;
/** Events kept while there is no link; beyond it the oldest are dropped. */
const MAX_EVENTS = 1000;

interface Batch {
  nodeStatus: Record<string, unknown> | undefined;
  readonly podStatuses: Map<string, { pod: PodIdentity; status: PodStatus }>;
  readonly podsTerminated: Map<string, PodIdentity>;
  readonly volumesRemoved: Map<string, VolumeRef>;
  readonly events: Map<string, ReportedEvent>;
}

const newBatch = (): Batch => ({
  nodeStatus: undefined,
  podStatuses: new Map(),
  podsTerminated: new Map(),
  volumesRemoved: new Map(),
  events: new Map(),
});

/**
 * What the control plane has yet to be told. Only the latest of each thing is kept. One frame at
 * a time is under way; what it said is kept until it is answered, and said again when the link
 * breaks before.
 */
export class ReportQueue {
  #waiting = newBatch();
  #underWay: Batch | undefined;
  #seq = 0;
  #listener: (() => void) | undefined;
  #whenTold: (() => void)[] = [];

  /** Called whenever there may be something to take. */
  onPending(listener: () => void): void {
    this.#listener = listener;
  }

  nodeStatus(status: Record<string, unknown>): void {
    this.#waiting.nodeStatus = status;
    this.#listener?.();
  }

  podStatus(pod: PodIdentity, status: PodStatus): void {
    this.#waiting.podStatuses.set(pod.uid, { pod, status });
    this.#listener?.();
  }

  podTerminated(pod: PodIdentity): void {
    this.#waiting.podsTerminated.set(pod.uid, pod);
    this.#listener?.();
  }

  volumeRemoved(volume: VolumeRef): void {
    this.#waiting.volumesRemoved.set(volume.uid, volume);
    this.#listener?.();
  }

  /** What was to be said of a pod that is no longer known to the control plane. */
  forgetPod(uid: string): void {
    this.#waiting.podStatuses.delete(uid);
    this.#waiting.podsTerminated.delete(uid);
  }

  /** @param key equal for occurrences of the same event, of which the latest is kept */
  event(key: string, event: ReportedEvent): void {
    const { events } = this.#waiting;
    events.delete(key);
    events.set(key, event);
    const oldest = events.keys().next();
    if (events.size > MAX_EVENTS && oldest.done !== true) events.delete(oldest.value);
    this.#listener?.();
  }

  /** The next frame to send; undefined while one is under way or nothing waits. */
  take(): ReportFrame | undefined {
    if (this.#underWay !== undefined) return undefined;
    const batch = this.#split();
    const { nodeStatus, podStatuses, podsTerminated, volumesRemoved, events } = batch;
    const size = podStatuses.size + podsTerminated.size + volumesRemoved.size + events.size;
    if (nodeStatus === undefined && size === 0) return undefined;
    this.#underWay = batch;
    return {
      type: 'report',
      seq: ++this.#seq,
      ...(nodeStatus === undefined ? {} : { nodeStatus }),
      ...(podStatuses.size === 0
        ? {}
        : {
            podStatuses: Array.from(podStatuses.values(), ({ pod, status }) => ({
              ...pod,
              status: status as Record<string, unknown>,
            })),
          }),
      ...(podsTerminated.size === 0 ? {} : { podsTerminated: [...podsTerminated.values()] }),
      ...(volumesRemoved.size === 0 ? {} : { volumesRemoved: [...volumesRemoved.values()] }),
      ...(events.size === 0 ? {} : { events: [...events.values()] }),
    };
  }

  /** The frame with this number is committed at the other end. */
  answered(seq: number): void {
    if (seq !== this.#seq) return;
    this.#underWay = undefined;
    this.#listener?.();
    if (!this.#isEmpty()) return;
    for (const resolve of this.#whenTold.splice(0)) resolve();
  }

  /** Resolves once all that there is to say was answered. */
  whenTold(): Promise<void> {
    if (this.#isEmpty()) return Promise.resolve();
    return new Promise((resolve) => this.#whenTold.push(resolve));
  }

  /** The link broke: what was under way waits again, unless there is newer. */
  rewind(): void {
    const lost = this.#underWay;
    if (lost === undefined) return;
    this.#underWay = undefined;
    const newer = this.#waiting;
    this.#waiting = {
      nodeStatus: newer.nodeStatus ?? lost.nodeStatus,
      podStatuses: new Map([...lost.podStatuses, ...newer.podStatuses]),
      podsTerminated: new Map([...lost.podsTerminated, ...newer.podsTerminated]),
      volumesRemoved: new Map([...lost.volumesRemoved, ...newer.volumesRemoved]),
      events: new Map([...lost.events, ...newer.events]),
    };
  }

  #isEmpty(): boolean {
    const { nodeStatus, podStatuses, podsTerminated, volumesRemoved, events } = this.#waiting;
    const size = podStatuses.size + podsTerminated.size + volumesRemoved.size + events.size;
    return this.#underWay === undefined && nodeStatus === undefined && size === 0;
  }

  #split(): Batch {
    const batch = newBatch();
    batch.nodeStatus = this.#waiting.nodeStatus;
    this.#waiting.nodeStatus = undefined;
    move(this.#waiting.podStatuses, batch.podStatuses, () => true);
    // A pod's last status goes before, or with, the word that it is gone.
    move(
      this.#waiting.podsTerminated,
      batch.podsTerminated,
      (uid) => !this.#waiting.podStatuses.has(uid),
    );
    move(this.#waiting.volumesRemoved, batch.volumesRemoved, () => true);
    move(this.#waiting.events, batch.events, () => true);
    return batch;
  }
}

function move<V>(from: Map<string, V>, to: Map<string, V>, may: (key: string) => boolean): void {
  for (const [key, value] of from) {
    if (to.size >= MAX_ENTRIES) return;
    if (!may(key)) continue;
    from.delete(key);
    to.set(key, value);
  }
}
