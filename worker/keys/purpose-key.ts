/** Keys that an isolate holds: there is one per cluster for some purposes. */
const MAX_DERIVED = 1_000;
const derived = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();

/** Where the deployment's secret is. */
export interface KeyEnv {
  /** 32 bytes, base64url: every other key of the deployment is derived from it. */
  readonly FAIRLEAD_ROOT_KEY: string;
}

/**
 * A key for one purpose, derived from the deployment's root key (HKDF, RFC 5869), so that one
 * secret is all that an operator has to keep.
 *
 * @returns 32 bytes.
 */
export function purposeKey(env: KeyEnv, purpose: string): Promise<Uint8Array<ArrayBuffer>> {
  const id = `${purpose}\n${env.FAIRLEAD_ROOT_KEY}`;
  let key = derived.get(id);
  if (key === undefined) {
    if (derived.size >= MAX_DERIVED) derived.clear();
    key = derive(env.FAIRLEAD_ROOT_KEY, purpose);
    derived.set(id, key);
  }
  return key;
}

async function derive(rootKey: string, purpose: string): Promise<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  const material = await crypto.subtle.importKey('raw', encoder.encode(rootKey), 'HKDF', false, [
    'deriveBits',
  ]);
  const bits = await crypto.subtle.deriveBits(
    {
      name: 'HKDF',
      hash: 'SHA-256',
      salt: new Uint8Array(),
      info: encoder.encode(`fairlead ${purpose}`),
    },
    material,
    256,
  );
  return new Uint8Array(bits);
}
