import type { FieldRequirement } from '../../../apimachinery/field-selector.ts';
import type { LabelRequirement } from '../../../apimachinery/label-requirement.ts';
import type { UserInfo } from '../../../apimachinery/user-info.ts';

/** What somebody wants to do, as far as permission goes (k8s.io/apiserver authorizer.Attributes). */
export type AccessAttributes = ResourceAccess | PathAccess;

export interface ResourceAccess {
  readonly isResourceRequest: true;
  /** Of a request, or any other word that rules know: `use`, `bind`, `escalate`, `impersonate`, `*`. */
  readonly verb: string;
  readonly apiGroup: string;
  readonly apiVersion: string;
  /** '' for all namespaces, or for a cluster-scoped resource. */
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  /** Of lists, watches and deletions of collections. RBAC does not look at them. */
  readonly fieldRequirements?: readonly FieldRequirement[];
  readonly labelRequirements?: readonly LabelRequirement[];
}

export interface PathAccess {
  readonly isResourceRequest: false;
  /** An HTTP method in lower case. */
  readonly verb: string;
  readonly path: string;
}

export interface AccessDecision {
  readonly allowed: boolean;
  /** Whether it is refused whatever others say, as opposed to not being allowed. */
  readonly denied?: boolean;
  /** In upstream's words: `RBAC: allowed by RoleBinding "x/ns" of Role "x" to User "bob"`. */
  readonly reason: string;
  /** What kept part of the rules from being looked at (a role that is missing). */
  readonly evaluationError?: string;
}

/** One authorizer, or several asked in turn: the first that allows or denies decides. Pure. */
export interface Authorizer {
  authorize(user: UserInfo, access: AccessAttributes): AccessDecision;
}

export const NO_OPINION: AccessDecision = { allowed: false, reason: '' };
