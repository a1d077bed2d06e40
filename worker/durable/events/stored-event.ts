import type { RevisionStore, StoredObject } from '../storage/revision-store.ts';
import type { EventSource, EventSubject } from './event-recorder.ts';

/** Events of one object that are looked at, oldest first; what is beyond counts anew. */
const MAX_LOOKED_AT = 64;
/** Most objects that an event comes of have none or few others: little is read for nothing. */
const ROWS_PER_READ = 4;

/** What occurrences that go into one Event have in common. */
export interface EventIdentity {
  readonly subject: EventSubject;
  readonly source: EventSource;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}

/** An Event as the recorder writes it. */
export interface StoredEvent {
  readonly metadata: { readonly name: string };
  readonly involvedObject: EventSubject;
  readonly source: EventSource;
  readonly type: string;
  readonly message: string;
  readonly firstTimestamp: string;
  readonly lastTimestamp: string;
  readonly count: number;
}

/**
 * The Event that an occurrence repeats, for a recorder that has just woken: a store that slept has
 * forgotten its series, and what it wrote says what they were.
 *
 * @param prefix that the names of the subject's Events begin with.
 */
export function findStoredEvent(
  store: RevisionStore,
  prefix: string,
  identity: EventIdentity,
): StoredEvent | null {
  for (const { name, attributes, value } of eventsAfter(store, prefix)) {
    if (!name.startsWith(prefix)) return null;
    const { fields } = attributes;
    if (fields['involvedObject.uid'] !== identity.subject.uid) continue;
    if (fields['reason'] !== identity.reason) continue;
    const event = JSON.parse(value) as Partial<StoredEvent>;
    if (isOf(event, identity)) return event as StoredEvent;
  }
  return null;
}

/** Whether there is any Event whose name begins like this. */
export const hasEvents = (store: RevisionStore, prefix: string): boolean =>
  store.list('events', { after: prefix, limit: 1 })[0]?.name.startsWith(prefix) === true;

function* eventsAfter(store: RevisionStore, prefix: string): Generator<StoredObject> {
  let after = prefix;
  for (let looked = 0; looked < MAX_LOOKED_AT; looked += ROWS_PER_READ) {
    const rows = store.list('events', { after, limit: ROWS_PER_READ });
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < ROWS_PER_READ) return;
    after = last.name;
  }
}

function isOf(event: Partial<StoredEvent>, identity: EventIdentity): boolean {
  const { involvedObject: subject, source } = event;
  return (
    event.message === identity.message &&
    event.type === identity.type &&
    subject?.kind === identity.subject.kind &&
    (subject.fieldPath ?? '') === (identity.subject.fieldPath ?? '') &&
    source?.component === identity.source.component &&
    (source.host ?? '') === (identity.source.host ?? '') &&
    event.firstTimestamp !== undefined &&
    event.lastTimestamp !== undefined
  );
}
