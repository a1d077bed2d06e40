import { hkdfSync, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import type { DataDir } from '../data-dir.ts';
import { readIfExists, writeAtomically } from '../data-dir.ts';

/** As worker/api/authn/admin-token.ts checks them. */
const ISSUER = 'fairlead:admin';
const PURPOSE = 'fairlead admin tokens';
const ANY_CLUSTER = '*';
const LIFETIME = '3650d';

/** The secret that every other key of the deployment is derived from; made on first use. */
export async function rootKey(dir: DataDir): Promise<string> {
  const path = join(dir.pki, 'root.key');
  const stored = await readIfExists(path);
  if (stored !== null) return stored.trim();
  const key = randomBytes(32).toString('base64url');
  await writeAtomically(path, `${key}\n`, 0o600);
  return key;
}

/** A token for whoever holds the root key: member of system:masters, in every cluster. */
export async function mintAdminToken(key: string): Promise<string> {
  const secret = hkdfSync('sha256', key, '', PURPOSE, 32);
  return new SignJWT({ groups: ['system:masters'] })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(ISSUER)
    .setSubject('kubernetes-admin')
    .setAudience(ANY_CLUSTER)
    .setIssuedAt()
    .setExpirationTime(LIFETIME)
    .sign(new Uint8Array(secret));
}
