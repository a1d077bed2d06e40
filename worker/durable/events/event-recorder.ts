import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { formatTime } from '../../../apimachinery/meta.ts';
import type { EventText } from '../../reconcile/planner.ts';
import type { StoreContext } from '../store/store-context.ts';

/** Series kept for counting repeats; an older one starts a new Event when it comes again. */
const MAX_SERIES = 4_096;
/** Bound of an Event's message, as upstream validates it. */
const MAX_MESSAGE = 1_024;

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
 * Writes Events the way client-go's recorder does: an occurrence that repeats one of the same
 * source, subject, type, reason and message raises the count of its Event. Inside a transaction.
 */
export class EventRecorder {
  readonly #context: StoreContext;
  readonly #series = new Map<string, Series>();

  constructor(context: StoreContext) {
    this.#context = context;
  }

  record(occurrence: Occurrence): void {
    const { commits, namespace, now, identities } = this.#context;
    const home = commits.read({ resource: 'namespaces', name: namespace });
    // A namespace that goes away takes no new content, events no more than the rest.
    if (home === null || home.metadata.deletionTimestamp !== undefined) return;
    const nowText = formatTime(now());
    const first = occurrence.firstTimestamp ?? nowText;
    const last = occurrence.lastTimestamp ?? nowText;
    const count = occurrence.count ?? 1;
    const message = occurrence.message.slice(0, MAX_MESSAGE);
    const key = seriesKey(occurrence, message);
    const series = this.#series.get(key);
    const before =
      series === undefined ? null : commits.read({ resource: 'events', name: series.name });
    if (series !== undefined && before !== null) {
      // A reporter that counts by itself says how many since its own first one.
      const goesOn = occurrence.firstTimestamp === series.firstTimestamp && series.counted;
      const base = goesOn ? series.base : Number(before['count'] ?? 0);
      const total = base + count;
      const after = {
        ...before,
        metadata: { ...before.metadata },
        count: total,
        lastTimestamp: last,
      };
      commits.put('events', after, before);
      this.#remember(key, {
        ...series,
        firstTimestamp: first,
        base,
        counted: isCounted(occurrence),
      });
      return;
    }
    const uid = identities.uid();
    const eventName = `${occurrence.subject.name.slice(0, 200)}.${uid.replaceAll('-', '').slice(0, 16)}`;
    const { source, subject } = occurrence;
    commits.put(
      'events',
      {
        kind: 'Event',
        apiVersion: 'v1',
        metadata: { name: eventName, namespace, uid, creationTimestamp: nowText },
        involvedObject: { ...subject },
        reason: occurrence.reason,
        message,
        source: { ...source },
        firstTimestamp: first,
        lastTimestamp: last,
        count,
        type: occurrence.type,
        eventTime: null,
        reportingComponent: source.component,
        reportingInstance: source.host ?? '',
      },
      null,
    );
    this.#remember(key, {
      name: eventName,
      firstTimestamp: first,
      base: 0,
      counted: isCounted(occurrence),
    });
  }

  #remember(key: string, series: Series): void {
    this.#series.delete(key);
    this.#series.set(key, series);
    for (const oldest of this.#series.keys()) {
      if (this.#series.size <= MAX_SERIES) break;
      this.#series.delete(oldest);
    }
  }
}

const isCounted = (occurrence: Occurrence) => occurrence.firstTimestamp !== undefined;

function seriesKey(occurrence: Occurrence, message: string): string {
  const { source, subject, type, reason } = occurrence;
  return [
    source.component,
    source.host ?? '',
    subject.kind,
    subject.name,
    subject.uid,
    subject.fieldPath ?? '',
    type,
    reason,
    message,
  ].join('\n');
}
