import { RBACAuthorizer } from '../../../registry/authz/rbac/rbac-authorizer.ts';
import type { RuleResolver } from '../../../registry/authz/rbac/rule-resolver.ts';
import type { Authorizer } from '../../../registry/authz/authorizer.ts';
import type { RulesReviewer } from '../../../registry/authz/rules-review.ts';
import { SUPERUSER_AUTHORIZER } from '../../../registry/authz/superuser.ts';
import { unionOf } from '../../../registry/authz/union.ts';
import type { PolicyObjects } from './policy-objects.ts';
import type { Rules } from './rules.ts';

const group = 'rbac.authorization.k8s.io';

export interface StoreAccessDeps {
  readonly namespace: string;
  readonly policy: PolicyObjects;
  readonly rules: Rules;
  /** The store's own objects. */
  readonly own: Pick<PolicyObjects, 'get'>;
}

/** What the rules that a store has at hand allow, in upstream's order of authorizers. */
export interface StoreAccess extends RulesReviewer {
  readonly authorizer: Authorizer;
  /** What somebody was given by roles, for those who want to give it to others. */
  readonly granted: RuleResolver;
}

export function newStoreAccess({ namespace, policy, rules, own }: StoreAccessDeps): StoreAccess {
  const rbac = new RBACAuthorizer({
    namespace,
    clusterRole: (name) => policy.get(`clusterroles.${group}`, name),
    role: (name) => own.get(`roles.${group}`, name),
    clusterRoleBindings: () => rules.list(`clusterrolebindings.${group}`),
    roleBindings: () => rules.list(`rolebindings.${group}`),
    revision: () => rules.revision,
  });
  return {
    authorizer: unionOf([SUPERUSER_AUTHORIZER, rbac]),
    granted: rbac,
    reviewRules: (user, of) => rbac.reviewRules(user, of),
  };
}
