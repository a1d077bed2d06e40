import { DurableObject } from 'cloudflare:workers';
import { drizzle } from 'drizzle-orm/durable-sqlite';
import { migrate } from 'drizzle-orm/durable-sqlite/migrator';
import { newStatusError, StatusError } from '../../apimachinery/status-error.ts';
import type { UserInfo } from '../../apimachinery/user-info.ts';
import { migrations } from '../../migrations/store/migrations.generated.ts';
import { OverloadedError } from './commit/group-commit.ts';
import { knowsDefinition } from '../registry/crd/definition.ts';
import { DEFINITIONS } from '../registry/hidden-resources.ts';
import type { AccessDecision } from '../registry/authz/authorizer.ts';
import { newAccessForbidden } from '../registry/authz/forbidden.ts';
import type { RulesReview } from '../registry/authz/rules-review.ts';
import { WebhookMetrics } from '../webhooks/webhook-metrics.ts';
import type { Env } from './env.ts';
import { storeAnswerer } from './inquiry/store-answerer.ts';
import type { Occurrence } from './events/event-recorder.ts';
import type { NodeRegistration, PodReport } from './node/protocol.ts';
import { meta } from './schema/store.ts';
import {
  acceptMirrored,
  foundCluster,
  giveSlot,
  POLICY_REVISION,
  takePolicy,
  takeUp,
  type Activation,
} from './store/activation.ts';
import { clusterEffects, namespaceEffects, recordInDefault } from './store/effects.ts';
import { ensureNamespacePolicy, hasBootstrapPolicy } from './store/policy/bootstrap.ts';
import { decideAccess } from './store/policy/decide-access.ts';
import { dropInstances } from './store/drop-instances.ts';
import { MetaTable } from './store/meta-table.ts';
import { enqueuePods } from './store/pod-queue.ts';
import { preemptPods } from './store/preempt-pods.ts';
import type { VictimOrder } from './scheduler/protocol.ts';
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
import {
  doubtPlaces,
  hasDaemonSets,
  listPlaces,
  NODE_COPY,
  NODES_CHANGED,
} from './store/node-places.ts';
import type { NodePlace } from '../registry/node-place.ts';
import { SlotReclaim } from './store/slot-reclaim.ts';
import { SlotTable } from './store/slots.ts';
import { failure, type StoreContext } from './store/store-context.ts';
import { StoreRuntime } from './store/store-runtime.ts';
import { storeStub } from './stubs.ts';
import { connectVerb } from './store/verbs/connect.ts';
import { createVerb } from './store/verbs/create.ts';
import { deleteCollectionVerb, deleteVerb } from './store/verbs/delete.ts';
import { evictPodVerb } from './store/verbs/evict-pod.ts';
import { getVerb } from './store/verbs/get.ts';
import { listVerb } from './store/verbs/list.ts';
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
  #runtime: StoreRuntime | null = null;
  readonly #reclaim: SlotReclaim;
  #activating: Promise<void> | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const db = drizzle(ctx.storage);
    this.#meta = new MetaTable(db, meta);
    this.#slots = new SlotTable(db);
    this.#followers = new NodeFollowers(this.#meta);
    this.#reclaim = new SlotReclaim({
      holders: () => this.#slots.holders(),
      ask: (namespace) => {
        const scope = { cluster: this.#scope().cluster, namespace };
        return storeStub(env, scope).yieldSlot();
      },
      release: async (namespace, lastRevision) => {
        await this.#runtime?.submit(() => this.#slots.release(namespace, lastRevision));
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
    void ctx.blockConcurrencyWhile(async () => {
      await migrate(db, migrations);
      const scope = this.#meta.get('scope');
      if (scope !== null) await this.#wake(JSON.parse(scope) as Scope);
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
    const { runtime } = await this.#active(scope);
    return runtime.write((context) => isTokenAlive(context, claims));
  }

  /** Whether a token is the one that a Secret has. */
  async isSecretToken(scope: Scope, token: SecretToken): Promise<boolean> {
    const { context } = await this.#active(scope);
    return isSecretToken(context, token);
  }

  delete(request: DeleteRequest): Promise<DeleteAnswer> {
    return this.#write(request, (context) => deleteVerb(context, request));
  }

  deleteCollection(request: DeleteCollectionRequest): Promise<DeleteCollectionAnswer> {
    return this.#write(request, (context) => deleteCollectionVerb(context, request));
  }

  get(request: ReadRequest): Promise<Answer<{ object: string }>> {
    return answered(async () => getVerb((await this.#addressed(request)).context, request));
  }

  list(request: ListRequest): Promise<ListAnswer> {
    return answered(async () => listVerb((await this.#addressed(request)).context, request));
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
    const { runtime } = await this.#active(scope);
    const ask = async (namespace: string, request: AccessRequest) => {
      const other = { cluster: scope.cluster, namespace };
      const [answer] = await storeStub(this.env, other).authorize(other, [request], true);
      return answer;
    };
    return decideAccess(runtime, requests, isForwarded ? null : ask);
  }

  /** What was counted since the store was loaded, as lines of Prometheus' text format. */
  async metricLines(): Promise<string[]> {
    return this.#metrics.lines();
  }

  /** Everything that a user may do in this store's namespace. */
  async reviewRules(scope: Scope, user: UserInfo): Promise<RulesReview> {
    const { runtime } = await this.#active(scope);
    if (scope.namespace === '' || runtime.clock.holdsSlot) {
      return runtime.authorizer.reviewRules(user, scope.namespace);
    }
    const cluster = { cluster: scope.cluster, namespace: '' };
    return storeStub(this.env, cluster).reviewRules(cluster, user);
  }

  /** Takes changes of the cluster's policy objects. A store that is not active will ask for all. */
  async acceptPolicy(entries: readonly PolicyEntry[]): Promise<void> {
    await this.#activating;
    const runtime = this.#runtime;
    if (runtime?.clock.holdsSlot !== true) return;
    await runtime.submit(() => takePolicy(runtime, entries));
  }

  /** Cluster scope: what placement needs of every Node. The namespace's store is told of changes. */
  async followNodes(scope: Scope, namespace: string): Promise<NodePlace[]> {
    const { context, submit } = await this.#active(scope);
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
    await this.#activating;
    if (this.#runtime === null || !hasDaemonSets(this.#runtime.context)) return false;
    const { runtime } = await this.#active(this.#scope());
    // Without a slot it can do nothing; it asks when it gets one.
    if (!runtime.clock.holdsSlot) return false;
    await runtime.submit(() => {
      runtime.context.commits.transact(() => runtime.enqueue(NODE_COPY, NODES_CHANGED));
    });
    return true;
  }

  /** Cluster scope: a text that changes whenever a CustomResourceDefinition does. */
  async definitionsRevision(scope: Scope): Promise<string> {
    const { runtime } = await this.#active(scope);
    return runtime.definitionsRevision;
  }

  /** The revision as of which everything written here is visible. */
  async currentRevision(scope: Scope): Promise<number> {
    const { runtime } = await this.#active(scope);
    return runtime.clock.current();
  }

  /** How many objects of a resource there were at a revision. */
  async count(scope: Scope, resource: string, revision: number): Promise<number> {
    const { context } = await this.#active(scope);
    return context.store.count(resource, { revision });
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
      hub: (await this.#addressed(watch)).runtime.hub,
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
    const { runtime } = await this.#active(watch.scope);
    if (typeof message !== 'string') return;
    const [sign, revision] = message.split(' ');
    if (sign === WATCH_PROGRESS) runtime.hub.progress(socket, Number(revision));
  }

  override webSocketClose(socket: WebSocket): void {
    this.#runtime?.hub.stop(socket);
  }

  override webSocketError(socket: WebSocket): void {
    this.#runtime?.hub.stop(socket);
  }

  override async alarm(): Promise<void> {
    this.#runtime?.onAlarm();
  }

  /** Cluster scope: gives a namespace's store its slot and what it must know. */
  async activate(scope: Scope, namespace: string, knownPolicy: string | null): Promise<Activation> {
    const { runtime, submit } = await this.#active(scope);
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
    const runtime = this.#runtime;
    if (runtime === null) return 0;
    if (this.#activating !== null || !runtime.isIdle) return null;
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
    const { context, submit, runtime } = await this.#active(scope);
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
    const { submit, runtime } = await this.#active(scope);
    return submit(() => dropInstances(runtime, name, definition));
  }

  /** Cluster scope: makes or refreshes the Node of an agent that says hello. Returns its uid. */
  async registerNode(scope: Scope, registration: NodeRegistration): Promise<string> {
    const { runtime } = await this.#active(scope);
    return runtime.write((context) =>
      context.commits.transact(() => registerNode(context, registration)),
    );
  }

  /** Cluster scope: takes a node's status, or that its link was lost. */
  async reportNodeStatus(scope: Scope, report: NodeStatusReport): Promise<void> {
    const { runtime } = await this.#active(scope);
    await runtime.write((context) =>
      context.commits.transact(() => reportNodeStatus(context, report)),
    );
  }

  /** Takes what a node reports about its pods. Resolves when all of it is committed. */
  async reportPods(scope: Scope, report: PodReport): Promise<void> {
    const { runtime } = await this.#active(scope);
    await applyPodReport(runtime, report);
  }

  /** Takes an event about an object of another store. */
  async recordEvent(scope: Scope, occurrence: Occurrence): Promise<void> {
    const { context, submit, runtime } = await this.#active(scope);
    await submit(() => context.commits.transact(() => runtime.recorder.record(occurrence)));
  }

  /** Makes every pod that waits for a node due again: there may be room now. */
  async retryUnscheduled(scope: Scope): Promise<void> {
    const { submit, runtime } = await this.#active(scope);
    await submit(() => enqueuePods(runtime, 'waiting'));
  }

  /** Deletes pods that have to make room for others. */
  async preemptPods(scope: Scope, orders: readonly VictimOrder[]): Promise<void> {
    const { submit, runtime } = await this.#active(scope);
    await submit(() => preemptPods(runtime, orders));
  }

  /** The pods of this store that hold room on nodes, for rebuilding the scheduler's ledger. */
  async accountPods(scope: Scope): Promise<void> {
    const { submit, runtime } = await this.#active(scope);
    await submit(() => enqueuePods(runtime, 'bound'));
  }

  async #wake(scope: Scope): Promise<StoreRuntime> {
    const runtime = this.#buildRuntime(scope);
    this.#runtime = runtime;
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
      return await answered(async () => (await this.#addressed(address)).runtime.write(verb));
    } catch (error) {
      if (error instanceof OverloadedError) return { ok: false, status: newOverloaded().status };
      throw error;
    }
  }

  /**
   * Active, with the definition of a custom resource as new as the request knows it, for whoever may.
   * @throws StatusError Forbidden.
   */
  async #addressed({ scope, resource, definition, access }: ResourceAddress) {
    const active = await this.#active(scope);
    if (access !== undefined) {
      const [decision] = await this.authorize(scope, [access]);
      if (decision?.allowed !== true) {
        throw newAccessForbidden(access.user, access.attributes, decision?.reason ?? '');
      }
    }
    if (definition === undefined || scope.namespace === '') return active;
    const { runtime, submit } = active;
    if (knowsDefinition(runtime.catalog.definition(resource), definition)) return active;
    const cluster = { cluster: scope.cluster, namespace: '' };
    const answer = await storeStub(this.env, cluster).get({
      scope: cluster,
      resource: DEFINITIONS,
      name: resource,
    });
    const text = answer.ok ? answer.object : null;
    await submit(() => {
      if (!runtime.clock.holdsSlot) return;
      runtime.context.commits.transact(() => acceptMirrored(runtime, DEFINITIONS, resource, text));
    });
    return active;
  }

  async #active(scope: Scope) {
    if (this.#runtime?.clock.holdsSlot !== true || !this.#hasPolicy(scope)) {
      this.#activating ??= this.#activate(scope).finally(() => {
        this.#activating = null;
      });
      await this.#activating;
    }
    const runtime = this.#runtime;
    if (runtime === null) throw new Error('store did not activate');
    return {
      runtime,
      context: runtime.context,
      submit: <T>(step: () => T) => runtime.submit(step),
    };
  }

  /** Whether the policy is there, in the state that this version of Fairlead starts with. */
  #hasPolicy({ namespace }: Scope): boolean {
    return (
      hasBootstrapPolicy(this.#meta) &&
      (namespace === '' || this.#meta.get(POLICY_REVISION) !== null)
    );
  }

  async #activate(scope: Scope): Promise<void> {
    if (this.#meta.get('scope') === null) this.#meta.set('scope', JSON.stringify(scope));
    const runtime = this.#runtime ?? (await this.#wake(scope));
    if (scope.namespace === '') {
      await runtime.submit(() => foundCluster(runtime, this.#meta));
      return;
    }
    const cluster = { cluster: scope.cluster, namespace: '' };
    const activation = await storeStub(this.env, cluster).activate(
      cluster,
      scope.namespace,
      this.#meta.get(POLICY_REVISION),
    );
    await runtime.submit(() => {
      runtime.context.commits.transact(() => {
        takeUp(runtime, this.#meta, activation);
        if (!runtime.clock.holdsSlot) return;
        doubtPlaces(runtime);
        ensureNamespacePolicy(runtime.context, this.#meta);
      });
      if (runtime.clock.holdsSlot) runtime.settle();
    });
  }

  #scope(): Scope {
    return JSON.parse(this.#meta.get('scope') ?? '{}') as Scope;
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
