import { DurableObject } from 'cloudflare:workers';
import { drizzle } from 'drizzle-orm/durable-sqlite';
import { migrate } from 'drizzle-orm/durable-sqlite/migrator';
import { newStatusError, StatusError } from '../../apimachinery/status-error.ts';
import type { UserInfo } from '../../apimachinery/user-info.ts';
import { migrations } from '../../migrations/store/migrations.generated.ts';
import { OverloadedError } from './commit/group-commit.ts';
import type { AccessDecision } from '../registry/authz/authorizer.ts';
import type { RulesReview } from '../registry/authz/rules-review.ts';
import { WebhookMetrics } from '../webhooks/webhook-metrics.ts';
import type { Env } from './env.ts';
import { storeAnswerer } from './inquiry/store-answerer.ts';
import type { Occurrence } from './events/event-recorder.ts';
import type { NodeRegistration, PodReport } from './node/protocol.ts';
import { meta } from './schema/store.ts';
import { acceptMirrored, giveSlot, takePolicy, type Activation } from './store/activation.ts';
import { clusterEffects, namespaceEffects, recordInDefault } from './store/effects.ts';
import { dropInstances } from './store/drop-instances.ts';
import { MetaTable } from './store/meta-table.ts';
import { enqueuePods } from './store/pod-queue.ts';
import { preemptPods } from './store/preempt-pods.ts';
import { acceptStandings } from './store/node-standings.ts';
import type { StandingUpdate, VictimOrder } from './scheduler/protocol.ts';
import { registerNode, reportNodeStatus, type NodeStatusReport } from './store/node-status.ts';
import { applyPodReport } from './store/pod-report.ts';
import type { PolicyEntry } from './store/policy/policy-objects.ts';
import type {
  AccessRequest,
  Answer,
  ConnectAnswer,
  ConnectRequest,
  CreateRequest,
  DeleteAnswer,
  DeleteCollectionAnswer,
  DeleteCollectionRequest,
  DeleteRequest,
  EvictionAnswer,
  EvictionRequest,
  ListAnswer,
  ListRequest,
  ApplyRequest,
  PatchRequest,
  ReadRequest,
  ResourceAddress,
  Scope,
  TokenAnswer,
  TokenRequest,
  UpdateRequest,
  WatchRequest,
  WriteAnswer,
} from './store/protocol.ts';
import { WATCH_PROGRESS } from './store/protocol.ts';
import { NodeFollowers } from './store/node-followers.ts';
import { hasDaemonSets, listPlaces, NODE_COPY, NODES_CHANGED } from './store/node-places.ts';
import type { NodePlace } from '../registry/node-place.ts';
import { SlotReclaim } from './store/slot-reclaim.ts';
import { SlotTable } from './store/slots.ts';
import { failure, type StoreContext } from './store/store-context.ts';
import { StoreLife } from './store/store-life.ts';
import { StoreRuntime } from './store/store-runtime.ts';
import { finishRemoval, type VolumeRef } from './store/volume-removal.ts';
import { storeStub } from './stubs.ts';
import { connectVerb } from './store/verbs/connect.ts';
import { createVerb } from './store/verbs/create.ts';
import { deleteCollectionVerb, deleteVerb } from './store/verbs/delete.ts';
import { evictPodVerb } from './store/verbs/evict-pod.ts';
import { getVerb } from './store/verbs/get.ts';
import { listVerb } from './store/verbs/list.ts';
import {
  metricValues,
  putMetricValuesVerb,
  type MetricValuesAnswer,
  type MetricValuesRequest,
  type PutMetricValuesRequest,
} from './store/verbs/metric-values.ts';
import { patchVerb } from './store/verbs/patch.ts';
import { isSecretToken, isTokenAlive, type SecretToken } from './store/verbs/check-token.ts';
import { requestTokenVerb } from './store/verbs/request-token.ts';
import type { AccountClaims } from '../registry/resources/authentication/token-request.ts';
import { updateVerb } from './store/verbs/update.ts';

/** One per (cluster, namespace), and one per cluster for its cluster-scoped objects. */
export class StoreDurableObject extends DurableObject<Env> {
  readonly #meta: MetaTable;
  readonly #slots: SlotTable;
  readonly #followers: NodeFollowers;
  readonly #metrics = new WebhookMetrics();
  readonly #buildRuntime: (scope: Scope) => StoreRuntime;
  readonly #reclaim: SlotReclaim;
  readonly #life: StoreLife;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const db = drizzle(ctx.storage);
    this.#meta = new MetaTable(db, meta);
    this.#slots = new SlotTable(db);
    this.#followers = new NodeFollowers(this.#meta);
    this.#reclaim = new SlotReclaim({
      holders: () => this.#slots.holders(),
      ask: (namespace) => {
        const scope = { cluster: this.#life.scope?.cluster ?? '', namespace };
        return storeStub(env, scope).yieldSlot();
      },
      release: async (namespace, lastRevision) => {
        await this.#life.runtime?.submit(() => this.#slots.release(namespace, lastRevision));
      },
    });
    this.#buildRuntime = (scope) =>
      new StoreRuntime({
        namespace: scope.namespace,
        storage: ctx.storage,
        db,
        meta: this.#meta,
        effects: (runtime) =>
          scope.namespace === ''
            ? clusterEffects(env, scope.cluster, runtime, this.#slots, this.#followers)
            : namespaceEffects(env, scope, runtime),
        answer: storeAnswerer(env, scope.cluster, this.#metrics),
        rootCA: env.FAIRLEAD_CA ?? undefined,
        ...(scope.namespace === ''
          ? { recordElsewhere: (event) => recordInDefault(env, scope.cluster, ctx, event) }
          : {}),
      });
    this.#life = new StoreLife({ env, meta: this.#meta, wake: (scope) => this.#wake(scope) });
    void ctx.blockConcurrencyWhile(async () => {
      await migrate(db, migrations);
      await this.#life.resume();
    });
  }

  create(request: CreateRequest): Promise<WriteAnswer> {
    return this.#write(request, (context) => createVerb(context, request));
  }

  update(request: UpdateRequest): Promise<WriteAnswer> {
    return this.#write(request, (context) => updateVerb(context, request));
  }

  patch(request: PatchRequest | ApplyRequest): Promise<WriteAnswer> {
    return this.#write(request, (context) => patchVerb(context, request));
  }

  openStream(request: ConnectRequest): Promise<ConnectAnswer> {
    return this.#write(request, (context) => connectVerb(context, request));
  }

  requestToken(request: TokenRequest): Promise<TokenAnswer> {
    return this.#write(request, (context) => requestTokenVerb(context, request));
  }

  evictPod(request: EvictionRequest): Promise<EvictionAnswer> {
    return this.#write(request, (context) => evictPodVerb(context, request));
  }

  /** Whether what a ServiceAccount's token is bound to is still there. */
  async isTokenAlive(scope: Scope, claims: AccountClaims): Promise<boolean> {
    const { runtime } = await this.#life.active(scope);
    return runtime.write((context) => isTokenAlive(context, claims));
  }

  /** Whether a token is the one that a Secret has. */
  async isSecretToken(scope: Scope, token: SecretToken): Promise<boolean> {
    const { context } = await this.#life.active(scope);
    return isSecretToken(context, token);
  }

  delete(request: DeleteRequest): Promise<DeleteAnswer> {
    return this.#write(request, (context) => deleteVerb(context, request));
  }

  deleteCollection(request: DeleteCollectionRequest): Promise<DeleteCollectionAnswer> {
    return this.#write(request, (context) => deleteCollectionVerb(context, request));
  }

  get(request: ReadRequest): Promise<Answer<{ object: string }>> {
    return answered(async () => getVerb((await this.#life.addressed(request)).context, request));
  }

  list(request: ListRequest): Promise<ListAnswer> {
    return answered(async () => listVerb((await this.#life.addressed(request)).context, request));
  }

  /**
   * Whether users may do what they ask. Rules of another namespace than this store's are asked of
   * the store that has them, unless `isForwarded`.
   */
  async authorize(
    scope: Scope,
    requests: readonly AccessRequest[],
    isForwarded = false,
  ): Promise<AccessDecision[]> {
    return this.#life.authorize(scope, requests, isForwarded);
  }

  /** What was counted since the store was loaded, as lines of Prometheus' text format. */
  async metricLines(): Promise<string[]> {
    return this.#metrics.lines();
  }

  /** Everything that a user may do in this store's namespace. */
  async reviewRules(scope: Scope, user: UserInfo): Promise<RulesReview> {
    const { runtime } = await this.#life.active(scope);
    if (scope.namespace === '' || runtime.clock.holdsSlot) {
      return runtime.authorizer.reviewRules(user, scope.namespace);
    }
    const cluster = { cluster: scope.cluster, namespace: '' };
    return storeStub(this.env, cluster).reviewRules(cluster, user);
  }

  /** Takes changes of the cluster's policy objects. A store that is not active will ask for all. */
  async acceptPolicy(entries: readonly PolicyEntry[]): Promise<void> {
    await this.#life.settled();
    const runtime = this.#life.runtime;
    if (runtime?.clock.holdsSlot !== true) return;
    await runtime.submit(() => takePolicy(runtime, entries));
  }

  /** Cluster scope: what placement needs of every Node. The namespace's store is told of changes. */
  async followNodes(scope: Scope, namespace: string): Promise<NodePlace[]> {
    const { context, submit } = await this.#life.active(scope);
    return submit(() => {
      context.commits.transact(() => this.#followers.add(namespace));
      return listPlaces(context);
    });
  }

  /**
   * Nodes have changed. False: this store has no use for copies of them, and needs not be told again.
   * One that gave its slot back becomes active for the sake of its DaemonSets.
   */
  async nodesChanged(): Promise<boolean> {
    await this.#life.settled();
    const { scope, runtime: known } = this.#life;
    if (scope === null || known === null || !hasDaemonSets(known.context)) return false;
    const { runtime } = await this.#life.active(scope);
    // Without a slot it can do nothing; it asks when it gets one.
    if (!runtime.clock.holdsSlot) return false;
    await runtime.submit(() => {
      runtime.context.commits.transact(() => runtime.enqueue(NODE_COPY, NODES_CHANGED));
    });
    return true;
  }

  /** Cluster scope: a text that changes whenever a CustomResourceDefinition does. */
  async definitionsRevision(scope: Scope): Promise<string> {
    const { runtime } = await this.#life.active(scope);
    return runtime.definitionsRevision;
  }

  /** The revision as of which everything written here is visible. */
  async currentRevision(scope: Scope): Promise<number> {
    const { runtime } = await this.#life.active(scope);
    return runtime.clock.current();
  }

  /** How many objects of a resource there were at a revision. */
  async count(scope: Scope, resource: string, revision: number): Promise<number> {
    const { context } = await this.#life.active(scope);
    return context.store.count(resource, { revision });
  }

  /** What is known of a metric that clients have pushed. */
  async metricValues(request: MetricValuesRequest): Promise<MetricValuesAnswer> {
    const { context } = await this.#life.active(request.scope);
    return { ok: true, values: metricValues(context, request) };
  }

  /** Takes what a client says that a metric is worth. */
  async putMetricValues(request: PutMetricValuesRequest): Promise<MetricValuesAnswer> {
    const { context, submit } = await this.#life.active(request.scope);
    return submit(() => putMetricValuesVerb(context, request));
  }

  /** Opens a watch: a WebSocket whose frames are described in store/protocol.ts. */
  override async fetch(request: Request): Promise<Response> {
    const watch = JSON.parse(
      new URL(request.url).searchParams.get('watch') ?? 'null',
    ) as WatchRequest | null;
    if (watch === null || request.headers.get('Upgrade') !== 'websocket') {
      return new Response('not a watch', { status: 400 });
    }
    const opened = await answered(async () => ({
      ok: true,
      hub: (await this.#life.addressed(watch)).runtime.hub,
    }));
    if (!opened.ok) return Response.json(opened.status, { status: opened.status.code ?? 403 });
    const { hub } = opened;
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    // Who asked was decided about, and may be more than an attachment holds.
    const { access: _access, ...kept } = watch;
    server.serializeAttachment(kept);
    void hub.start(server, kept);
    return new Response(null, { status: 101, webSocket: client });
  }

  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    const watch = socket.deserializeAttachment() as WatchRequest;
    const { runtime } = await this.#life.active(watch.scope);
    if (typeof message !== 'string') return;
    const [sign, revision] = message.split(' ');
    if (sign === WATCH_PROGRESS) runtime.hub.progress(socket, Number(revision));
  }

  override webSocketClose(socket: WebSocket): void {
    this.#life.runtime?.hub.stop(socket);
  }

  override webSocketError(socket: WebSocket): void {
    this.#life.runtime?.hub.stop(socket);
  }

  override async alarm(): Promise<void> {
    this.#life.runtime?.onAlarm();
  }

  /** Cluster scope: gives a namespace's store its slot and what it must know. */
  async activate(scope: Scope, namespace: string, knownPolicy: string | null): Promise<Activation> {
    const { runtime, submit } = await this.#life.active(scope);
    for (;;) {
      await this.#reclaim.settled(namespace);
      const activation = await submit(() => giveSlot(runtime, this.#slots, namespace, knownPolicy));
      if (activation.slot !== null || activation.namespace === null) return activation;
      if (!(await this.#reclaim.reclaimFor(namespace))) return activation;
    }
  }

  /**
   * Gives the slot back when nothing goes on here: the answer is a revision that is not below any
   * that this store issued. Null when the store needs its slot.
   */
  async yieldSlot(): Promise<number | null> {
    const runtime = this.#life.runtime;
    if (runtime === null) return 0;
    if (this.#life.isActivating || !runtime.isIdle) return null;
    this.#meta.remove('slot');
    return runtime.clock.dropSlot();
  }

  /**
   * Takes the copy of another store's object. A namespace that is gone gives its slot back: the
   * answer is then a revision that is not below any that this store issued, else null.
   */
  async acceptMirror(
    scope: Scope,
    resource: string,
    name: string,
    object: string | null,
  ): Promise<number | null> {
    const { context, submit, runtime } = await this.#life.active(scope);
    const namespaceGone = object === null && resource === 'namespaces';
    return submit(() => {
      if (runtime.clock.holdsSlot) {
        context.commits.transact(() => acceptMirrored(runtime, resource, name, object));
      }
      if (!namespaceGone) return null;
      // What the end of the namespace makes due is written while there still is a slot to do it.
      if (runtime.clock.holdsSlot) runtime.settle();
      // Also when it is gone already: the last answer may have been lost.
      this.#meta.remove('slot');
      return runtime.clock.dropSlot();
    });
  }

  /** Deletes the instances of a custom resource; answers how many are left. */
  async dropInstances(scope: Scope, name: string, definition: string): Promise<number> {
    const { submit, runtime } = await this.#life.active(scope);
    return submit(() => dropInstances(runtime, name, definition));
  }

  /** Cluster scope: makes or refreshes the Node of an agent that says hello. Returns its uid. */
  async registerNode(scope: Scope, registration: NodeRegistration): Promise<string> {
    const { runtime } = await this.#life.active(scope);
    return runtime.write((context) =>
      context.commits.transact(() => registerNode(context, registration)),
    );
  }

  /** Cluster scope: takes a node's status, or that its link was lost. */
  async reportNodeStatus(scope: Scope, report: NodeStatusReport): Promise<void> {
    const { runtime } = await this.#life.active(scope);
    await runtime.write((context) =>
      context.commits.transact(() => reportNodeStatus(context, report)),
    );
  }

  /** Takes what a node reports about its pods. Resolves when all of it is committed. */
  async reportPods(scope: Scope, report: PodReport): Promise<void> {
    const { runtime } = await this.#life.active(scope);
    await applyPodReport(runtime, report);
  }

  /** The uid of an object; null when there is none of that name. */
  async findUID(scope: Scope, resource: string, name: string): Promise<string | null> {
    const { context } = await this.#life.active(scope);
    return context.commits.read({ resource, name })?.metadata.uid ?? null;
  }

  /** Cluster scope: a node has removed the directories of volumes. */
  async volumesRemoved(
    scope: Scope,
    nodeName: string,
    volumes: readonly VolumeRef[],
  ): Promise<void> {
    const { runtime } = await this.#life.active(scope);
    await Promise.all(
      volumes.map((volume) =>
        runtime.write((context) =>
          context.commits.transact(() => finishRemoval(context, volume, nodeName)),
        ),
      ),
    );
  }

  /** Takes an event about an object of another store. */
  async recordEvent(scope: Scope, occurrence: Occurrence): Promise<void> {
    const { context, submit, runtime } = await this.#life.active(scope);
    await submit(() => context.commits.transact(() => runtime.recorder.record(occurrence)));
  }

  /** Makes every pod that waits for a node due again: there may be room now. */
  async retryUnscheduled(scope: Scope): Promise<void> {
    const { submit, runtime } = await this.#life.active(scope);
    await submit(() => enqueuePods(runtime, 'waiting'));
  }

  /** Deletes pods that have to make room for others. */
  async preemptPods(scope: Scope, orders: readonly VictimOrder[]): Promise<void> {
    const { submit, runtime } = await this.#life.active(scope);
    await submit(() => preemptPods(runtime, orders));
  }

  /** Takes what nodes hold against the pods of this store. */
  async acceptStandings(scope: Scope, updates: readonly StandingUpdate[]): Promise<void> {
    const { submit, runtime } = await this.#life.active(scope);
    await submit(() => acceptStandings(runtime, updates));
  }

  /** The pods of this store that hold room on nodes, for rebuilding the scheduler's ledger. */
  async accountPods(scope: Scope): Promise<void> {
    const { submit, runtime } = await this.#life.active(scope);
    await submit(() => enqueuePods(runtime, 'bound'));
  }

  async #wake(scope: Scope): Promise<StoreRuntime> {
    const runtime = this.#buildRuntime(scope);
    await runtime.alarms.load();
    for (const socket of this.ctx.getWebSockets()) {
      runtime.hub.restore(socket, socket.deserializeAttachment() as WatchRequest);
    }
    runtime.resume();
    return runtime;
  }

  /** Runs a writing verb with the other writes of its turn. */
  async #write<A>(
    address: ResourceAddress,
    verb: (context: StoreContext) => Answer<A>,
  ): Promise<Answer<A>> {
    try {
      return await answered(async () => (await this.#life.addressed(address)).runtime.write(verb));
    } catch (error) {
      if (error instanceof OverloadedError) return { ok: false, status: newOverloaded().status };
      throw error;
    }
  }
}

/** The outcome of a step that is asynchronous, refusals included. */
async function answered<A>(step: () => Promise<Answer<A>>): Promise<Answer<A>> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof StatusError) return failure(error);
    throw error;
  }
}

const newOverloaded = () =>
  newStatusError('TooManyRequests', 'too many writes are waiting, please try again later', {
    retryAfterSeconds: 1,
  });
