import { importJWK, jwtVerify } from 'jose';
import { serviceAccountUser } from '../../../apimachinery/user-info.ts';
import type { Env } from '../../durable/env.ts';
import { accountSigningKey, SIGNING_ALGORITHM } from '../../keys/account-signing-key.ts';
import {
  SECRET_TOKEN_CLAIM,
  SECRET_TOKEN_ISSUER,
} from '../../registry/resources/account-token-secret.ts';
import { storeOf } from '../api-context.ts';
import type { User } from './user.ts';

const FRESH_MS = 10_000;
const MAX_KNOWN = 1_000;
/** Tokens that were found good, for as long as upstream caches them. */
const known = new Map<string, { readonly user: User; readonly until: number }>();

/**
 * Whose token from a Secret it is; null when it is none, or not the one that the Secret has. Such
 * tokens do not end but with their Secret, or with their account.
 */
export async function secretTokenUser(
  env: Env,
  token: string,
  cluster: string,
): Promise<User | null> {
  const key = `${cluster}\n${token}`;
  const earlier = known.get(key);
  if (earlier !== undefined && earlier.until > Date.now()) return earlier.user;
  const claims = await verify(env, token, cluster);
  if (claims === null) return null;
  const { namespace, secret, account, uid } = claims;
  const scope = { cluster, namespace };
  const isAlive = await storeOf(env, scope).isSecretToken(scope, { secret, account, uid, token });
  if (!isAlive) return null;
  const user = { ...serviceAccountUser(namespace, account), uid };
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(key, { user, until: Date.now() + FRESH_MS });
  return user;
}

async function verify(env: Env, token: string, cluster: string) {
  try {
    const { publicJWK } = await accountSigningKey(env, cluster);
    const { payload } = await jwtVerify(token, await importJWK(publicJWK, SIGNING_ALGORITHM), {
      algorithms: [SIGNING_ALGORITHM],
      issuer: SECRET_TOKEN_ISSUER,
      requiredClaims: ['sub'],
    });
    const claim = (name: string): string => {
      const value = payload[SECRET_TOKEN_CLAIM + name];
      return typeof value === 'string' ? value : '';
    };
    return {
      namespace: claim('namespace'),
      secret: claim('secret.name'),
      account: claim('service-account.name'),
      uid: claim('service-account.uid'),
    };
  } catch {
    // Whatever is wrong with it: one answer for all, which tells nothing.
    return null;
  }
}
