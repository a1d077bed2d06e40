import { newExpired } from '../../../../apimachinery/status-error.ts';
import { HISTORY_MS } from '../../storage/compaction.ts';
import { requireReachable } from '../../storage/reachable-revision.ts';
import type { StoredObject } from '../../storage/revision-store.ts';
import { selectorOf, type Selector } from '../../watch/selector.ts';
import type { ListAnswer, ListRequest } from '../protocol.ts';
import { answer, type StoreContext } from '../store-context.ts';

const EXPIRED_REVISION = 'The resourceVersion for the provided list is too old.';
const EXPIRED_CONTINUE =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';

/** Rows read from SQLite at a time; bounds what a list holds in memory. */
const ROWS_PER_READ = 200;

/**
 * Lists at one revision: the one asked for, or the present. Long lists are streamed a few rows at
 * a time, as fast as they are taken, out of the same snapshot.
 */
export function listVerb(context: StoreContext, request: ListRequest): ListAnswer {
  return answer(() => {
    const selector = selectorOf(request.labelSelector, request.fieldSelector);
    const revision = snapshotRevision(context, request);
    const rows = matchingRows(context, request, selector, revision);
    if (request.limit === 0) {
      const first = [...take(rows, ROWS_PER_READ)];
      if (first.length < ROWS_PER_READ) {
        return { ok: true, revision, continueAfter: '', body: joined(first, request.separator) };
      }
      return { ok: true, revision, continueAfter: '', body: streamed(first, rows, request) };
    }
    const page = [...take(rows, request.limit)];
    const more = page.length === request.limit && !rows.next().done;
    const last = page.at(-1)?.name ?? '';
    return {
      ok: true,
      revision,
      continueAfter: more ? last : '',
      ...(more && selector.matchesAll
        ? { remaining: context.store.count(request.resource, { after: last, revision }) }
        : {}),
      body: joined(page, request.separator),
    };
  });
}

/** Checks that a revision can be read, and closes the past up to it. */
function snapshotRevision(context: StoreContext, request: ListRequest): number {
  const revision = request.revision ?? request.notBefore;
  if (revision === undefined) return context.clock.current();
  requireReachable(revision, context.clock.current(), context.now());
  if (request.revision !== undefined) checkHistory(context, request, request.revision);
  context.clock.advanceTo(revision);
  return request.revision ?? context.clock.current();
}

/** The age of a list counts, not that of its revision: that of a quiet resource is always old. */
function checkHistory(context: StoreContext, request: ListRequest, revision: number): void {
  const { begunAt } = request;
  const tooOld = begunAt !== undefined && begunAt < context.now() - HISTORY_MS;
  if (!tooOld && revision >= context.store.compactRevision(request.resource)) return;
  throw newExpired(begunAt === undefined ? EXPIRED_REVISION : EXPIRED_CONTINUE);
}

function* matchingRows(
  context: StoreContext,
  request: ListRequest,
  selector: Selector,
  revision: number,
): Generator<StoredObject, undefined> {
  let { after } = request;
  for (;;) {
    const rows = context.store.list(request.resource, { after, limit: ROWS_PER_READ, revision });
    for (const row of rows) if (selector.matches(row.attributes)) yield row;
    const last = rows.at(-1);
    if (last === undefined || rows.length < ROWS_PER_READ) return undefined;
    after = last.name;
  }
}

function* take<T>(source: Iterator<T, undefined>, count: number): Generator<T> {
  for (let taken = 0; taken < count; taken++) {
    const next = source.next();
    if (next.done === true) return;
    yield next.value;
  }
}

const joined = (rows: StoredObject[], separator: string) =>
  rows.map((row) => row.value).join(separator);

/** A byte stream that reads on only when what it gave was taken. */
function streamed(
  first: StoredObject[],
  rest: Iterator<StoredObject, undefined>,
  request: ListRequest,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let pending: StoredObject[] | null = first;
  return new ReadableStream(
    {
      type: 'bytes',
      pull(controller: ReadableByteStreamController) {
        const rows = pending ?? [...take(rest, ROWS_PER_READ)];
        if (rows.length === 0) {
          controller.close();
          return;
        }
        const lead = pending === null ? request.separator : '';
        pending = null;
        controller.enqueue(encoder.encode(lead + joined(rows, request.separator)));
      },
    },
    { highWaterMark: 0 },
  );
}
