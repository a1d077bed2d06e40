import type { UserInfo } from '../../../apimachinery/user-info.ts';
import type { AccessAttributes, AccessDecision, Authorizer } from './authorizer.ts';
import { NodeAuthorizer, type NodeReader } from './node-authorizer.ts';
import { RBACAuthorizer } from './rbac/rbac-authorizer.ts';
import type { RoleSource } from './rbac/role-source.ts';
import type { ResolvedRules, RuleResolver } from './rbac/rule-resolver.ts';
import { reviewOfAll, type RulesReview, type RulesReviewer } from './rules-review.ts';
import { SUPERUSER_AUTHORIZER } from './superuser.ts';
import { unionOf } from './union.ts';

/**
 * All that decides about requests to a store, in the order of `--authorization-mode=Node,RBAC`
 * behind the superusers. One for each store, kept: it remembers what it made of the source.
 */
export class ClusterAuthorizer implements Authorizer, RuleResolver, RulesReviewer {
  readonly #roles: RBACAuthorizer;
  readonly #nodes: NodeAuthorizer;
  readonly #all: Authorizer;

  constructor(source: RoleSource, reader: NodeReader) {
    this.#roles = new RBACAuthorizer(source);
    this.#nodes = new NodeAuthorizer(reader);
    this.#all = unionOf([SUPERUSER_AUTHORIZER, this.#nodes, this.#roles]);
  }

  authorize(user: UserInfo, access: AccessAttributes): AccessDecision {
    return this.#all.authorize(user, access);
  }

  /** The rules that roles give; what the check for escalation goes by. */
  rulesFor(user: UserInfo, namespace: string): ResolvedRules {
    return this.#roles.rulesFor(user, namespace);
  }

  reviewRules(user: UserInfo, namespace: string): RulesReview {
    return reviewOfAll([this.#nodes, this.#roles], user, namespace);
  }
}
