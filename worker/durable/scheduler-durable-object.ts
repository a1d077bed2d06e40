import { DurableObject } from 'cloudflare:workers';
import { eq } from 'drizzle-orm';
import { drizzle, type DrizzleSqliteDODatabase } from 'drizzle-orm/durable-sqlite';
import { migrate } from 'drizzle-orm/durable-sqlite/migrator';
import { migrations } from '../../migrations/scheduler/migrations.generated.ts';
import { as, type Node } from '../reconcile/kinds.ts';
import { placeBatch, type Placement } from '../reconcile/scheduler/place-batch.ts';
import { heedsPods, type PodRequest } from '../reconcile/scheduler/pod-request.ts';
import type { Env } from './env.ts';
import { logError } from './log.ts';
import { LedgerTable } from './scheduler/ledger-table.ts';
import { NodeStandings } from './scheduler/node-standings.ts';
import type { NodeUpdate, SettleAnswer, SettleRequest } from './scheduler/protocol.ts';
import { victims, waiting } from './schema/scheduler.ts';
import type { Scope } from './store/protocol.ts';
import { storeStub } from './stubs.ts';

/** Room that comes free in quick succession wakes the waiting pods once. Milliseconds. */
const WAKE_DELAY_MS = 50;
/** When a store that could not be told is told again. Milliseconds. */
const RETRY_MS = 5_000;
/** Under which the object keeps whose scheduler it is: an alarm brings no request that says so. */
const CLUSTER = 'cluster';

/** What a request changed for the pods that wait: a pod more on a node, or anything else. */
type Change = 'none' | 'added' | 'any';

interface Settled {
  readonly change: Change;
  /** Stores are to be told something: which pods have to go, or what nodes hold against theirs. */
  readonly isTelling: boolean;
  readonly answer: SettleAnswer;
}

/** One per cluster: knows what every node has and what is taken, and places pods in batches. */
export class SchedulerDurableObject extends DurableObject<Env> {
  readonly #db: DrizzleSqliteDODatabase;
  #table: LedgerTable | null = null;
  #standings: NodeStandings;
  /** Namespaces that were put down as waiting while their store was being told to try again. */
  readonly #waitsAgain = new Set<string>();
  /** Namespaces that became due once more in that time. */
  readonly #dueAgain = new Set<string>();
  /** Turns with every batch, so that equally good nodes take turns. */
  #seed = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#db = drizzle(ctx.storage);
    this.#standings = this.#newStandings();
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
    const { change, isTelling, answer } = this.#transaction(() => this.#settle(request));
    if (isTelling) await this.ctx.storage.setAlarm(Date.now());
    if (change !== 'none') await this.#wakeWaiting(change);
    return answer;
  }

  /** What is thrown out of it is undone in the rows, and so in the ledger, too. */
  #transaction<T>(step: () => T): T {
    try {
      return this.ctx.storage.transactionSync(step);
    } catch (error) {
      this.#table = new LedgerTable(this.#db);
      this.#standings = this.#newStandings();
      throw error;
    }
  }

  /** Takes a node's new state, or that it is gone. */
  async setNode({ cluster, name, node }: NodeUpdate): Promise<void> {
    const { changed, isTelling } = this.#transaction(() => {
      const changed = this.#setNode(name, node);
      const isTelling = this.#standings.changed(name);
      if (isTelling) this.ctx.storage.kv.put(CLUSTER, cluster);
      return { changed, isTelling };
    });
    if (isTelling) await this.ctx.storage.setAlarm(Date.now());
    if (changed) await this.#wakeWaiting('any');
  }

  /** False when nothing changed that pods which wait could fit by. */
  #setNode(name: string, node: NodeUpdate['node']): boolean {
    if (node === null) {
      this.#ledger().removeNode(name);
      return false;
    }
    const revision = Number(node.metadata.resourceVersion ?? 0);
    return this.#ledger().setNode(name, revision, as<Node>(node));
  }

  #settle(request: SettleRequest): Settled {
    const table = this.#ledger();
    const { namespace, facts, place, account, release } = request;
    const isRelabelled = facts !== undefined && table.setNamespace(namespace, facts);
    const left = release.flatMap((uid) => table.ledger.nodeOf(uid) ?? []);
    const isFreed = release.filter((uid) => table.release(uid)).length > 0;
    const accounted = account.map((pod) => table.account(pod.uid, pod.nodeName, pod.footprint));
    const placement = placeBatch(table.ledger, place, this.#seed++);
    this.#save(new Map(place.map((pod) => [pod.uid, pod])), request, placement);
    const isOther = isRelabelled || isFreed || accounted.includes('changed');
    const { bindings, unschedulable, victims } = placement;
    const nodes = bindings.map(({ nodeName }) => nodeName);
    const cleared = this.#standings.cleared(namespace, nodes);
    for (const { nodeName } of account) nodes.push(nodeName);
    const isAtStake = [
      this.#standings.placed(namespace, nodes),
      this.#standings.released(namespace, left),
    ].includes(true);
    if (isAtStake) this.ctx.storage.kv.put(CLUSTER, request.cluster);
    const isMore = bindings.length > 0 || accounted.includes('added');
    return {
      change: isOther ? 'any' : isMore ? 'added' : 'none',
      isTelling: victims.length > 0 || isAtStake,
      answer: { bindings, unschedulable, cleared },
    };
  }

  /** Writes down what the ledger has taken in. */
  #save(
    pods: ReadonlyMap<string, PodRequest>,
    { cluster, namespace }: SettleRequest,
    { bindings, unschedulable, victims, unnominated }: Placement,
  ): void {
    const table = this.#ledger();
    for (const { podUID, nodeName } of bindings) {
      const footprint = pods.get(podUID)?.footprint;
      if (footprint !== undefined) table.saveReservation(podUID, nodeName, footprint);
    }
    for (const podUID of unnominated) table.dropReservation(podUID);
    for (const { podUID, nominatedNodeName } of unschedulable) {
      const footprint = pods.get(podUID)?.footprint;
      if (nominatedNodeName === undefined || footprint === undefined) table.dropReservation(podUID);
      else table.saveReservation(podUID, nominatedNodeName, footprint, true);
    }
    for (const victim of victims) table.saveVictim(victim);
    if (unschedulable.length === 0) return;
    this.ctx.storage.kv.put(CLUSTER, cluster);
    const refused = unschedulable.flatMap(({ podUID }) => pods.get(podUID) ?? []);
    this.#wait(namespace, refused.some(heedsPods));
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

  /**
   * Tells stores which pods have to go and what nodes hold against theirs, and those whose pods found
   * no node that there may be one.
   */
  override async alarm(): Promise<void> {
    const orders = this.#db.select().from(victims).where(eq(victims.due, 1)).all();
    const due = this.#db.select().from(waiting).where(eq(waiting.due, 1)).all();
    const told = await Promise.all([
      ...[...Map.groupBy(orders, ({ namespace }) => namespace)].map(([namespace, pods]) =>
        this.#evict(namespace, pods),
      ),
      ...[...this.#standings.due()].map(([namespace, nodes]) => this.#tell(namespace, nodes)),
      ...due.map(({ namespace }) => this.#wake(namespace)),
    ]);
    // What has become due meanwhile has set an alarm of its own, which is sooner.
    if (told.includes(false) && (await this.ctx.storage.getAlarm()) === null) {
      await this.ctx.storage.setAlarm(Date.now() + RETRY_MS);
    }
  }

  /** False when the store could not be told what nodes hold against its pods. */
  async #tell(namespace: string, nodes: readonly string[]): Promise<boolean> {
    const scope = this.#scope(namespace);
    const updates = nodes.map((node) => this.#standings.updateOf(namespace, node));
    try {
      await storeStub(this.env, scope).acceptStandings(scope, updates);
    } catch (error) {
      logError('a store was not told of taints', error, { namespace });
      return false;
    }
    const isComplete = this.#transaction(() => this.#standings.told(namespace, updates));
    if (!isComplete) await this.ctx.storage.setAlarm(Date.now());
    return true;
  }

  /** False when the store could not be told. Telling it again is harmless. */
  async #evict(
    namespace: string,
    pods: readonly (typeof victims.$inferSelect)[],
  ): Promise<boolean> {
    const scope = this.#scope(namespace);
    const orders = pods.map(({ uid: podUID, name, node: nodeName, preemptor }) => ({
      podUID,
      name,
      nodeName,
      preemptor,
    }));
    try {
      await storeStub(this.env, scope).preemptPods(scope, orders);
    } catch (error) {
      logError('pods were not preempted', error, { namespace });
      return false;
    }
    for (const { uid } of pods) {
      this.#db.update(victims).set({ due: 0 }).where(eq(victims.uid, uid)).run();
    }
    return true;
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
    const scope = this.#scope(namespace);
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

  #newStandings(): NodeStandings {
    return new NodeStandings({
      kv: this.ctx.storage.kv,
      readNode: (name) => this.#ledger().readNode(name),
      namespacesOn: (node) => this.#ledger().namespacesOn(node),
    });
  }

  #scope(namespace: string): Scope {
    return { cluster: this.ctx.storage.kv.get<string>(CLUSTER) ?? '', namespace };
  }

  #ledger(): LedgerTable {
    if (this.#table === null) throw new Error('the ledger is not loaded');
    return this.#table;
  }
}
