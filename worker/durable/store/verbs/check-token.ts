import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import type { AccountClaims } from '../../../registry/resources/authentication/token-request.ts';
import {
  accountOfSecret,
  tokenInSecret,
} from '../../../registry/resources/account-token-secret.ts';
import type { StoreContext } from '../store-context.ts';

/**
 * Whether what a token is bound to is still there (pkg/serviceaccount validator): the account, and
 * the pod, secret or node, each with the uid of when the token was made.
 */
export function isTokenAlive(context: StoreContext, claims: AccountClaims): boolean {
  const { serviceaccount, pod, secret, node } = claims;
  const own = (resource: string, { name, uid }: { name: string; uid: string }) =>
    isSame(context.commits.read({ resource, name }), uid);
  if (!own('serviceaccounts', serviceaccount)) return false;
  if (pod !== undefined && !own('pods', pod)) return false;
  if (secret !== undefined && !own('secrets', secret)) return false;
  // The node of a pod's token only says where the pod was.
  if (node === undefined || pod !== undefined) return true;
  const [nodes = []] = context.inquiries.ask([
    { kind: 'objects', namespace: '', resource: 'nodes', name: node.name },
  ]);
  return isSame(nodes[0] ?? null, node.uid);
}

/** A token from a Secret, and what it says of itself. */
export interface SecretToken {
  readonly secret: string;
  readonly account: string;
  readonly uid: string;
  readonly token: string;
}

/** Whether a Secret has just this token, and its account is the one that it was made for. */
export function isSecretToken(
  { commits }: StoreContext,
  { secret: name, account, uid, token }: SecretToken,
): boolean {
  const secret = commits.read({ resource: 'secrets', name });
  if (secret === null || secret.metadata.deletionTimestamp !== undefined) return false;
  if (accountOfSecret(secret) !== account || tokenInSecret(secret) !== btoa(token)) return false;
  return isSame(commits.read({ resource: 'serviceaccounts', name: account }), uid);
}

const isSame = (object: KubernetesObject | null, uid: string): boolean =>
  object?.metadata.uid === uid;
