import { newAccessForbidden } from '../../registry/authz/forbidden.ts';
import { knowsDefinition } from '../../registry/crd/definition.ts';
import { DEFINITIONS } from '../../registry/hidden-resources.ts';
import {
  CLIENT_CA,
  CLIENT_CA_CONFIG_MAP,
  CLIENT_CA_NAMESPACE,
} from '../effects/client-ca-effect.ts';
import type { Env } from '../env.ts';
import { storeStub } from '../stubs.ts';
import { acceptMirrored, foundCluster, POLICY_REVISION, takeUp } from './activation.ts';
import type { MetaTable } from './meta-table.ts';
import { doubtPlaces } from './node-places.ts';
import { ensureNamespacePolicy, hasBootstrapPolicy, hasClusterPolicy } from './policy/bootstrap.ts';
import { decideAccess } from './policy/decide-access.ts';
import type { AccessDecision } from '../../registry/authz/authorizer.ts';
import type { AccessRequest, ResourceAddress, Scope } from './protocol.ts';
import type { StoreContext } from './store-context.ts';
import type { StoreRuntime } from './store-runtime.ts';

/** A store that can be read and written. */
export interface ActiveStore {
  readonly runtime: StoreRuntime;
  readonly context: StoreContext;
  readonly submit: <T>(step: () => T) => Promise<T>;
}

export interface StoreLifeDeps {
  readonly env: Env;
  readonly meta: MetaTable;
  /** Puts the parts of the store together and takes up what an earlier life left. */
  readonly wake: (scope: Scope) => Promise<StoreRuntime>;
}

/**
 * From the first request to a store until it gives its slot back: becoming active, with what the
 * cluster's store hands out, and having what a request needs before it is carried out.
 */
export class StoreLife {
  readonly #deps: StoreLifeDeps;
  #runtime: StoreRuntime | null = null;
  #activating: Promise<void> | null = null;

  constructor(deps: StoreLifeDeps) {
    this.#deps = deps;
  }

  /** Null while nobody has ever asked this store for anything. */
  get runtime(): StoreRuntime | null {
    return this.#runtime;
  }

  get isActivating(): boolean {
    return this.#activating !== null;
  }

  /** Resolves when an activation that is under way is through. */
  async settled(): Promise<void> {
    await this.#activating;
  }

  /** Which store it is; nothing before its first request. */
  get scope(): Scope | null {
    const scope = this.#deps.meta.get('scope');
    return scope === null ? null : (JSON.parse(scope) as Scope);
  }

  /** Begins again where an earlier life of the object ended. */
  async resume(): Promise<void> {
    if (this.scope !== null) await this.#wake(this.scope);
  }

  /** The store, ready. One without a slot is that of a namespace that is not there. */
  async active(scope: Scope): Promise<ActiveStore> {
    if (this.#runtime?.clock.holdsSlot !== true || !this.#hasPolicy(scope)) {
      this.#activating ??= this.#activate(scope).finally(() => {
        this.#activating = null;
      });
      await this.#activating;
    }
    const runtime = this.#runtime;
    if (runtime === null) throw new Error('store did not activate');
    return { runtime, context: runtime.context, submit: (step) => runtime.submit(step) };
  }

  /**
   * Active, with the definition of a custom resource as new as the request knows it, for whoever may.
   * @throws StatusError Forbidden.
   */
  async addressed({ scope, resource, definition, access }: ResourceAddress): Promise<ActiveStore> {
    const active = await this.active(scope);
    if (access !== undefined) {
      const [decision] = await this.authorize(scope, [access], false);
      if (decision?.allowed !== true) {
        throw newAccessForbidden(access.user, access.attributes, decision?.reason ?? '');
      }
    }
    if (definition === undefined || scope.namespace === '') return active;
    const { runtime, submit } = active;
    if (knowsDefinition(runtime.catalog.definition(resource), definition)) return active;
    const cluster = clusterOf(scope);
    const answer = await storeStub(this.#deps.env, cluster).get({
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

  /**
   * Whether users may do what they ask. Rules of another namespace than this store's are asked of
   * the store that has them, unless `isForwarded`.
   */
  async authorize(
    scope: Scope,
    requests: readonly AccessRequest[],
    isForwarded: boolean,
  ): Promise<AccessDecision[]> {
    const { runtime } = await this.active(scope);
    const ask = async (namespace: string, request: AccessRequest) => {
      const other = { cluster: scope.cluster, namespace };
      const [answer] = await storeStub(this.#deps.env, other).authorize(other, [request], true);
      return answer;
    };
    return decideAccess(runtime, requests, isForwarded ? null : ask);
  }

  async #wake(scope: Scope): Promise<StoreRuntime> {
    this.#runtime = await this.#deps.wake(scope);
    return this.#runtime;
  }

  /** Whether the policy is there, in the state that this version of Fairlead starts with. */
  #hasPolicy({ namespace }: Scope): boolean {
    const { meta } = this.#deps;
    return namespace === ''
      ? hasClusterPolicy(meta)
      : hasBootstrapPolicy(meta) && meta.get(POLICY_REVISION) !== null;
  }

  async #activate(scope: Scope): Promise<void> {
    const { env, meta } = this.#deps;
    if (meta.get('scope') === null) meta.set('scope', JSON.stringify(scope));
    const runtime = this.#runtime ?? (await this.#wake(scope));
    if (scope.namespace === '') {
      await runtime.submit(() => {
        foundCluster(runtime, meta);
        runtime.settle();
      });
      return;
    }
    const cluster = clusterOf(scope);
    const activation = await storeStub(env, cluster).activate(
      cluster,
      scope.namespace,
      meta.get(POLICY_REVISION),
    );
    await runtime.submit(() => {
      runtime.context.commits.transact(() => {
        takeUp(runtime, meta, activation);
        if (!runtime.clock.holdsSlot) return;
        doubtPlaces(runtime);
        ensureNamespacePolicy(runtime.context, meta);
        if (scope.namespace === CLIENT_CA_NAMESPACE) {
          runtime.enqueue(CLIENT_CA, CLIENT_CA_CONFIG_MAP);
        }
      });
      if (runtime.clock.holdsSlot) runtime.settle();
    });
  }
}

const clusterOf = ({ cluster }: Scope): Scope => ({ cluster, namespace: '' });
