import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { invalid, required, type FieldError } from '../../../apimachinery/field-error.ts';
import { newBadRequest, newInvalid } from '../../../apimachinery/status-error.ts';
import { authenticateToken } from '../authn/authenticate.ts';
import type { UserInfo } from '../../../apimachinery/user-info.ts';
import type { AccessAttributes } from '../../registry/authz/authorizer.ts';
import { decideAccess } from '../authz/access-gate.ts';
import { storeOf, type ApiContext } from '../api-context.ts';
import { decodeRequest } from '../decode-request.ts';
import { objectResponse } from '../object-response.ts';
import { bodyFormat, readBodyBytes } from '../request-body.ts';
import { expectedType, writeOptionsOf } from '../write-options.ts';

/** Body of any of the authorization.k8s.io reviews, as far as it is read. */
interface AccessSpec {
  user?: string;
  groups?: string[];
  uid?: string;
  extra?: Record<string, string[]>;
  resourceAttributes?: {
    namespace?: string;
    verb?: string;
    group?: string;
    version?: string;
    resource?: string;
    subresource?: string;
    name?: string;
  };
  nonResourceAttributes?: { path?: string; verb?: string };
}

/**
 * POST of a review: answers the question with the object that asked it. Nothing is stored.
 *
 * @throws StatusError as for any body, and Invalid or BadRequest for a question that is none.
 */
export async function reviewHandler(context: ApiContext): Promise<Response> {
  const { request, query, gate } = context;
  await gate.decide();
  const { fieldValidation } = writeOptionsOf(query, 'CreateOptions');
  const decoded = decodeRequest(
    await readBodyBytes(request),
    bodyFormat(request),
    expectedType(context),
    fieldValidation,
  );
  const status = await answerOf(context, decoded.object);
  const text = JSON.stringify({ ...decoded.object, status });
  return objectResponse(context, text, 201, decoded.warnings);
}

function answerOf(context: ApiContext, review: KubernetesObject): object | Promise<object> {
  const { resource, user } = context;
  const spec = (review['spec'] ?? {}) as AccessSpec;
  switch (resource.resource) {
    case 'selfsubjectreviews':
      return { userInfo: userInfo(user) };
    case 'tokenreviews':
      return tokenStatus(context, spec as TokenSpec);
    case 'selfsubjectaccessreviews':
      requireOneQuestion(context, spec);
      return accessStatus(context, user, spec);
    case 'localsubjectaccessreviews':
      requireOwnNamespace(context, spec);
      requireSubject(context, spec);
      return accessStatus(context, subjectOf(spec), spec);
    case 'subjectaccessreviews':
      requireSubject(context, spec);
      return accessStatus(context, subjectOf(spec), spec);
    case 'selfsubjectrulesreviews':
      return rulesStatus(context, (spec as { namespace?: string }).namespace ?? '');
    default:
      throw new Error(`no review of ${resource.resource}`);
  }
}

const userInfo = ({ name, uid, groups, extra }: UserInfo) => ({
  username: name,
  ...(uid === undefined ? {} : { uid }),
  groups,
  ...(extra === undefined ? {} : { extra }),
});

interface TokenSpec {
  token?: string;
  audiences?: string[];
}

async function tokenStatus({ env, cluster, resource }: ApiContext, spec: TokenSpec) {
  const { token = '', audiences } = spec;
  if (token === '') throw newBadRequest(`token is required for ${resource.kind} in authentication`);
  const found = await authenticateToken(env, cluster, token, audiences);
  // Who asks with a wrong token is told that it is wrong, not why.
  if (found === null) return { error: '[invalid bearer token]', user: {} };
  return { authenticated: true, user: userInfo(found.user), audiences: found.audiences };
}

const subjectOf = ({ user = '', groups = [], uid, extra }: AccessSpec): UserInfo => ({
  name: user,
  groups,
  ...(uid === undefined ? {} : { uid }),
  ...(extra === undefined ? {} : { extra }),
});

async function accessStatus({ env, cluster }: ApiContext, user: UserInfo, spec: AccessSpec) {
  const attributes = requestOf(spec);
  const namespace = attributes.isResourceRequest ? attributes.namespace : '';
  const [decision] = await decideAccess(env, { cluster, namespace }, [{ user, attributes }]);
  const { allowed = false, denied, reason = '', evaluationError } = decision ?? {};
  return {
    allowed,
    ...(denied === true ? { denied } : {}),
    ...(reason === '' ? {} : { reason }),
    ...(evaluationError === undefined ? {} : { evaluationError }),
  };
}

/** The request that a review asks about. */
function requestOf({ resourceAttributes, nonResourceAttributes }: AccessSpec): AccessAttributes {
  if (resourceAttributes === undefined) {
    const { path = '', verb = '' } = nonResourceAttributes ?? {};
    return { isResourceRequest: false, verb, path };
  }
  const { namespace = '', verb = '', group = '', version = '', name = '' } = resourceAttributes;
  return {
    isResourceRequest: true,
    verb,
    apiGroup: group,
    apiVersion: version,
    namespace,
    resource: resourceAttributes.resource ?? '',
    subresource: resourceAttributes.subresource ?? '',
    name,
  };
}

function requireOneQuestion(context: ApiContext, spec: AccessSpec, more: FieldError[] = []): void {
  const { resourceAttributes, nonResourceAttributes } = spec;
  const errors = [...more];
  if (resourceAttributes !== undefined && nonResourceAttributes !== undefined) {
    const detail = 'cannot be specified in combination with resourceAttributes';
    errors.push(invalid('spec.nonResourceAttributes', nonResourceAttributes, detail));
  }
  if (resourceAttributes === undefined && nonResourceAttributes === undefined) {
    const detail = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
    errors.push(invalid('spec.resourceAttributes', null, detail));
  }
  const { group, kind } = context.resource;
  if (errors.length > 0) throw newInvalid(group, kind, '', errors);
}

function requireSubject(context: ApiContext, spec: AccessSpec): void {
  const isNobody = (spec.user ?? '') === '' && (spec.groups ?? []).length === 0;
  const detail = 'at least one of user or group must be specified';
  requireOneQuestion(context, spec, isNobody ? [invalid('spec.user', '', detail)] : []);
}

function requireOwnNamespace({ info, resource }: ApiContext, spec: AccessSpec): void {
  const namespace = spec.resourceAttributes?.namespace ?? '';
  if (namespace === info.namespace) return;
  throw newInvalid(resource.group, resource.kind, '', [
    namespace === ''
      ? required('spec.resourceAttributes.namespace')
      : invalid(
          'spec.resourceAttributes.namespace',
          namespace,
          `must match metadata.namespace: ${info.namespace}`,
        ),
  ]);
}

/** What the user may do in a namespace, in full. */
async function rulesStatus({ env, cluster, user, resource }: ApiContext, namespace: string) {
  if (namespace === '') throw newBadRequest(`no namespace on request of ${resource.kind}`);
  const scope = { cluster, namespace };
  return storeOf(env, scope).reviewRules(scope, user);
}
