import { DurableObject } from 'cloudflare:workers';
import { eq } from 'drizzle-orm';
import { drizzle, type DrizzleSqliteDODatabase } from 'drizzle-orm/durable-sqlite';
import { migrate } from 'drizzle-orm/durable-sqlite/migrator';
import { migrations } from '../../migrations/scheduler/migrations.generated.ts';
import { as, type Node } from '../reconcile/kinds.ts';
import { placeBatch } from '../reconcile/scheduler/place-batch.ts';
import type { Env } from './env.ts';
import { logError } from './log.ts';
import { LedgerTable } from './scheduler/ledger-table.ts';
import type { NodeUpdate, SettleAnswer, SettleRequest } from './scheduler/protocol.ts';
import { waiting } from './schema/scheduler.ts';
import { storeStub } from './stubs.ts';

/** Room that comes free in quick succession wakes the waiting pods once. Milliseconds. */
const WAKE_DELAY_MS = 50;
/** When a store that could not be told is told again. Milliseconds. */
const RETRY_MS = 5_000;
/** Under which the object keeps whose scheduler it is: an alarm brings no request that says so. */
const CLUSTER = 'cluster';

/** One per cluster: knows what every node has and what is taken, and places pods in batches. */
export class SchedulerDurableObject extends DurableObject<Env> {
  readonly #db: DrizzleSqliteDODatabase;
  #table: LedgerTable | null = null;
  /** Namespaces that were put down as waiting while their store was being told to try again. */
  readonly #waitsAgain = new Set<string>();
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
    const { freed, answer } = this.#transaction(() => ({
      freed: request.release.filter((uid) => this.#ledger().release(uid)).length > 0,
      answer: this.#settle(request),
    }));
    if (freed) await this.#wakeWaiting();
    return answer;
  }

  /** What is thrown out of it is undone in the rows, and so in the ledger, too. */
  #transaction<T>(step: () => T): T {
    try {
      return this.ctx.storage.transactionSync(step);
    } catch (error) {
      this.#table = new LedgerTable(this.#db);
      throw error;
    }
  }

  /** Takes a node's new state, or that it is gone. */
  async setNode({ name, node }: NodeUpdate): Promise<void> {
    if (node === null) {
      this.#ledger().removeNode(name);
      return;
    }
    const revision = Number(node.metadata.resourceVersion ?? 0);
    const changed = this.#ledger().setNode(name, revision, as<Node>(node));
    if (changed) await this.#wakeWaiting();
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
      this.#waitsAgain.add(request.namespace);
      this.ctx.storage.kv.put(CLUSTER, request.cluster);
      this.#db.insert(waiting).values({ namespace: request.namespace }).onConflictDoNothing().run();
    }
    return { bindings, unschedulable };
  }

  /** Tells the stores whose pods found no room that there may be some. */
  override async alarm(): Promise<void> {
    const namespaces = this.#db.select().from(waiting).all();
    const woken = await Promise.all(namespaces.map(({ namespace }) => this.#wake(namespace)));
    if (woken.includes(false)) await this.ctx.storage.setAlarm(Date.now() + RETRY_MS);
  }

  /** The alarm, not a timer: pods must not wait for ever because the process died in between. */
  async #wakeWaiting(): Promise<void> {
    const waits = this.#db.select().from(waiting).limit(1).get() !== undefined;
    if (waits && (await this.ctx.storage.getAlarm()) === null) {
      await this.ctx.storage.setAlarm(Date.now() + WAKE_DELAY_MS);
    }
  }

  /** False when the store could not be told. */
  async #wake(namespace: string): Promise<boolean> {
    const scope = { cluster: this.ctx.storage.kv.get<string>(CLUSTER) ?? '', namespace };
    this.#waitsAgain.delete(namespace);
    try {
      await storeStub(this.env, scope).retryUnscheduled(scope);
    } catch (error) {
      logError('waiting pods were not woken', error, { namespace });
      return false;
    }
    // The store may have asked already, and have been told once more that there is no room.
    if (!this.#waitsAgain.has(namespace)) {
      this.#db.delete(waiting).where(eq(waiting.namespace, namespace)).run();
    }
    return true;
  }

  #ledger(): LedgerTable {
    if (this.#table === null) throw new Error('the ledger is not loaded');
    return this.#table;
  }
}
