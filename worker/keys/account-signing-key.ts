import type { JWK } from 'jose';
import { p256Key } from './p256-key.ts';
import { purposeKey, type KeyEnv } from './purpose-key.ts';

export const SIGNING_ALGORITHM = 'ES256';
/** Key pairs that an isolate holds. */
const MAX_KEYS = 1_000;

/** A cluster's key pair for tokens of its ServiceAccounts. */
export interface SigningKey {
  readonly privateKey: CryptoKey;
  readonly publicJWK: JWK & { readonly kid: string };
}

const keys = new Map<string, Promise<SigningKey>>();

/** A cluster's own key, derived from the root key: no store has to keep it, none has to be asked. */
export function accountSigningKey(env: KeyEnv, cluster: string): Promise<SigningKey> {
  const id = `${cluster}\n${env.FAIRLEAD_ROOT_KEY}`;
  let key = keys.get(id);
  if (key === undefined) {
    if (keys.size >= MAX_KEYS) keys.clear();
    key = deriveKey(env, cluster);
    keys.set(id, key);
  }
  return key;
}

async function deriveKey(env: KeyEnv, cluster: string): Promise<SigningKey> {
  const scalar = await purposeKey(env, `service account tokens of ${cluster}`);
  const { privateKey, point } = await p256Key(scalar);
  const { x, y } = point;
  const text = new TextEncoder().encode(JSON.stringify({ crv: 'P-256', kty: 'EC', x, y }));
  const thumbprint = await crypto.subtle.digest('SHA-256', text);
  const kid = btoa(String.fromCharCode(...new Uint8Array(thumbprint)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
  return {
    privateKey,
    publicJWK: { kty: 'EC', crv: 'P-256', x, y, use: 'sig', alg: SIGNING_ALGORITHM, kid },
  };
}
