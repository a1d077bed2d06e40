import { and, asc, eq, lte, min, sql } from 'drizzle-orm';
import type { DrizzleSqliteDODatabase } from 'drizzle-orm/durable-sqlite';
import { workqueue } from '../schema/store.ts';
import { backoffMs } from './backoff.ts';

/** A key taken from the queue. */
export interface QueueItem {
  readonly worker: string;
  readonly key: string;
  readonly attempts: number;
  /** Grows with every enqueue: tells whether the key became due again during a run. */
  readonly ticket: number;
}

/** Texts kept of a failure, in characters. */
const MAX_FAILURE_CHARACTERS = 2_000;

/**
 * Due keys of planners and effects, kept in SQLite so that a key outlives the process from the
 * commit that made it due until its work is done. A key stands in the queue once; enqueueing it
 * again only brings it forward. The in-memory mirror spares the write for keys that wait already.
 */
export class WorkQueue {
  readonly #statements: ReturnType<typeof prepare>;
  /** Keys known to be in the table and not being worked on, and when they are due; 0 for at once. */
  readonly #waiting = new Map<string, number>();
  /** Workers that have nothing to do before a time; one that is missing may have at any. */
  readonly #idleUntil = new Map<string, number>();

  constructor(db: DrizzleSqliteDODatabase) {
    this.#statements = prepare(db);
  }

  enqueue(worker: string, key: string, dueAt: number, nowMs: number): void {
    const id = `${worker}\n${key}`;
    const effective = dueAt <= nowMs ? 0 : dueAt;
    const known = this.#waiting.get(id);
    if (known !== undefined && known <= effective) return;
    this.#statements.enqueue.run({ worker, key, dueAt });
    this.#waiting.set(id, effective);
    this.#wake(worker, dueAt);
  }

  /** Keys of a worker that are due, oldest first. They stay in the table until `done`. */
  due(worker: string, nowMs: number, limit: number): QueueItem[] {
    if (nowMs < (this.#idleUntil.get(worker) ?? 0)) return [];
    const items = this.#statements.due.all({ worker, nowMs, limit });
    if (items.length === 0) {
      const next = this.#statements.nextOf.get({ worker })?.dueAt;
      this.#idleUntil.set(worker, next ?? Number.POSITIVE_INFINITY);
    }
    return items;
  }

  /** Whether a worker has any key, due or not. */
  has(worker: string): boolean {
    return this.due(worker, Number.MAX_SAFE_INTEGER, 1).length > 0;
  }

  /** Marks a key as being worked on: an enqueue from here on is a new reason to run. */
  start(item: QueueItem): void {
    this.#waiting.delete(`${item.worker}\n${item.key}`);
  }

  /** Ends a run that succeeded. A key that became due again meanwhile stays. */
  done(item: QueueItem): void {
    const { worker, key, ticket } = item;
    this.#statements.done.run({ worker, key, ticket });
    if (item.attempts > 0) this.#statements.forgive.run({ worker, key });
  }

  /** Ends a run that failed: the key comes back after a jittered backoff. `random` in [0, 1). */
  retry(item: QueueItem, failure: string, nowMs: number, random: number): void {
    const dueAt = nowMs + backoffMs(item.attempts, random);
    this.#statements.retry.run({
      worker: item.worker,
      key: item.key,
      dueAt,
      failure: failure.slice(0, MAX_FAILURE_CHARACTERS),
    });
    this.#wake(item.worker, dueAt);
  }

  /** Puts a key off that waits for something outside: no failure, and no backoff. */
  postpone(item: QueueItem, dueAt: number): void {
    this.#statements.postpone.run({ worker: item.worker, key: item.key, dueAt });
    this.#wake(item.worker, dueAt);
  }

  /** The text that the last `retry` of a key left, while the key is in the queue. */
  failure(worker: string, key: string): string | null {
    return this.#statements.failure.get({ worker, key })?.failure ?? null;
  }

  /** When the next key is due (ms since the epoch), null when the queue is empty. */
  nextDueAt(): number | null {
    return this.#statements.next.get()?.dueAt ?? null;
  }

  /** Forgets the mirror after a transaction that enqueued was rolled back. */
  reset(): void {
    this.#waiting.clear();
    this.#idleUntil.clear();
  }

  #wake(worker: string, dueAt: number): void {
    const idleUntil = this.#idleUntil.get(worker);
    if (idleUntil !== undefined && dueAt < idleUntil) this.#idleUntil.set(worker, dueAt);
  }
}

function prepare(db: DrizzleSqliteDODatabase) {
  const worker = sql.placeholder('worker');
  const key = sql.placeholder('key');
  const dueAt = sql.placeholder('dueAt');
  const thisKey = and(eq(workqueue.worker, worker), eq(workqueue.key, key));
  return {
    enqueue: db
      .insert(workqueue)
      .values({ worker, key, dueAt, attempts: 0, ticket: 0 })
      .onConflictDoUpdate({
        target: [workqueue.worker, workqueue.key],
        set: {
          dueAt: sql`min(${workqueue.dueAt}, excluded.due_at)`,
          ticket: sql`${workqueue.ticket} + 1`,
        },
      })
      .prepare(),
    due: db
      .select({
        worker: workqueue.worker,
        key: workqueue.key,
        attempts: workqueue.attempts,
        ticket: workqueue.ticket,
      })
      .from(workqueue)
      .where(and(eq(workqueue.worker, worker), lte(workqueue.dueAt, sql.placeholder('nowMs'))))
      .orderBy(asc(workqueue.dueAt))
      .limit(sql.placeholder('limit'))
      .prepare(),
    done: db
      .delete(workqueue)
      .where(and(thisKey, eq(workqueue.ticket, sql.placeholder('ticket'))))
      .prepare(),
    forgive: db.update(workqueue).set({ attempts: 0, failure: null }).where(thisKey).prepare(),
    retry: db
      .update(workqueue)
      .set({
        dueAt: sql`${dueAt}`,
        attempts: sql`${workqueue.attempts} + 1`,
        failure: sql`${sql.placeholder('failure')}`,
      })
      .where(thisKey)
      .prepare(),
    postpone: db
      .update(workqueue)
      .set({ dueAt: sql`${dueAt}` })
      .where(thisKey)
      .prepare(),
    failure: db.select({ failure: workqueue.failure }).from(workqueue).where(thisKey).prepare(),
    next: db
      .select({ dueAt: min(workqueue.dueAt) })
      .from(workqueue)
      .prepare(),
    nextOf: db
      .select({ dueAt: min(workqueue.dueAt) })
      .from(workqueue)
      .where(eq(workqueue.worker, worker))
      .prepare(),
  };
}
