import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import type { AccountClaims } from '../../../registry/resources/authentication/token-request.ts';
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

const isSame = (object: KubernetesObject | null, uid: string): boolean =>
  object?.metadata.uid === uid;
