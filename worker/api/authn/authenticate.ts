import { decodeJwt } from 'jose';
import { NODE_TOKEN_ISSUER } from '../../../apimachinery/agent-protocol.ts';
import { NODE_USER_PREFIX, nodeUser } from '../../../apimachinery/user-info.ts';
import type { Env } from '../../durable/env.ts';
import { adminTokenUser } from './admin-token.ts';
import { accountTokenUser, type AuthenticatedToken, tokenIssuer } from './service-account-token.ts';
import { SECRET_TOKEN_ISSUER } from '../../registry/resources/account-token-secret.ts';
import { secretTokenUser } from './secret-token.ts';
import { isNodeCertificate } from './node-certificate.ts';
import type { User } from './user.ts';

/** Longest token looked at, in characters. */
const MAX_TOKEN = 8_192;

/** The bearer token of a request, '' when there is none. */
export function bearerToken(request: Request): string {
  const header = request.headers.get('Authorization') ?? '';
  const [scheme = '', token = ''] = header.split(' ');
  return scheme.toLowerCase() === 'bearer' && token.length <= MAX_TOKEN ? token : '';
}

/** Whose token it is; null for nobody's. */
export async function authenticate(
  env: Env,
  cluster: string,
  request: Request,
): Promise<User | null> {
  const found = await authenticateToken(env, cluster, bearerToken(request));
  return found?.user ?? null;
}

/**
 * The same for a token by itself, which counts if it is for one of the audiences; by default, for
 * this API server. Tokens of people and nodes are for no other.
 */
export async function authenticateToken(
  env: Env,
  cluster: string,
  token: string,
  audiences: readonly string[] = [],
): Promise<AuthenticatedToken | null> {
  if (token === '' || token.length > MAX_TOKEN) return null;
  const own = tokenIssuer(env, cluster);
  const wanted = audiences.length === 0 ? [own] : audiences;
  const issuer = issuerOf(token);
  if (issuer === own) return accountTokenUser(env, token, cluster, wanted);
  if (!wanted.includes(own)) return null;
  const user = await otherUser(env, cluster, issuer, token);
  return user === null ? null : { user, audiences: [own] };
}

function otherUser(env: Env, cluster: string, issuer: string, token: string): Promise<User | null> {
  switch (issuer) {
    case NODE_TOKEN_ISSUER:
      return nodeTokenUser(env, cluster, token);
    case SECRET_TOKEN_ISSUER:
      return secretTokenUser(env, token, cluster);
    default:
      return adminTokenUser(env, token, cluster);
  }
}

function issuerOf(token: string): string {
  try {
    return decodeJwt(token).iss ?? '';
  } catch {
    // Not a JWT at all: no authenticator will know it.
    return '';
  }
}

/** The node itself knows the public key that its tokens must be signed with. */
async function nodeTokenUser(env: Env, cluster: string, token: string): Promise<User | null> {
  const { sub: subject = '', crt } = decodeJwt(token);
  if (!subject.startsWith(NODE_USER_PREFIX)) return null;
  const node = subject.slice(NODE_USER_PREFIX.length);
  if (!(await isNodeCertificate(env, crt, cluster, node))) return null;
  const known = await env.NODE.getByName(`${cluster}/nodes/${node}`).authenticate(token);
  return known ? { ...nodeUser(node), node } : null;
}
