import { forbidden } from '../../../../apimachinery/field-error.ts';
import { parseAPIVersion, type KubernetesObject } from '../../../../apimachinery/meta.ts';
import { newInvalid } from '../../../../apimachinery/status-error.ts';
import type { UserInfo } from '../../../../apimachinery/user-info.ts';
import type { ResourceAccess } from '../../authz/authorizer.ts';
import { isSuperuser } from '../../authz/superuser.ts';
import { deepEqual } from '../../rest/deep-equal.ts';
import type { AdmissionAttributes, AdmissionContext, AdmissionPlugin } from '../plugin.ts';

const GROUP = 'admissionregistration.k8s.io';
/** Bindings, and the policies that they bind. */
const POLICIES: Readonly<Record<string, string>> = {
  [`validatingadmissionpolicybindings.${GROUP}`]: `validatingadmissionpolicies.${GROUP}`,
  [`mutatingadmissionpolicybindings.${GROUP}`]: `mutatingadmissionpolicies.${GROUP}`,
};
const POLICY_RESOURCES = new Set(Object.values(POLICIES));

interface ParamKind {
  readonly apiVersion?: string;
  readonly kind?: string;
}

interface PolicyFields {
  readonly paramKind?: ParamKind;
}

interface BindingFields {
  readonly policyName?: string;
  readonly paramRef?: { readonly name?: string; readonly namespace?: string };
}

/**
 * Who writes a policy, or binds one, must be able to read its parameters: what expressions make of
 * them can be seen (pkg/registry/admissionregistration authz.go). Upstream has this in its storage,
 * so it has no name there, and cannot be switched off.
 */
export const policyParamAccess: AdmissionPlugin = {
  name: 'PolicyParamAccess',
  handles: ({ info, operation, subresource }) =>
    subresource === '' &&
    (operation === 'CREATE' || operation === 'UPDATE') &&
    (POLICY_RESOURCES.has(info.storage) || Object.hasOwn(POLICIES, info.storage)),
  validate(attributes, context) {
    const { object, oldObject, info, user } = attributes;
    if (object === null || isSuperuser(user)) return;
    if (POLICY_RESOURCES.has(info.storage)) checkPolicy(attributes, context, object, oldObject);
    else checkBinding(attributes, context, object, oldObject);
  },
};

function checkPolicy(
  attributes: AdmissionAttributes,
  context: AdmissionContext,
  object: KubernetesObject,
  oldObject: KubernetesObject | null,
): void {
  const { paramKind }: PolicyFields = object.spec ?? {};
  const { paramKind: before }: PolicyFields = oldObject?.spec ?? {};
  if (paramKind === undefined || (oldObject !== null && deepEqual(paramKind, before))) return;
  const access = { ...resourceOf(paramKind, context), verb: 'get', name: '*', namespace: '*' };
  if (isAllowed(attributes.user, access, context)) return;
  const { kind = '', apiVersion = '' } = paramKind;
  throw refuse(
    attributes,
    'spec.paramKind',
    `user ${describe(attributes.user)} must have "get" permission on all objects of the referenced paramKind (kind=${kind}, apiVersion=${apiVersion})`,
  );
}

function checkBinding(
  attributes: AdmissionAttributes,
  context: AdmissionContext,
  object: KubernetesObject,
  oldObject: KubernetesObject | null,
): void {
  const { paramRef, policyName = '' }: BindingFields = object.spec ?? {};
  const before: BindingFields = oldObject?.spec ?? {};
  if (paramRef === undefined) return;
  const isSame = policyName === before.policyName && deepEqual(paramRef, before.paramRef);
  if (oldObject !== null && isSame) return;
  const policy = context.get(POLICIES[attributes.info.storage] ?? '', policyName);
  const { paramKind }: PolicyFields = policy?.spec ?? {};
  const { name = '', namespace = '' } = paramRef;
  const verb = name === '' ? 'list' : 'get';
  const access = { ...resourceOf(paramKind, context), verb, name, namespace };
  if (isAllowed(attributes.user, access, context)) return;
  const who = `user ${describe(attributes.user)} does not have "${verb}" permission`;
  throw refuse(
    attributes,
    'spec.paramRef',
    policy === null
      ? `unable to get policy ${policyName} to determine minimum required permissions and ${who} for all groups, versions and resources`
      : `${who} on the object referenced by paramRef`,
  );
}

/** Everything, as far as it is not known what the kind is. */
function resourceOf(
  paramKind: ParamKind | undefined,
  { resources }: AdmissionContext,
): Omit<ResourceAccess, 'verb' | 'name' | 'namespace'> {
  const common = { isResourceRequest: true, subresource: '' } as const;
  if (paramKind === undefined) {
    return { ...common, apiGroup: '*', apiVersion: '*', resource: '*' };
  }
  const { group, version } = parseAPIVersion(paramKind.apiVersion ?? '');
  const resource = resources.ofKind(group, paramKind.kind ?? '')?.resource ?? '*';
  return { ...common, apiGroup: group, apiVersion: version, resource };
}

/** Rules of a namespace are in its store. */
function isAllowed(user: UserInfo, access: ResourceAccess, context: AdmissionContext): boolean {
  if (context.authorizer.authorize(user, access).allowed) return true;
  const { namespace } = access;
  if (namespace === '' || namespace === '*') return false;
  const [decision] = context.inquiries.ask([{ kind: 'access', namespace, user, access }]);
  return decision?.allowed === true;
}

/** As Go prints the struct. */
const describe = ({ name, uid = '', groups }: UserInfo): string =>
  `&{${name} ${uid} [${groups.join(' ')}] map[]}`;

const refuse = ({ info, object }: AdmissionAttributes, field: string, why: string) =>
  newInvalid(info.group, info.kind, object?.metadata.name ?? '', [forbidden(field, why)]);
