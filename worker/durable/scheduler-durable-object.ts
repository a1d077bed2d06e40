import { DurableObject } from 'cloudflare:workers';
import { eq } from 'drizzle-orm';
import { drizzle, type DrizzleSqliteDODatabase } from 'drizzle-orm/durable-sqlite';
import { migrate } from 'drizzle-orm/durable-sqlite/migrator';
import { migrations } from '../../migrations/scheduler/migrations.generated.ts';
import { as, type Node } from '../reconcile/kinds.ts';
import { placeBatch } from '../reconcile/scheduler/place-batch.ts';
import { heedsPods } from '../reconcile/scheduler/pod-request.ts';
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

/** What a request changed for the pods that wait: a pod more on a node, or anything else. */
type Change = 'none' | 'added' | 'any';

/** One per cluster: knows what every node has and what is taken, and places pods in batches. */
export class SchedulerDurableObject extends DurableObject<Env> {
  readonly #db: DrizzleSqliteDODatabase;
  #table: LedgerTable | null = null;
  /** Namespaces that were put down as waiting while their store was being told to try again. */
  readonly #waitsAgain = new Set<string>();
  /** Namespaces that became due once more in that time. */
  readonly #dueAgain = new Set<string>();
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
    const { change, answer } = this.#transaction(() => this.#settle(request));
    if (change !== 'none') await this.#wakeWaiting(change);
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
    if (changed) await this.#wakeWaiting('any');
  }

  #settle(request: SettleRequest): { change: Change; answer: SettleAnswer } {
    const table = this.#ledger();
    const { namespace, namespaceLabels, place, account, release } = request;
    const isRelabelled =
      namespaceLabels !== undefined && table.setNamespace(namespace, namespaceLabels);
    const isFreed = release.filter((uid) => table.release(uid)).length > 0;
    const accounted = account.map((pod) => table.account(pod.uid, pod.nodeName, pod.footprint));
    const { bindings, unschedulable } = placeBatch(table.ledger, place, this.#seed++);
    const requests = new Map(place.map((pod) => [pod.uid, pod]));
    for (const { podUID, nodeName } of bindings) {
      const footprint = requests.get(podUID)?.footprint;
      if (footprint !== undefined) table.saveReservation(podUID, nodeName, footprint);
    }
    if (unschedulable.length > 0) {
      this.ctx.storage.kv.put(CLUSTER, request.cluster);
      const refused = unschedulable.flatMap(({ podUID }) => requests.get(podUID) ?? []);
      this.#wait(namespace, refused.some(heedsPods));
    }
    const isOther = isRelabelled || isFreed || accounted.includes('changed');
    const isMore = bindings.length > 0 || accounted.includes('added');
    return {
      change: isOther ? 'any' : isMore ? 'added' : 'none',
      answer: { bindings, unschedulable },
    };
  }

  /** Puts a namespace down as waiting for what comes; what is due stays due. */
  #wait(namespace: string, heeds: boolean): void {
    this.#waitsAgain.add(namespace);
    const set = heeds ? { heedsPods: 1 } : { namespace };
    this.#db
      .insert(waiting)
      .values({ namespace, heedsPods: heeds ? 1 : 0, due: 0 })
      .onConflictDoUpdate({ target: waiting.namespace, set })
      .run();
  }

  /** Tells the stores whose pods found no node that there may be one. */
  override async alarm(): Promise<void> {
    const due = this.#db.select().from(waiting).where(eq(waiting.due, 1)).all();
    const woken = await Promise.all(due.map(({ namespace }) => this.#wake(namespace)));
    if (woken.includes(false)) await this.ctx.storage.setAlarm(Date.now() + RETRY_MS);
  }

  /**
   * Makes those due that the change may help: a pod more on a node helps only who has to be near or
   * apart from others. The alarm, not a timer: pods must not wait for ever because the process died
   * in between.
   */
  async #wakeWaiting(change: Exclude<Change, 'none'>): Promise<void> {
    const helped = change === 'any' ? undefined : eq(waiting.heedsPods, 1);
    const due = this.#db.update(waiting).set({ due: 1 }).where(helped).returning().all();
    for (const { namespace } of due) this.#dueAgain.add(namespace);
    if (due.length > 0 && (await this.ctx.storage.getAlarm()) === null) {
      await this.ctx.storage.setAlarm(Date.now() + WAKE_DELAY_MS);
    }
  }

  /** False when the store could not be told. */
  async #wake(namespace: string): Promise<boolean> {
    const scope = { cluster: this.ctx.storage.kv.get<string>(CLUSTER) ?? '', namespace };
    this.#waitsAgain.delete(namespace);
    this.#dueAgain.delete(namespace);
    try {
      await storeStub(this.env, scope).retryUnscheduled(scope);
    } catch (error) {
      logError('waiting pods were not woken', error, { namespace });
      return false;
    }
    const row = eq(waiting.namespace, namespace);
    // The store may have asked already, and have been told once more that there is no node.
    if (!this.#waitsAgain.has(namespace)) this.#db.delete(waiting).where(row).run();
    else if (!this.#dueAgain.has(namespace)) {
      this.#db.update(waiting).set({ due: 0 }).where(row).run();
    }
    return true;
  }

  #ledger(): LedgerTable {
    if (this.#table === null) throw new Error('the ledger is not loaded');
    return this.#table;
  }
}
