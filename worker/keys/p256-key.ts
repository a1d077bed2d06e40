/** A PKCS #8 key of P-256 (RFC 5208, RFC 5915) up to its scalar, without the public point. */
const PKCS8_PREFIX = Uint8Array.from(
  '3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420'.match(/../g) ?? [],
  (hex) => Number.parseInt(hex, 16),
);

/** The public half of a key pair of P-256, as in a JWK. */
export interface P256Point {
  readonly x: string;
  readonly y: string;
}

/** The key pair of P-256 that has these 32 bytes for its private half, for ECDSA. */
export async function p256Key(
  scalar: Uint8Array,
): Promise<{ readonly privateKey: CryptoKey; readonly point: P256Point }> {
  const der = new Uint8Array([...PKCS8_PREFIX, ...scalar]);
  const curve = { name: 'ECDSA', namedCurve: 'P-256' };
  const privateKey = await crypto.subtle.importKey('pkcs8', der, curve, true, ['sign']);
  const { x = '', y = '' } = (await crypto.subtle.exportKey('jwk', privateKey)) as JsonWebKey;
  return { privateKey, point: { x, y } };
}
