import type { UserInfo } from '../../../apimachinery/user-info.ts';
import type { Env } from '../../durable/env.ts';
import type { AccessRequest, Scope } from '../../durable/store/protocol.ts';
import type { AccessAttributes, AccessDecision } from '../../registry/authz/authorizer.ts';
import { isSuperuser } from '../../registry/authz/superuser.ts';
import { newAccessForbidden } from '../../registry/authz/forbidden.ts';
import { storeOf } from '../api-context.ts';

/**
 * Sees to it that the permission of one request is decided, exactly once: by the store that the
 * request goes to, which has the rules, or by an own question where no store is asked, or before
 * any other failure is told.
 */
export class AccessGate {
  readonly #env: Env;
  readonly #scope: Scope;
  readonly #request: AccessRequest;
  #isHandedOver: boolean;
  #decision: Promise<AccessDecision | undefined> | null = null;

  constructor(env: Env, cluster: string, user: UserInfo, attributes: AccessAttributes) {
    this.#env = env;
    const namespace = attributes.isResourceRequest ? attributes.namespace : '';
    this.#scope = { cluster, namespace };
    this.#request = { user, attributes };
    this.#isHandedOver = isSuperuser(user);
  }

  /** The question, for a store that is about to get the request and refuses what is not allowed. */
  handOver(): AccessRequest {
    this.#isHandedOver = true;
    return this.#request;
  }

  /**
   * The same for another verb on the same: a stream that is opened by GET starts a process, which
   * takes the right to create as well (upstream's AuthorizePodWebsocketUpgradeCreatePermission).
   * @throws StatusError Forbidden.
   */
  async alsoDecide(verb: string): Promise<void> {
    const { user, attributes } = this.#request;
    if (isSuperuser(user) || attributes.verb === verb) return;
    const gate = new AccessGate(this.#env, this.#scope.cluster, user, { ...attributes, verb });
    await gate.decide();
  }

  /** @throws StatusError Forbidden, unless a store was given the question to decide. */
  async decide(): Promise<void> {
    if (this.#isHandedOver) return;
    this.#decision ??= decideAccess(this.#env, this.#scope, [this.#request]).then(([d]) => d);
    const decision = await this.#decision;
    if (decision?.allowed === true) return;
    const { user, attributes } = this.#request;
    throw newAccessForbidden(user, attributes, decision?.reason ?? '');
  }
}

/** Decisions of a store's rules about several questions, in their order. */
export async function decideAccess(
  env: Env,
  scope: Scope,
  requests: readonly AccessRequest[],
): Promise<AccessDecision[]> {
  return storeOf(env, scope).authorize(scope, requests);
}
