import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import {
  newBadRequest,
  newConflict,
  newInvalid,
  newNotFound,
} from '../../../../apimachinery/status-error.ts';
import {
  type AccountClaims,
  namedOf,
  setDefaultAudience,
  setTokenRequestDefaults,
  tokenRequestSpec,
  validateTokenRequest,
} from '../../../registry/resources/authentication/token-request.ts';
import { Admission } from '../admission.ts';
import type { TokenAnswer, TokenRequest } from '../protocol.ts';
import { answer, type StoreContext } from '../store-context.ts';

const ACCOUNTS = { group: '', resource: 'serviceaccounts' };

/**
 * POST of a ServiceAccount's `token`: what the token is to say. Nothing is stored; whoever asked
 * signs it (pkg/registry/core/serviceaccount/storage TokenREST).
 */
export function requestTokenVerb(context: StoreContext, request: TokenRequest): TokenAnswer {
  return answer(() => {
    const { name } = request;
    const account = context.commits.read({ resource: 'serviceaccounts', name });
    if (account === null) throw newNotFound(ACCOUNTS, name);
    const object = JSON.parse(request.object) as KubernetesObject;
    setTokenRequestDefaults(object);
    requireName(object, name, context.namespace);
    const admission = new Admission(context, request, {
      operation: 'CREATE',
      subresource: 'token',
      name,
      object,
      oldObject: null,
    });
    admission.admit();
    setDefaultAudience(object, request.audience);
    const errors = validateTokenRequest(object);
    if (errors.length > 0) throw newInvalid('authentication.k8s.io', 'TokenRequest', '', errors);
    const claims = claimsOf(context, account, object);
    admission.validate(object);
    return { ok: true, object: JSON.stringify(object), claims, warnings: [...admission.warnings] };
  });
}

/** Of the object that is sent, name and namespace are those of the URL, or left out. */
function requireName({ metadata }: KubernetesObject, name: string, namespace: string): void {
  if ((metadata.name ?? '') !== '' && metadata.name !== name) {
    throw newBadRequest(
      `the name of the object (${metadata.name}) does not match the name on the URL (${name})`,
    );
  }
  if ((metadata.namespace ?? '') !== '' && metadata.namespace !== namespace) {
    throw newBadRequest(
      `the namespace of the provided object does not match the namespace sent on the request`,
    );
  }
  metadata.name = name;
  metadata.namespace = namespace;
}

function claimsOf(
  context: StoreContext,
  account: KubernetesObject,
  request: KubernetesObject,
): AccountClaims {
  const own = { namespace: context.namespace, serviceaccount: namedOf(account) };
  const { boundObjectRef: bound } = tokenRequestSpec(request);
  if (bound === undefined) return own;
  const { kind = '', apiVersion = 'v1', name = '', uid = '' } = bound;
  if (apiVersion !== 'v1') throw cannotBind(kind, apiVersion);
  switch (kind) {
    case 'Pod': {
      const pod = boundObject(context, 'pods', name, uid);
      return { ...own, pod: namedOf(pod), ...nodeOf(context, account, pod) };
    }
    case 'Secret':
      return { ...own, secret: namedOf(boundObject(context, 'secrets', name, uid)) };
    case 'Node': {
      const node = findNode(context, name);
      if (node === null) throw newNotFound({ group: '', resource: 'nodes' }, name);
      requireUID(node, 'nodes', uid);
      return { ...own, node: namedOf(node) };
    }
    default:
      throw cannotBind(kind, apiVersion);
  }
}

const cannotBind = (kind: string, apiVersion: string) =>
  newBadRequest(
    `cannot bind token to object of type ${apiVersion}, Kind=${kind}: Pod, Secret and Node of v1 can be bound to`,
  );

function boundObject(
  context: StoreContext,
  resource: string,
  name: string,
  uid: string,
): KubernetesObject {
  const object = context.commits.read({ resource, name });
  if (object === null) throw newNotFound({ group: '', resource }, name);
  requireUID(object, resource, uid);
  return object;
}

function requireUID({ metadata }: KubernetesObject, resource: string, uid: string): void {
  if (uid === '' || uid === metadata.uid) return;
  throw newConflict(
    { group: '', resource },
    metadata.name ?? '',
    `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`,
  );
}

/** A pod's token names its node as well; the pod must run as the account. */
function nodeOf(
  context: StoreContext,
  account: KubernetesObject,
  pod: KubernetesObject,
): Pick<AccountClaims, 'node'> {
  const spec = (pod.spec ?? {}) as { serviceAccountName?: string; nodeName?: string };
  if (spec.serviceAccountName !== account.metadata.name) {
    throw newBadRequest(
      `cannot bind token for serviceaccount ${JSON.stringify(account.metadata.name)} to pod running with different serviceaccount name.`,
    );
  }
  const node = findNode(context, spec.nodeName ?? '');
  return node === null ? {} : { node: namedOf(node) };
}

/** Nodes are in the cluster's store. */
function findNode({ inquiries }: StoreContext, name: string): KubernetesObject | null {
  if (name === '') return null;
  const [nodes = []] = inquiries.ask([{ kind: 'objects', namespace: '', resource: 'nodes', name }]);
  return nodes[0] ?? null;
}
