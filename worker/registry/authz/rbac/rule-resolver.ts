import type { UserInfo } from '../../../../apimachinery/user-info.ts';
import { type AppliedBinding, BindingIndex } from './binding-index.ts';
import { type PolicyRule, type RoleRef, rulesOf } from './policy-rule.ts';
import type { RoleSource } from './role-source.ts';
import type { UnresolvedRole } from './unresolved-role.ts';

export interface ResolvedRules {
  readonly rules: readonly PolicyRule[];
  /** Roles that bindings of the user name and that are not there: the rules may be more. */
  readonly unresolved: readonly UnresolvedRole[];
}

/** Tells what somebody may do in a namespace, or with '' in the whole cluster. */
export interface RuleResolver {
  rulesFor(user: UserInfo, namespace: string): ResolvedRules;
}

/** A binding that is somebody's, with the rules that it gives him; null where its role is missing. */
export interface Grant {
  readonly scope: 'ClusterRoleBinding' | 'RoleBinding';
  readonly applied: AppliedBinding;
  readonly rules: readonly PolicyRule[] | null;
}

interface Snapshot {
  readonly revision: string;
  readonly cluster: BindingIndex;
  readonly namespaced: BindingIndex;
  /** By kind and name, as they are asked for. */
  readonly rules: Map<string, readonly PolicyRule[] | null>;
}

/**
 * Finds rules in a source (pkg/registry/rbac/validation DefaultRuleResolver): the cluster's
 * bindings first, then those of the namespace. What it reads of the source it keeps until the
 * source's revision changes. Of a namespace other than the source's it knows none but the
 * cluster's.
 */
export class SourceRuleResolver implements RuleResolver {
  readonly #source: RoleSource;
  #snapshot: Snapshot | null = null;

  constructor(source: RoleSource) {
    this.#source = source;
  }

  /** What the user was given, in upstream's order. Lazy: most questions end at an early grant. */
  *grantsOf(user: UserInfo, namespace: string): Generator<Grant, void, undefined> {
    const snapshot = this.#current();
    for (const applied of snapshot.cluster.of(user)) {
      const rules = this.#rules(snapshot, applied.roleRef, false);
      yield { scope: 'ClusterRoleBinding', applied, rules };
    }
    if (namespace === '' || namespace !== this.#source.namespace) return;
    for (const applied of snapshot.namespaced.of(user)) {
      const rules = this.#rules(snapshot, applied.roleRef, true);
      yield { scope: 'RoleBinding', applied, rules };
    }
  }

  rulesFor(user: UserInfo, namespace: string): ResolvedRules {
    const rules: PolicyRule[] = [];
    const unresolved: UnresolvedRole[] = [];
    for (const grant of this.grantsOf(user, namespace)) {
      if (grant.rules === null) unresolved.push(grant.applied.roleRef);
      else rules.push(...grant.rules);
    }
    return { rules, unresolved };
  }

  #current(): Snapshot {
    const revision = this.#source.revision();
    if (this.#snapshot?.revision === revision) return this.#snapshot;
    this.#snapshot = {
      revision,
      cluster: new BindingIndex(this.#source.clusterRoleBindings(), ''),
      namespaced: new BindingIndex(this.#source.roleBindings(), this.#source.namespace),
      rules: new Map(),
    };
    return this.#snapshot;
  }

  #rules(snapshot: Snapshot, ref: RoleRef, inNamespace: boolean): readonly PolicyRule[] | null {
    if (ref.kind === 'Role' && !inNamespace) return null;
    const key = `${ref.kind}/${ref.name}`;
    const known = snapshot.rules.get(key);
    if (known !== undefined) return known;
    const role = this.#role(ref);
    const rules = role === null ? null : rulesOf(role);
    snapshot.rules.set(key, rules);
    return rules;
  }

  #role({ kind, name }: RoleRef): ReturnType<RoleSource['role']> {
    if (kind === 'ClusterRole') return this.#source.clusterRole(name);
    return kind === 'Role' ? this.#source.role(name) : null;
  }
}
