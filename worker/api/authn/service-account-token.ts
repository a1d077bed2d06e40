import { importJWK, type JWK, jwtVerify, SignJWT } from 'jose';
import { serviceAccountUser } from '../../../apimachinery/user-info.ts';
import type { Env } from '../../durable/env.ts';
import {
  ACCOUNT_CLAIMS,
  type AccountClaims,
} from '../../registry/resources/authentication/token-request.ts';
import { storeOf } from '../api-context.ts';
import { accountSigningKey, SIGNING_ALGORITHM } from '../../keys/account-signing-key.ts';
import type { User } from './user.ts';

/** Whom tokens are from and for where the deployment has no public URL; upstream's default. */
const DEFAULT_ISSUER = 'https://kubernetes.default.svc.cluster.local';
const DEFAULT_CLUSTER = 'default';
/** For so long a token that was found good counts as good, as upstream caches it. Milliseconds. */
const FRESH_MS = 10_000;
const MAX_KNOWN = 1_000;

/** The issuer of a cluster's tokens, and their audience by default. */
export function tokenIssuer(env: Env, cluster: string): string {
  // A variable that is not set is absent on the platform, and null in workerd.
  const base = (env.FAIRLEAD_PUBLIC_URL ?? '').replace(/\/+$/, '');
  if (base === '') return DEFAULT_ISSUER;
  return cluster === DEFAULT_CLUSTER ? base : `${base}/clusters/${cluster}`;
}

/** The keys by which others check a cluster's tokens: a JWK set (RFC 7517). */
export async function tokenKeys(env: Env, cluster: string): Promise<{ keys: JWK[] }> {
  return { keys: [(await accountSigningKey(env, cluster)).publicJWK] };
}

/**
 * Signs a token.
 * @returns it with its last moment, seconds since the epoch.
 */
export async function signAccountToken(
  env: Env,
  cluster: string,
  claims: AccountClaims,
  { audiences, expirationSeconds }: { audiences: readonly string[]; expirationSeconds: number },
): Promise<{ token: string; expiresAt: number }> {
  const { privateKey, publicJWK } = await accountSigningKey(env, cluster);
  const now = Math.floor(Date.now() / 1000);
  const expiresAt = now + expirationSeconds;
  const { name } = serviceAccountUser(claims.namespace, claims.serviceaccount.name);
  const token = await new SignJWT({ [ACCOUNT_CLAIMS]: claims })
    .setProtectedHeader({ alg: SIGNING_ALGORITHM, kid: publicJWK.kid })
    .setIssuer(tokenIssuer(env, cluster))
    .setSubject(name)
    .setAudience([...audiences])
    .setIssuedAt(now)
    .setNotBefore(now)
    .setExpirationTime(expiresAt)
    .setJti(crypto.randomUUID())
    .sign(privateKey);
  return { token, expiresAt };
}

/** A token's user, and for which of the audiences asked about it is. */
export interface AuthenticatedToken {
  readonly user: User;
  readonly audiences: readonly string[];
}

const known = new Map<string, { readonly answer: AuthenticatedToken; readonly until: number }>();

/** Whose ServiceAccount token it is; null when it is none, or of something that is gone. */
export async function accountTokenUser(
  env: Env,
  token: string,
  cluster: string,
  audiences: readonly string[],
): Promise<AuthenticatedToken | null> {
  const key = JSON.stringify([cluster, audiences, token]);
  const earlier = known.get(key);
  if (earlier !== undefined && earlier.until > Date.now()) return earlier.answer;
  const verified = await verify(env, token, cluster, audiences);
  if (verified === null) return null;
  const { claims, jti, expiresAt, audience } = verified;
  const scope = { cluster, namespace: claims.namespace };
  if (!(await storeOf(env, scope).isTokenAlive(scope, claims))) return null;
  const answer = { user: userOf(claims, jti), audiences: audience };
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(key, { answer, until: Math.min(Date.now() + FRESH_MS, expiresAt * 1000) });
  return answer;
}

async function verify(env: Env, token: string, cluster: string, audiences: readonly string[]) {
  try {
    const { publicJWK } = await accountSigningKey(env, cluster);
    const { payload } = await jwtVerify(token, await importJWK(publicJWK, SIGNING_ALGORITHM), {
      algorithms: [SIGNING_ALGORITHM],
      issuer: tokenIssuer(env, cluster),
      audience: [...audiences],
      requiredClaims: ['exp', 'sub', 'aud'],
    });
    const own = [payload.aud ?? []].flat();
    return {
      claims: payload[ACCOUNT_CLAIMS] as AccountClaims,
      jti: payload.jti ?? '',
      expiresAt: payload.exp ?? 0,
      audience: audiences.filter((audience) => own.includes(audience)),
    };
  } catch {
    // Wrong signature, issuer, audience or time: one answer for all, which tells nothing.
    return null;
  }
}

const EXTRA = 'authentication.kubernetes.io/';

function userOf(claims: AccountClaims, jti: string): User {
  const { namespace, serviceaccount, pod, node } = claims;
  return {
    ...serviceAccountUser(namespace, serviceaccount.name),
    uid: serviceaccount.uid,
    extra: {
      ...(jti === '' ? {} : { [`${EXTRA}credential-id`]: [`JTI=${jti}`] }),
      ...(node === undefined
        ? {}
        : { [`${EXTRA}node-name`]: [node.name], [`${EXTRA}node-uid`]: [node.uid] }),
      ...(pod === undefined
        ? {}
        : { [`${EXTRA}pod-name`]: [pod.name], [`${EXTRA}pod-uid`]: [pod.uid] }),
    },
  };
}
