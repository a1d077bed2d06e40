import { quoteText } from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import {
  newForbidden,
  newInternalError,
  newNotFound,
} from '../../../../apimachinery/status-error.ts';
import type {
  AdmissionAttributes,
  AdmissionContext,
  AdmissionPlugin,
} from '../../admission/plugin.ts';
import { deepEqual } from '../../rest/deep-equal.ts';
import { aggregateErrors } from '../aggregate-errors.ts';
import { isSuperuser } from '../superuser.ts';
import { compactRules, describeList, describeRule } from './compact-rules.ts';
import { uncoveredRules } from './covers.ts';
import { type PolicyRule, RBAC_GROUP, roleRefOf, rulesOf } from './policy-rule.ts';
import type { RuleResolver } from './rule-resolver.ts';
import { describeUnresolved, roleResource, type UnresolvedRole } from './unresolved-role.ts';

const ROLES: ReadonlySet<string> = new Set(['roles', 'clusterroles']);
const BINDINGS: ReadonlySet<string> = new Set(['rolebindings', 'clusterrolebindings']);

/** What a user must have who lets a role take over whatever others may do. */
const EVERYTHING: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

/**
 * Nobody gives more than he has (pkg/registry/rbac policybased storage): who writes a role must
 * hold all its rules or the verb `escalate` on it, who writes a binding must hold all rules of its
 * role or the verb `bind` on that. Every write counts, also one that changes no rule, except of the
 * two fields that the garbage collector writes. Upstream has this in its storage and not in
 * admission, so it has no name there, and cannot be switched off.
 *
 * @param resolverOf what users may do, as far as the store of the request knows.
 */
export function newRBACEscalation(
  resolverOf: (context: AdmissionContext) => RuleResolver,
): AdmissionPlugin {
  return {
    name: 'RBACEscalation',
    handles: ({ info, operation, subresource }) =>
      info.group === RBAC_GROUP &&
      (ROLES.has(info.resource) || BINDINGS.has(info.resource)) &&
      subresource === '' &&
      (operation === 'CREATE' || operation === 'UPDATE'),
    validate(attributes, context) {
      const { object, user } = attributes;
      if (object === null || isSuperuser(user) || isOnlyForCollector(attributes)) return;
      const check = new EscalationCheck(attributes, context, resolverOf(context));
      if (ROLES.has(attributes.info.resource)) check.role(object);
      else check.binding(object);
    },
  };
}

class EscalationCheck {
  readonly #attributes: AdmissionAttributes;
  readonly #context: AdmissionContext;
  readonly #resolver: RuleResolver;
  /** '' for what is cluster-scoped. */
  readonly #namespace: string;

  constructor(attributes: AdmissionAttributes, context: AdmissionContext, resolver: RuleResolver) {
    this.#attributes = attributes;
    this.#context = context;
    this.#resolver = resolver;
    this.#namespace = attributes.info.namespaced ? attributes.namespace : '';
  }

  role(role: KubernetesObject): void {
    const { info, oldObject } = this.#attributes;
    if (this.#may('escalate', info.resource, nameInRequest(this.#attributes))) return;
    const missing = this.#missing(rulesOf(role));
    if (missing !== null) throw this.#forbidden(missing);
    const isAggregated = hasAggregationRule(role) || hasAggregationRule(oldObject);
    if (info.resource === 'clusterroles' && isAggregated && this.#missing(EVERYTHING) !== null) {
      throw this.#forbidden('must have cluster-admin privileges to use the aggregationRule');
    }
  }

  binding(binding: KubernetesObject): void {
    const { kind, name } = roleRefOf(binding);
    const resource = roleResource(kind);
    // Validation lets no other kind in; should it, then nobody knows what is given away here.
    if (resource === undefined) {
      throw newInternalError(`unsupported role reference kind: ${quoteText(kind)}`);
    }
    if (this.#may('bind', resource, name)) return;
    const isThere = resource === 'clusterroles' || this.#namespace !== '';
    const role = isThere ? this.#context.get(`${resource}.${RBAC_GROUP}`, name) : null;
    if (role === null) throw newNotFound({ group: RBAC_GROUP, resource }, name);
    const missing = this.#missing(rulesOf(role));
    if (missing !== null) throw this.#forbidden(missing);
  }

  #may(verb: string, resource: string, name: string): boolean {
    return this.#context.authorizer.authorize(this.#attributes.user, {
      isResourceRequest: true,
      verb,
      apiGroup: RBAC_GROUP,
      apiVersion: '*',
      namespace: this.#namespace,
      resource,
      subresource: '',
      name,
    }).allowed;
  }

  /** What the user does not have of these rules, in upstream's words; null when he has it all. */
  #missing(wanted: readonly PolicyRule[]): string | null {
    const { user } = this.#attributes;
    const { rules, unresolved } = this.#resolver.rulesFor(user, this.#namespace);
    const missing = uncoveredRules(rules, wanted);
    if (missing.length === 0) return null;
    const lines = [...new Set(compactRules(missing).map(describeRule))].sort();
    const who = `user ${quoteText(user.name)} (groups=${describeList(user.groups)})`;
    const what = 'is attempting to grant RBAC permissions not currently held';
    return `${who} ${what}:\n${lines.join('\n')}${resolutionErrors(unresolved)}`;
  }

  #forbidden(why: string): Error {
    const { info, object } = this.#attributes;
    const subject = { group: RBAC_GROUP, resource: info.resource };
    return newForbidden(subject, object?.metadata.name ?? '', why);
  }
}

function resolutionErrors(unresolved: readonly UnresolvedRole[]): string {
  if (unresolved.length === 0) return '';
  const texts = unresolved.map((role) => describeUnresolved(role, 'plural'));
  return `; resolution errors: [${aggregateErrors(texts)}]`;
}

function hasAggregationRule(role: KubernetesObject | null): boolean {
  const { aggregationRule } = (role ?? {}) as {
    aggregationRule?: { clusterRoleSelectors?: readonly unknown[] | null } | null;
  };
  return (aggregationRule?.clusterRoleSelectors ?? []).length > 0;
}

/** A name that is only in the body is not yet one that a role can be given the verb for. */
function nameInRequest({ operation, options, name }: AdmissionAttributes): string {
  const isPosted = operation === 'CREATE' && options['kind'] !== 'PatchOptions';
  return isPosted && options['kind'] !== 'UpdateOptions' ? '' : name;
}

/** Whether all that changes is what the garbage collector writes (rbac IsOnlyMutatingGCFields). */
function isOnlyForCollector({ object, oldObject }: AdmissionAttributes): boolean {
  if (object === null || oldObject === null) return false;
  const { ownerReferences, finalizers, managedFields, resourceVersion } = oldObject.metadata;
  const kept = { ownerReferences, finalizers, managedFields, resourceVersion };
  return deepEqual({ ...object, metadata: { ...object.metadata, ...kept } }, oldObject);
}
