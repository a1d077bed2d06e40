import { jwtVerify } from 'jose';
import type { Env } from '../../durable/env.ts';
import { purposeKey } from '../../keys/purpose-key.ts';
import { AUTHENTICATED_GROUP } from '../../../apimachinery/user-info.ts';
import type { User } from './user.ts';

/**
 * Tokens that whoever holds the root key mints for people: JWTs, HS256 under a key derived from
 * it. Claims: `iss` as below, `sub` the user's name, `groups`, `aud` a cluster's name or `*` for
 * every cluster, and `exp`. They need no look-up, so the first request of a new deployment works.
 */
export const ADMIN_TOKEN_ISSUER = 'fairlead:admin';
export const ADMIN_TOKEN_PURPOSE = 'admin tokens';
export const ANY_CLUSTER = '*';

/** Tokens whose signature was checked, with what they say. Nothing can take one back before `exp`. */
const verified = new Map<string, { readonly user: User; readonly expiresAtMs: number }>();
const MAX_VERIFIED = 1_000;

/** The user of an admin token, null when it is none or does not hold for the cluster. */
export async function adminTokenUser(
  env: Env,
  token: string,
  cluster: string,
): Promise<User | null> {
  const key = `${cluster}\n${token}`;
  const known = verified.get(key);
  if (known !== undefined && known.expiresAtMs > Date.now()) return known.user;
  try {
    const { payload } = await jwtVerify(token, await purposeKey(env, ADMIN_TOKEN_PURPOSE), {
      algorithms: ['HS256'],
      issuer: ADMIN_TOKEN_ISSUER,
      audience: [cluster, ANY_CLUSTER],
      requiredClaims: ['exp', 'sub'],
    });
    const groups = Array.isArray(payload['groups']) ? payload['groups'].map(String) : [];
    const user = { name: payload.sub ?? '', groups: [...groups, AUTHENTICATED_GROUP] };
    if (verified.size >= MAX_VERIFIED) verified.clear();
    verified.set(key, { user, expiresAtMs: (payload.exp ?? 0) * 1000 });
    return user;
  } catch {
    // Wrong signature, issuer, audience or time: one answer for all, which tells nothing.
    return null;
  }
}
