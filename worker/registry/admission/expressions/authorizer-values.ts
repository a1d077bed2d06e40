import {
  AuthorizerValue,
  ResourceCheck,
  type Authorize,
  type AuthorizerAttributes,
} from '../../../../cel/library/authorizer.ts';
import type { AccessAttributes, AccessDecision } from '../../authz/authorizer.ts';
import type { AdmissionAttributes, AdmissionContext } from '../plugin.ts';

/** What expressions ask permissions by. */
export interface AuthorizerVariables {
  readonly authorizer: AuthorizerValue;
  readonly 'authorizer.requestResource': ResourceCheck;
}

/**
 * The variables `authorizer` and `authorizer.requestResource`. What depends on the roles of another
 * namespace than the store's is an inquiry, which leaves the evaluation as InquiryPending.
 */
export function newAuthorizerVariables(
  attributes: AdmissionAttributes,
  context: AdmissionContext,
): AuthorizerVariables {
  const authorizer = new AuthorizerValue(attributes.user, authorizeIn(context));
  return {
    authorizer,
    'authorizer.requestResource': new ResourceCheck({
      authorizer,
      group: attributes.requested.group,
      resource: attributes.requested.resource,
      subresource: attributes.subresource,
      namespace: attributes.namespace,
      name: attributes.name,
      fieldSelector: '',
      labelSelector: '',
    }),
  };
}

/** The user is the request's own, with everything that is known of it, or a ServiceAccount. */
function authorizeIn(context: AdmissionContext): Authorize {
  return (asked) => {
    const { allowed, reason, evaluationError } = decide(asked, context);
    return {
      allowed,
      reason,
      ...(evaluationError === undefined ? {} : { error: evaluationError }),
    };
  };
}

function decide(asked: AuthorizerAttributes, context: AdmissionContext): AccessDecision {
  const access = accessOf(asked);
  const namespace = access.isResourceRequest ? access.namespace : '';
  if (namespace === '' || namespace === context.namespace) {
    return context.authorizer.authorize(asked.user, access);
  }
  const [decision] = context.inquiries.ask([
    { kind: 'access' as const, namespace, user: asked.user, access },
  ]);
  if (decision === undefined) throw new Error('a question about access was not answered');
  return decision;
}

/** Selectors that cannot be read do not narrow the question. */
function accessOf(asked: AuthorizerAttributes): AccessAttributes {
  const { isResourceRequest, verb, path, fieldSelector, labelSelector } = asked;
  if (!isResourceRequest) return { isResourceRequest, verb, path };
  return {
    isResourceRequest,
    verb,
    apiGroup: asked.apiGroup,
    apiVersion: asked.apiVersion,
    namespace: asked.namespace,
    resource: asked.resource,
    subresource: asked.subresource,
    name: asked.name,
    ...(fieldSelector?.error === undefined && fieldSelector !== undefined
      ? { fieldRequirements: fieldSelector.requirements }
      : {}),
    ...(labelSelector?.error === undefined && labelSelector !== undefined
      ? { labelRequirements: labelSelector.requirements }
      : {}),
  };
}
