import { formatTime } from '../../apimachinery/meta.ts';
import type { Clock } from '../clock.ts';
import type { PodIdentity } from '../runtime/container-runtime.ts';
import type { ReportedEvent, ReportQueue } from './report-queue.ts';

export type EventType = ReportedEvent['type'];
type Regarding = ReportedEvent['regarding'];

/** Distinct events whose counts are remembered; the one seen least recently is forgotten first. */
const MAX_REMEMBERED = 2000;
const MAX_MESSAGE_LENGTH = 1024;

/** Turns occurrences into events: equal ones become one event with a count. */
export class EventRecorder {
  readonly #clock: Clock;
  readonly #reports: ReportQueue;
  readonly #remembered = new Map<string, { firstTimestamp: string; count: number }>();

  constructor(clock: Clock, reports: ReportQueue) {
    this.#clock = clock;
    this.#reports = reports;
  }

  /** @param fieldPath as `spec.containers{web}`; absent for the pod as a whole */
  pod(
    pod: PodIdentity,
    type: EventType,
    reason: string,
    message: string,
    fieldPath?: string,
  ): void {
    const path = fieldPath === undefined ? {} : { fieldPath };
    this.#record({ kind: 'Pod', ...pod, ...path }, type, reason, message);
  }

  /** As kubelet has it, such events know the node by its name only. */
  node(name: string, type: EventType, reason: string, message: string): void {
    this.#record({ kind: 'Node', namespace: '', name, uid: name }, type, reason, message);
  }

  #record(regarding: Regarding, type: EventType, reason: string, text: string): void {
    const message = text.slice(0, MAX_MESSAGE_LENGTH);
    const lastTimestamp = formatTime(this.#clock.now());
    const key = JSON.stringify([regarding.uid, regarding.fieldPath, type, reason, message]);
    const before = this.#remembered.get(key);
    const firstTimestamp = before?.firstTimestamp ?? lastTimestamp;
    const count = (before?.count ?? 0) + 1;
    this.#remembered.delete(key);
    this.#remembered.set(key, { firstTimestamp, count });
    const oldest = this.#remembered.keys().next();
    if (this.#remembered.size > MAX_REMEMBERED && oldest.done !== true) {
      this.#remembered.delete(oldest.value);
    }
    const event = { regarding, type, reason, message, firstTimestamp, lastTimestamp, count };
    this.#reports.event(key, event);
  }
}
