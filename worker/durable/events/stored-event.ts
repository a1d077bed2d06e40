import type { RevisionStore } from '../storage/revision-store.ts';
import type { EventSource, EventSubject } from './event-recorder.ts';

/** Events of one object that are looked at, oldest first; what is beyond counts anew. */
const MAX_LOOKED_AT = 64;

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
  const rows = store.list('events', { after: prefix, limit: MAX_LOOKED_AT });
  for (const { name, attributes, value } of rows) {
    if (!name.startsWith(prefix)) return null;
    const { fields } = attributes;
    if (fields['involvedObject.uid'] !== identity.subject.uid) continue;
    if (fields['reason'] !== identity.reason) continue;
    const event = JSON.parse(value) as Partial<StoredEvent>;
    if (isOf(event, identity)) return event as StoredEvent;
  }
  return null;
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
