import type { DrizzleSqliteDODatabase } from 'drizzle-orm/durable-sqlite';
import { attributesOf } from '../../registry/rest/attributes.ts';
import { CLUSTER_PLANNERS, NAMESPACE_PLANNERS } from '../../reconcile/index.ts';
import { rootCAPlanner } from '../../reconcile/root-ca/planner.ts';
import { ROOT_CA_CONFIG_MAP } from '../../registry/admission/root-ca-config-map.ts';
import type { ClusterAuthorizer } from '../../registry/authz/cluster-authorizer.ts';
import { QuotaLedger } from '../../registry/quota/ledger.ts';
import type { Change, Reader, UsageSnapshot } from '../../reconcile/planner.ts';
import { InquiryPending } from '../../registry/admission/inquiry.ts';
import { nextTurn } from '../next-turn.ts';
import { AlarmScheduler } from '../alarm-scheduler.ts';
import { CommitPoint } from '../commit/commit-point.ts';
import { GroupCommit, type Urgency } from '../commit/group-commit.ts';
import { EventRecorder, type Occurrence } from '../events/event-recorder.ts';
import type { Effect } from '../queue/effect.ts';
import { EffectRunner } from '../queue/effect-runner.ts';
import { ReconcileLoop } from '../queue/reconcile-loop.ts';
import type { AnswerInquiry } from '../../registry/admission/inquiry-memo.ts';
import { Attempt, NO_INQUIRIES } from '../inquiry/attempt.ts';
import { WorkQueue } from '../queue/work-queue.ts';
import { ObjectCache } from '../storage/object-cache.ts';
import { RevisionClock } from '../storage/revision-clock.ts';
import { SQLiteRevisionStore } from '../storage/sqlite-revision-store.ts';
import { WatchHub } from '../watch/watch-hub.ts';
import { Housekeeping } from './housekeeping.ts';
import { DEFINITIONS } from '../../registry/hidden-resources.ts';
import { randomIdentities } from './identities.ts';
import { isPolicyResource } from '../../registry/cluster-policy.ts';
import { POLICY_REVISION } from './activation.ts';
import type { MetaTable } from './meta-table.ts';
import { PolicyMirror } from './policy/policy-mirror.ts';
import type { PolicyObjects } from './policy/policy-objects.ts';
import { Rules } from './policy/rules.ts';
import { newStoreAuthorizer } from './policy/store-authorizer.ts';
import { newAdmissionChain } from './admission-chain.ts';
import { claimNames } from './pod-claims.ts';
import { PodIndex } from './pod-index.ts';
import { storeReader } from './reader.ts';
import { StoreCatalog } from './store-catalog.ts';
import type { StoreContext } from './store-context.ts';

/**
 * If the process dies with due keys in the queue, the alarm brings the store back after this long.
 * Milliseconds.
 */
const RESCUE_MS = 5_000;
/** What a namespace begins with is far less, and must not be put off. */
const SETTLING_WRITES = 100;
/**
 * Between two turns of planners that only the background has called for: they would look at the
 * same objects again after every few reports. Milliseconds.
 */
const BACKGROUND_PAUSE_MS = 50;
/** Where a namespace's store keeps which certificates its config map was last told to have. */
const ROOT_CA = 'rootCA';

export interface StoreRuntimeDeps {
  readonly namespace: string;
  readonly storage: DurableObjectStorage;
  readonly db: DrizzleSqliteDODatabase;
  readonly meta: MetaTable;
  /** The effects of this store, given what they work with. */
  readonly effects: (runtime: StoreRuntime) => readonly Effect[];
  /** Finds what admission asks about outside this store. */
  readonly answer: AnswerInquiry;
  /** Certificates, PEM, by which pods know the API server; undefined where public ones do. */
  readonly rootCA?: string | undefined;
  /** Takes events about cluster-scoped objects, which live in another store. */
  readonly recordElsewhere?: (occurrence: Occurrence) => void;
}

/** The parts of one store, put together. Decisions are in the parts. */
export class StoreRuntime {
  readonly context: StoreContext;
  readonly rules: Rules;
  readonly authorizer: ClusterAuthorizer;
  /** Null in the cluster's store, which has the policy itself. */
  readonly policyMirror: PolicyMirror | null;
  readonly catalog: StoreCatalog;
  readonly recorder: Pick<EventRecorder, 'record'>;
  readonly hub: WatchHub<WebSocket>;
  readonly clock: RevisionClock;
  readonly alarms: AlarmScheduler;
  readonly #group: GroupCommit;
  readonly #queue: WorkQueue;
  readonly #loop: ReconcileLoop;
  readonly #effects: readonly Effect[];
  readonly #answer: AnswerInquiry;
  readonly #meta: MetaTable;
  readonly #rootCA: string | undefined;
  /** Null in the cluster's store, where there are no quotas. */
  readonly #ledger: QuotaLedger | null;
  readonly #effectRunner: EffectRunner;
  /** The turn that is to come, and for when it was set. */
  #nextTurn: { readonly at: number; readonly timer: ReturnType<typeof setTimeout> | null } | null =
    null;
  #lastTurnAt = 0;
  #usage: UsageSnapshot | null = null;
  #definitionsRevision: string = crypto.randomUUID();
  readonly #housekeeping: Housekeeping;

  constructor(deps: StoreRuntimeDeps) {
    const now = () => Date.now();
    const random = () => Math.random();
    const store = new SQLiteRevisionStore(deps.storage, deps.db);
    const cache = new ObjectCache();
    const resources = new StoreCatalog({
      readDefinition: (name) => commits.read({ resource: DEFINITIONS, name }),
      listDefinitions: () =>
        store.list(DEFINITIONS, {}).map((stored) => cache.parsed(DEFINITIONS, stored)),
    });
    this.#queue = new WorkQueue(deps.db);
    const floor = Math.max(store.lastRevision(), Number(deps.meta.get('floor') ?? 0));
    const slot = deps.meta.get('slot');
    this.clock = new RevisionClock(slot === null ? null : Number(slot), floor, (value) =>
      deps.meta.set('floor', String(value)),
    );
    const commits: CommitPoint = new CommitPoint({
      store,
      cache,
      clock: this.clock,
      now,
      attributesOf: (resource, object) => {
        const info = resources.get(resource);
        return info === undefined ? { labels: {}, fields: {} } : attributesOf(info, object);
      },
      enqueueFor: (change) => {
        claimUsers.onChange(change);
        this.#enqueueFor(change);
      },
      onRollback: (undone) => {
        this.#queue.reset();
        deps.meta.reload();
        for (const { resource, name } of undone) this.#touch(resource, name);
        claimUsers.reset();
        for (const effect of this.#effects) effect.onRollback?.();
      },
    });
    const claimUsers = new PodIndex({ store, commits }, claimNames);
    this.catalog = resources;
    const own: PolicyObjects = {
      get: (resource, name) => commits.read({ resource, name }),
      list: (resource) => store.list(resource, {}).map((stored) => cache.parsed(resource, stored)),
    };
    this.policyMirror = deps.namespace === '' ? null : new PolicyMirror(deps.db);
    const policy = this.policyMirror ?? own;
    this.rules = new Rules({ policy, list: (resource) => own.list(resource) });
    this.authorizer = newStoreAuthorizer({
      namespace: deps.namespace,
      policy,
      rules: this.rules,
      own,
    });
    const ledger = new QuotaLedger({
      ...own,
      isNamespaced: (resource) => resources.get(resource)?.namespaced === true,
    });
    this.#ledger = deps.namespace === '' ? null : ledger;
    this.#answer = deps.answer;
    this.#meta = deps.meta;
    this.#rootCA = deps.rootCA;
    const reader = storeReader({
      namespace: deps.namespace,
      store,
      commits,
      claimUsers,
      resources,
      queue: this.#queue,
      rootCA: deps.rootCA,
      usage: deps.namespace === '' ? undefined : () => this.#usage,
      quotaUsage: this.#quotaUsage(),
    });
    this.context = {
      namespace: deps.namespace,
      commits,
      store,
      reader,
      clock: this.clock,
      resources,
      identities: randomIdentities,
      policy,
      rules: this.rules,
      authorizer: this.authorizer,
      admission: newAdmissionChain({ ledger, granted: this.authorizer }),
      inquiries: NO_INQUIRIES,
      now,
    };
    this.recorder =
      deps.recordElsewhere === undefined
        ? new EventRecorder(this.context)
        : { record: deps.recordElsewhere };
    this.hub = new WatchHub<WebSocket>({
      store,
      clock: this.clock,
      now,
      nextTurn,
    });
    this.#group = new GroupCommit((urgency) => this.#endTurn(urgency));
    this.#loop = new ReconcileLoop({
      context: this.context,
      planners: deps.namespace === '' ? CLUSTER_PLANNERS : NAMESPACE_PLANNERS,
      reader,
      queue: this.#queue,
      recorder: this.recorder,
      random,
      answer: deps.answer,
      onAnswered: () => this.scheduleTurn(),
    });
    this.#effects = deps.effects(this);
    this.#effectRunner = new EffectRunner({
      queue: this.#queue,
      effects: this.#effects,
      now,
      random,
      transact: (step) => commits.transact(step),
      onSettled: () => {
        this.#startEffects();
        this.scheduleTurn('background');
      },
    });
    this.#housekeeping = new Housekeeping(this.context);
    this.alarms = new AlarmScheduler(deps.storage, [
      () => this.#queueDueAt(),
      () => this.#housekeeping.dueAt,
    ]);
  }

  /** Runs a step together with the other writes that wait, and answers when it is committed. */
  submit<T>(step: () => T, urgency?: Urgency): Promise<T> {
    return this.#group.submit(step, urgency);
  }

  /**
   * Runs a step that goes through admission, together with the other writes that wait. Where it has
   * to ask, it is undone, and run again with the answers.
   */
  async write<T>(step: (context: StoreContext) => T, urgency?: Urgency): Promise<T> {
    const attempt = new Attempt(this.context);
    for (;;) {
      try {
        return await this.submit(() => attempt.run(step), urgency);
      } catch (error) {
        if (!(error instanceof InquiryPending)) throw error;
        await attempt.settle(error, this.#answer);
      }
    }
  }

  /**
   * Runs what is due now, before anything else: a new namespace has its ServiceAccount at once, and
   * a new cluster's aggregated roles grant what they should.
   */
  settle(): void {
    this.#followRootCA();
    this.#loop.runTurn(SETTLING_WRITES);
  }

  /** Makes sure that due work is looked at: next, or soon where no request waits for it. */
  scheduleTurn(urgency: Urgency = 'request'): void {
    const isUrgent = urgency === 'request';
    this.#planAt(isUrgent ? 0 : this.#lastTurnAt + BACKGROUND_PAUSE_MS, urgency);
  }

  #planAt(wantedAt: number, urgency: Urgency): void {
    const now = this.context.now();
    const at = Math.max(now, wantedAt);
    if (this.#nextTurn !== null) {
      if (this.#nextTurn.at <= at) return;
      clearTimeout(this.#nextTurn.timer);
    }
    const plan = () => this.#group.plan(() => this.#runTurn(), urgency);
    if (at > now) this.#nextTurn = { at, timer: setTimeout(plan, at - now) };
    else {
      this.#nextTurn = { at, timer: null };
      plan();
    }
  }

  /** Takes up what a former life of the object left: watchers sleep on, due work is done. */
  resume(): void {
    this.#followRootCA();
    this.#keepStanding();
    const dueAt = this.#queue.nextDueAt();
    if (dueAt !== null && dueAt <= this.context.now()) this.scheduleTurn();
    this.alarms.rearm();
  }

  /**
   * Due keys, compaction and expiry. Done within the alarm's own event, which the platform repeats
   * if the process dies before the next alarm is armed.
   */
  onAlarm(): void {
    this.alarms.fired();
    this.#runTurn();
  }

  /** Whether nothing goes on here: no watcher, no write that waits, no key in the queue. */
  get isIdle(): boolean {
    return this.hub.size === 0 && this.#group.isIdle && this.#queue.nextDueAt() === null;
  }

  /** Makes a key of a planner or an effect due. Inside a transaction. */
  enqueue(worker: string, key: string): void {
    const now = this.context.now();
    this.#queue.enqueue(worker, key, now, now);
    this.scheduleTurn();
  }

  /** Keeps what pods use for planners to see, as long as this object is in memory. */
  keepUsage(usage: UsageSnapshot | null): void {
    this.#usage = usage;
  }

  /** Another text after every change of a definition, and after every wake. */
  get definitionsRevision(): string {
    return this.#definitionsRevision;
  }

  /** Cluster scope: another text after every change of a policy object. */
  get policyRevision(): string {
    return this.#meta.get(POLICY_REVISION) ?? '';
  }

  /** The certificates come with the deployment, which may be another than when this store slept. */
  #followRootCA(): void {
    const rootCA = this.#rootCA ?? '';
    const isFollowed = this.context.namespace === '' || this.#meta.get(ROOT_CA) === rootCA;
    if (isFollowed || !this.clock.holdsSlot) return;
    this.#meta.set(ROOT_CA, rootCA);
    this.enqueue(rootCAPlanner.name, ROOT_CA_CONFIG_MAP);
  }

  #keepStanding(): void {
    if (!this.clock.holdsSlot) return;
    for (const effect of this.#effects) {
      const keys = effect.standing?.() ?? [];
      const isThere = keys.length === 0 || this.#queue.has(effect.name);
      if (!isThere) for (const key of keys) this.enqueue(effect.name, key);
    }
  }

  #quotaUsage(): Reader['quotaUsage'] {
    const ledger = this.#ledger;
    if (ledger === null) return undefined;
    return (quota) => {
      const used = ledger.usageOf(quota, this.context.now());
      const changesAt = ledger.nextChange();
      return { used, ...(changesAt === null ? {} : { changesAt }) };
    };
  }

  #enqueueFor(change: Change): void {
    if (this.policyMirror === null && isPolicyResource(change.resource)) {
      this.#meta.set(POLICY_REVISION, crypto.randomUUID());
    }
    if (change.resource === DEFINITIONS) this.#definitionsRevision = crypto.randomUUID();
    this.#touch(change.resource, change.name);
    this.#loop.enqueueFor(change);
    const now = this.context.now();
    for (const effect of this.#effects) {
      for (const key of effect.keysFor(change)) this.#queue.enqueue(effect.name, key, now, now);
    }
  }

  /** Keeps what is made of objects in step with them. */
  #touch(resource: string, name: string): void {
    this.rules.touch(resource);
    this.#ledger?.touch(resource, name);
  }

  #runTurn(): void {
    clearTimeout(this.#nextTurn?.timer ?? null);
    this.#nextTurn = null;
    this.#lastTurnAt = this.context.now();
    const more = this.#loop.runTurn();
    this.#housekeeping.run();
    this.#startEffects();
    this.#publish();
    // What has not found room goes on at once, in turns with the background.
    if (more) this.#planAt(0, 'background');
    this.alarms.rearm();
  }

  #startEffects(): void {
    void Promise.all(this.#effectRunner.startDue());
  }

  #endTurn(urgency: Urgency): void {
    if (this.#publish()) {
      this.#housekeeping.wrote();
      this.scheduleTurn(urgency);
    }
    if (this.#nextTurn !== null) this.alarms.atLatest(this.context.now() + RESCUE_MS);
  }

  /** A key that is due and still there is being worked on, and calls for a turn when that is done. */
  #queueDueAt(): number | null {
    const dueAt = this.#queue.nextDueAt();
    const now = this.context.now();
    return dueAt !== null && dueAt <= now ? now + RESCUE_MS : dueAt;
  }

  #publish(): boolean {
    const log = this.context.commits.takeLog();
    if (log.length > 0) this.hub.publish(log);
    return log.length > 0;
  }
}
