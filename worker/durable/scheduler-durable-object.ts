import { DurableObject } from 'cloudflare:workers';
import { eq } from 'drizzle-orm';
import { drizzle, type DrizzleSqliteDODatabase } from 'drizzle-orm/durable-sqlite';
import { migrate } from 'drizzle-orm/durable-sqlite/migrator';
import { migrations } from '../../migrations/scheduler/migrations.generated.ts';
import type { Node } from '../reconcile/kinds.ts';
import { placeBatch } from '../reconcile/scheduler/place-batch.ts';
import type { Env } from './env.ts';
import { logError } from './log.ts';
import { LedgerTable } from './scheduler/ledger-table.ts';
import type { NodeUpdate, SettleAnswer, SettleRequest } from './scheduler/protocol.ts';
import { waiting } from './schema/scheduler.ts';
import { storeStub } from './stubs.ts';

/** Room that comes free in quick succession wakes the waiting pods once. Milliseconds. */
const WAKE_DELAY_MS = 50;

/** One per cluster: knows what every node has and what is taken, and places pods in batches. */
export class SchedulerDurableObject extends DurableObject<Env> {
  readonly #db: DrizzleSqliteDODatabase;
  #table: LedgerTable | null = null;
  #wakeScheduled = false;
  /** Turns with every batch, so that equally good nodes take turns. */
  #seed = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#db = drizzle(ctx.storage);
    void ctx.blockConcurrencyWhile(async () => {
      await migrate(this.#db, migrations);
      this.#table = new LedgerTable(this.#db);
    });
  }

  /**
   * Releases, accounts and places, in this order, in one turn. Asking again for a pod that has a
   * reservation gives the same node again, so that a lost answer costs nothing.
   */
  async settle(request: SettleRequest): Promise<SettleAnswer> {
    const freed = request.release.filter((uid) => this.#ledger().release(uid)).length > 0;
    const answer = this.ctx.storage.transactionSync(() => this.#settle(request));
    if (freed) this.#wakeWaiting(request.cluster);
    return answer;
  }

  /** Takes a node's new state, or that it is gone. */
  async setNode({ cluster, name, node }: NodeUpdate): Promise<void> {
    if (node === null) {
      this.#ledger().removeNode(name);
      return;
    }
    const revision = Number(node.metadata.resourceVersion ?? 0);
    const changed = this.#ledger().setNode(name, revision, node as unknown as Node);
    if (changed) this.#wakeWaiting(cluster);
  }

  #settle(request: SettleRequest): SettleAnswer {
    const table = this.#ledger();
    for (const { uid, nodeName, footprint } of request.account) {
      if (table.ledger.nodeOf(uid) === nodeName) continue;
      table.ledger.reserve(uid, nodeName, footprint);
      table.saveReservation(uid, nodeName, footprint);
    }
    const { bindings, unschedulable } = placeBatch(table.ledger, request.place, this.#seed++);
    const footprints = new Map(request.place.map(({ uid, footprint }) => [uid, footprint]));
    for (const { podUID, nodeName } of bindings) {
      const footprint = footprints.get(podUID);
      if (footprint !== undefined) table.saveReservation(podUID, nodeName, footprint);
    }
    if (unschedulable.length > 0) {
      this.#db.insert(waiting).values({ namespace: request.namespace }).onConflictDoNothing().run();
    }
    return { bindings, unschedulable };
  }

  /** Tells the stores with pods that found no room that there may be some. */
  #wakeWaiting(cluster: string): void {
    if (this.#wakeScheduled) return;
    this.#wakeScheduled = true;
    setTimeout(() => {
      this.#wakeScheduled = false;
      for (const { namespace } of this.#db.select().from(waiting).all()) {
        this.ctx.waitUntil(this.#wake(cluster, namespace));
      }
    }, WAKE_DELAY_MS);
  }

  async #wake(cluster: string, namespace: string): Promise<void> {
    const scope = { cluster, namespace };
    this.#db.delete(waiting).where(eq(waiting.namespace, namespace)).run();
    try {
      await storeStub(this.env, scope).retryUnscheduled(scope);
    } catch (error) {
      logError('waiting pods were not woken', error, { namespace });
      this.#db.insert(waiting).values({ namespace }).onConflictDoNothing().run();
    }
  }

  #ledger(): LedgerTable {
    if (this.#table === null) throw new Error('the ledger is not loaded');
    return this.#table;
  }
}
