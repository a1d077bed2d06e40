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

/** What a list holds in memory at a time: so many rows read, and about so many characters. */
const ROWS_PER_READ = 200;
const CHARACTERS_PER_READ = 2 * 1024 * 1024;
/** Of a resource that may hold the largest objects, before their size is known. */
const ROWS_OF_FIRST_READ = 20;
/** A page ends here, however high its limit: it goes out in one piece. */
const CHARACTERS_PER_PAGE = 8 * 1024 * 1024;

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
      const first = take(rows, ROWS_PER_READ, CHARACTERS_PER_READ);
      const next = rows.next();
      if (next.done === true) {
        return { ok: true, revision, continueAfter: '', body: joined(first, request.separator) };
      }
      const body = streamed([...first, next.value], rows, request.separator);
      return { ok: true, revision, continueAfter: '', body };
    }
    const page = take(rows, request.limit, CHARACTERS_PER_PAGE);
    const more = page.length > 0 && rows.next().done !== true;
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
  let limit = ROWS_OF_FIRST_READ;
  for (;;) {
    const rows = context.store.list(request.resource, { after, limit, revision });
    for (const row of rows) if (selector.matches(row.attributes)) yield row;
    const last = rows.at(-1);
    if (last === undefined || rows.length < limit) return undefined;
    after = last.name;
    const characters = rows.reduce((sum, row) => sum + row.value.length, 0);
    const fitting = Math.floor(CHARACTERS_PER_READ / (characters / rows.length));
    limit = Math.min(ROWS_PER_READ, Math.max(1, fitting));
  }
}

/** The next rows: at most `count`, and none behind the one that makes up `characters`. */
function take(
  source: Iterator<StoredObject, undefined>,
  count: number,
  characters: number,
): StoredObject[] {
  const taken: StoredObject[] = [];
  let size = 0;
  while (taken.length < count && size < characters) {
    const next = source.next();
    if (next.done === true) break;
    taken.push(next.value);
    size += next.value.value.length;
  }
  return taken;
}

const joined = (rows: StoredObject[], separator: string) =>
  rows.map((row) => row.value).join(separator);

/** A byte stream that reads on only when what it gave was taken. */
function streamed(
  first: StoredObject[],
  rest: Iterator<StoredObject, undefined>,
  separator: string,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let pending: StoredObject[] | null = first;
  return new ReadableStream(
    {
      type: 'bytes',
      pull(controller: ReadableByteStreamController) {
        const rows = pending ?? take(rest, ROWS_PER_READ, CHARACTERS_PER_READ);
        if (rows.length === 0) {
          controller.close();
          return;
        }
        const lead = pending === null ? separator : '';
        pending = null;
        controller.enqueue(encoder.encode(lead + joined(rows, separator)));
      },
    },
    { highWaterMark: 0 },
  );
}
