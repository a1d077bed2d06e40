import { quoteText } from '../../../../apimachinery/field-error.ts';
import type { UserInfo } from '../../../../apimachinery/user-info.ts';
import { aggregateErrors } from '../aggregate-errors.ts';
import {
  type AccessAttributes,
  type AccessDecision,
  type Authorizer,
  NO_OPINION,
} from '../authorizer.ts';
import type { RulesReview, RulesReviewer } from '../rules-review.ts';
import type { AppliedBinding } from './binding-index.ts';
import type { RoleSource } from './role-source.ts';
import { rulesAllow } from './rule-matching.ts';
import {
  type Grant,
  type ResolvedRules,
  type RuleResolver,
  SourceRuleResolver,
} from './rule-resolver.ts';
import { describeUnresolved, type UnresolvedRole } from './unresolved-role.ts';

/**
 * Role-based access control over the roles that a store knows (plugin/pkg/auth/authorizer/rbac).
 * It allows or has no opinion, it never denies. For a namespace that is not the source's, and for
 * the cluster scope, only ClusterRoleBindings count.
 */
export class RBACAuthorizer implements Authorizer, RuleResolver, RulesReviewer {
  readonly #resolver: SourceRuleResolver;
  /** Made once for each binding: quoting takes longer than deciding. */
  readonly #reasons = new WeakMap<AppliedBinding, string>();

  constructor(source: RoleSource) {
    this.#resolver = new SourceRuleResolver(source);
  }

  /** Roles that are missing are told in the reason of a refusal, where upstream tells them. */
  authorize(user: UserInfo, access: AccessAttributes): AccessDecision {
    const namespace = access.isResourceRequest ? access.namespace : '';
    const unresolved: UnresolvedRole[] = [];
    for (const grant of this.#resolver.grantsOf(user, namespace)) {
      if (grant.rules === null) unresolved.push(grant.applied.roleRef);
      else if (rulesAllow(grant.rules, access)) {
        return { allowed: true, reason: this.#reason(grant) };
      }
    }
    if (unresolved.length === 0) return NO_OPINION;
    return { allowed: false, reason: `RBAC: ${missingRoles(unresolved)}` };
  }

  rulesFor(user: UserInfo, namespace: string): ResolvedRules {
    return this.#resolver.rulesFor(user, namespace);
  }

  reviewRules(user: UserInfo, namespace: string): RulesReview {
    const { rules, unresolved } = this.rulesFor(user, namespace);
    return {
      resourceRules: rules.filter(({ resources }) => resources !== undefined),
      nonResourceRules: rules
        .filter(({ nonResourceURLs }) => nonResourceURLs !== undefined)
        .map(({ verbs, nonResourceURLs = [] }) => ({ verbs, nonResourceURLs })),
      incomplete: false,
      ...(unresolved.length === 0 ? {} : { evaluationError: missingRoles(unresolved) }),
    };
  }

  #reason(grant: Grant): string {
    const known = this.#reasons.get(grant.applied);
    if (known !== undefined) return known;
    const reason = `RBAC: allowed by ${describeGrant(grant)}`;
    this.#reasons.set(grant.applied, reason);
    return reason;
  }
}

const missingRoles = (unresolved: readonly UnresolvedRole[]): string =>
  aggregateErrors(unresolved.map((role) => describeUnresolved(role, 'singular')));

/** `RoleBinding "b/ns" of Role "r" to ServiceAccount "s/ns"`. */
function describeGrant({ scope, applied: { binding, roleRef, subject } }: Grant): string {
  const { name = '', namespace = '' } = binding.metadata;
  const isNamespaced = scope === 'RoleBinding';
  const bound = quoteText(isNamespaced ? `${name}/${namespace}` : name);
  const home = subject.namespace === '' && isNamespaced ? namespace : subject.namespace;
  const whom = subject.kind === 'ServiceAccount' ? `${subject.name}/${home}` : subject.name;
  return `${scope} ${bound} of ${roleRef.kind} ${quoteText(roleRef.name)} to ${subject.kind} ${quoteText(whom)}`;
}
