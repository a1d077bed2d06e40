import { decodeBase64Bytes } from '../base64.ts';

const BLOCK = /-----BEGIN ([^-\n]*)-----\r?\n[A-Za-z0-9+/=\s]*?-----END \1-----/g;
const isKey = (type: string): boolean => type.endsWith('PRIVATE KEY');

/** The types of the PEM blocks (RFC 7468) in a text. */
const blockTypes = (base64: string): string[] =>
  Array.from(decodeBase64Bytes(base64).matchAll(BLOCK), ([, type = '']) => type);

/**
 * What keeps a certificate and its key, both base64, from being used for TLS, in the words of Go's
 * `tls.X509KeyPair`: at most one text. What is in the blocks is not looked at.
 */
export function keyPairWarnings(certificate: string, key: string): string[] {
  const problem = problemOfCertificate(blockTypes(certificate)) ?? problemOfKey(blockTypes(key));
  return problem === undefined ? [] : [problem];
}

const SKIPPED = 'after skipping PEM blocks of the following types:';

function problemOfCertificate(types: readonly string[]): string | undefined {
  if (types.includes('CERTIFICATE')) return undefined;
  const [only = '', ...more] = types;
  if (types.length === 0) return 'tls: failed to find any PEM data in certificate input';
  return more.length === 0 && isKey(only)
    ? 'tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched'
    : `tls: failed to find "CERTIFICATE" PEM block in certificate input ${SKIPPED} [${types.join(' ')}]`;
}

function problemOfKey(types: readonly string[]): string | undefined {
  if (types.some(isKey)) return undefined;
  const [only, ...more] = types;
  if (only === undefined) return 'tls: failed to find any PEM data in key input';
  return more.length === 0 && only === 'CERTIFICATE'
    ? 'tls: found a certificate rather than a key in the PEM for the private key'
    : `tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input ${SKIPPED} [${types.join(' ')}]`;
}
