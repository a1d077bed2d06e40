import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { decodeBase64Bytes } from '../../registry/base64.ts';
import { parseTime } from '../../registry/schema/parse-time.ts';
import { as } from '../kinds.ts';
import type { StoredMeta } from '../kinds.ts';
import { EMPTY_PLAN } from '../planner.ts';
import type { Change, Plan, Planner, Reader } from '../planner.ts';

/** The one namespace in which a Secret can be a bootstrap token. */
const TOKEN_NAMESPACE = 'kube-system';
const TOKEN_TYPE = 'bootstrap.kubernetes.io/token';
const LONG_AGO = '1970-01-01T00:00:00Z';

interface Token extends KubernetesObject {
  metadata: StoredMeta;
  type?: string;
  /** Values in base64. */
  data?: Readonly<Record<string, string>>;
}

export const tokenCleanerPlanner: Planner<Token> = {
  name: 'token-cleaner',
  keysFor,
  observe(reader, key) {
    const object = reader.get('secrets', key);
    return object === null ? null : as<Token>(object);
  },
  plan: planTokenExpiry,
};

function keysFor({ resource, name, after }: Change, reader: Reader): readonly string[] {
  if (resource !== 'secrets' || after === null || reader.namespace !== TOKEN_NAMESPACE) return [];
  return expiresAt(as<Token>(after)) === null ? [] : [name];
}

/**
 * When the token is to go, in milliseconds since the epoch; null for one that stays, and for what
 * is no token. An expiration that cannot be read is one that is long over: to keep such a token would
 * be to let it live for ever against somebody's will.
 */
function expiresAt({ type, data, metadata }: Token): number | null {
  const expiration = decodeBase64Bytes(data?.['expiration'] ?? '');
  if (type !== TOKEN_TYPE || expiration === '' || metadata.deletionTimestamp !== undefined) {
    return null;
  }
  try {
    return Date.parse(parseTime(expiration) ?? LONG_AGO);
  } catch {
    return Date.parse(LONG_AGO);
  }
}

/** Deletes the token at its time, or says when that will be. */
export function planTokenExpiry(token: Token, now: number): Plan {
  const expiry = expiresAt(token);
  if (expiry === null) return EMPTY_PLAN;
  if (expiry > now) return { writes: [], requeueAfterMs: expiry - now };
  const { name, uid } = token.metadata;
  return { writes: [{ verb: 'delete', resource: 'secrets', name, uid }] };
}
