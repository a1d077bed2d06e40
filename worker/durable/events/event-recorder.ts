import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { formatTime } from '../../../apimachinery/meta.ts';
import type { EventText } from '../../reconcile/planner.ts';
import { EventCorrelator, type Correlated } from './event-correlator.ts';
import { findStoredEvent, hasEvents } from './stored-event.ts';
import type { StoreContext } from '../store/store-context.ts';

/** Series kept for counting repeats; an older one starts a new Event when it comes again. */
const MAX_SERIES = 4_096;
/** Bound of an Event's message, as upstream validates it. */
const MAX_MESSAGE = 1_024;
const MAX_SUBJECT_IN_NAME = 200;
const NANOSECONDS_PER_MS = 1_000_000n;

/** What an Event is about, the wire's ObjectReference. */
export interface EventSubject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion?: string;
  readonly fieldPath?: string;
}

export interface EventSource {
  readonly component: string;
  readonly host?: string;
}

export interface Occurrence extends EventText {
  readonly subject: EventSubject;
  readonly source: EventSource;
  /** RFC 3339; the present where absent. */
  readonly firstTimestamp?: string;
  readonly lastTimestamp?: string;
  /** How many occurrences there were since `firstTimestamp`, 1 where absent. */
  readonly count?: number;
}

/** Occurrences that go into one Event. */
interface Series {
  readonly name: string;
  /** Of the reporter's count that goes on. */
  readonly firstTimestamp: string;
  /** What the Event counted before that. */
  readonly base: number;
  /** Whether the reporter counts by itself. */
  readonly counted: boolean;
  readonly subject: string;
}

export function subjectOf(object: KubernetesObject): EventSubject {
  const { metadata } = object;
  return {
    apiVersion: object.apiVersion ?? '',
    kind: object.kind ?? '',
    namespace: metadata.namespace ?? '',
    name: metadata.name ?? '',
    uid: metadata.uid ?? '',
    ...(metadata.resourceVersion === undefined
      ? {}
      : { resourceVersion: metadata.resourceVersion }),
  };
}

/**
 * Writes Events the way client-go's recorder does: occurrences that the correlator gives one key
 * are one Event, whose count and last message follow them. Inside a transaction.
 */
export class EventRecorder {
  readonly #context: StoreContext;
  readonly #correlator = new EventCorrelator();
  readonly #series = new Map<string, Series>();
  /** Subjects of which every Event that there may be is among the series. */
  readonly #complete = new Set<string>();
  #lastName = 0n;

  constructor(context: StoreContext) {
    this.#context = context;
  }

  record(occurrence: Occurrence): void {
    const { commits, namespace } = this.#context;
    const home = commits.read({ resource: 'namespaces', name: namespace });
    // A namespace that goes away takes no new content, events no more than the rest.
    if (home === null || home.metadata.deletionTimestamp !== undefined) return;
    const correlated = this.#correlate(occurrence);
    if (correlated === null) return;
    const message = correlated.message.slice(0, MAX_MESSAGE);
    const series = this.#series.get(correlated.key) ?? this.#recall(occurrence, message);
    const before = series === null ? null : commits.read({ resource: 'events', name: series.name });
    const next =
      series !== null && before !== null
        ? this.#repeat(occurrence, message, series, before)
        : this.#create(occurrence, message);
    this.#remember(correlated.key, next);
  }

  /** Keeps the series in order of their last use, and their number bounded. */
  #remember(key: string, series: Series): void {
    this.#series.delete(key);
    this.#series.set(key, series);
    for (const [oldest, { subject }] of this.#series) {
      if (this.#series.size <= MAX_SERIES) break;
      this.#series.delete(oldest);
      this.#complete.delete(subject);
    }
  }

  /** The series of an Event that was written before the store slept. */
  #recall(occurrence: Occurrence, message: string): Series | null {
    const { store } = this.#context;
    const subject = subjectKey(occurrence.subject);
    if (this.#complete.has(subject)) return null;
    const prefix = eventPrefix(occurrence.subject.name);
    if (!hasEvents(store, prefix)) {
      this.#complete.add(subject);
      return null;
    }
    const event = findStoredEvent(store, prefix, { ...occurrence, message });
    if (event === null) return null;
    const counted = isCounted(occurrence);
    const { first, count } = this.#timesOf(occurrence);
    // A reporter that began before the Event's last occurrence has counted that one, too.
    const goesOn = counted && first <= event.lastTimestamp;
    const total = event.count;
    const base = first === event.firstTimestamp ? 0 : Math.max(0, total + 1 - count);
    return {
      name: event.metadata.name,
      firstTimestamp: goesOn ? first : '',
      base: goesOn ? base : total,
      counted,
      subject,
    };
  }

  /** Nodes count and combine by themselves: what they send is one series each. */
  #correlate(occurrence: Occurrence): Correlated | null {
    const { source, subject, type, reason, message } = occurrence;
    const { kind, name, uid, fieldPath = '' } = subject;
    const traits = {
      source: `${source.component}/${source.host ?? ''}`,
      subject: [kind, name, uid, fieldPath].join('/'),
      type,
      reason,
      message,
    };
    return isCounted(occurrence)
      ? { key: Object.values(traits).join('\n'), message }
      : this.#correlator.correlate(traits, this.#context.now());
  }

  #repeat(
    occurrence: Occurrence,
    message: string,
    series: Series,
    before: KubernetesObject,
  ): Series {
    const { first, last, count } = this.#timesOf(occurrence);
    // A reporter that counts by itself says how many since its own first one.
    const goesOn = series.counted && first === series.firstTimestamp;
    const base = goesOn ? series.base : Number(before['count'] ?? 0);
    const after = {
      ...before,
      metadata: { ...before.metadata },
      message,
      count: base + count,
      lastTimestamp: last,
    };
    this.#context.commits.put('events', after, before);
    return { ...series, firstTimestamp: first, base, counted: isCounted(occurrence) };
  }

  #create(occurrence: Occurrence, message: string): Series {
    const { namespace, identities, now, commits } = this.#context;
    const { first, last, count } = this.#timesOf(occurrence);
    const { source, subject, reason, type } = occurrence;
    const uid = identities.uid();
    const name = this.#nextName(subject.name);
    const event = {
      kind: 'Event',
      apiVersion: 'v1',
      metadata: { name, namespace, uid, creationTimestamp: formatTime(now()) },
      involvedObject: { ...subject },
      reason,
      message,
      source: { ...source },
      firstTimestamp: first,
      lastTimestamp: last,
      count,
      type,
      eventTime: null,
      reportingComponent: source.component,
      reportingInstance: source.host ?? '',
    };
    commits.put('events', event, null);
    const counted = isCounted(occurrence);
    return { name, firstTimestamp: first, base: 0, counted, subject: subjectKey(subject) };
  }

  /**
   * The subject's name and a time in hexadecimal nanoseconds that only grows, as upstream's
   * recorder makes it: Events of the same second are listed in the order of their writing.
   */
  #nextName(subject: string): string {
    const now = BigInt(this.#context.now()) * NANOSECONDS_PER_MS;
    this.#lastName = now > this.#lastName ? now : this.#lastName + 1n;
    return eventPrefix(subject) + this.#lastName.toString(16);
  }

  #timesOf(occurrence: Occurrence): { first: string; last: string; count: number } {
    const now = formatTime(this.#context.now());
    const { firstTimestamp = now, lastTimestamp = now, count = 1 } = occurrence;
    return { first: firstTimestamp, last: lastTimestamp, count };
  }
}

const subjectKey = ({ kind, name, uid }: EventSubject) => `${kind}/${name}/${uid}`;

const eventPrefix = (subject: string) => `${subject.slice(0, MAX_SUBJECT_IN_NAME)}.`;

const isCounted = (occurrence: Occurrence) => occurrence.firstTimestamp !== undefined;
