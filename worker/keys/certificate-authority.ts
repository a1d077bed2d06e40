import 'reflect-metadata';
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { p256Key } from './p256-key.ts';
import { purposeKey, type KeyEnv } from './purpose-key.ts';

/** How the authority signs. */
export const CERTIFICATE_ALGORITHM = { name: 'ECDSA', hash: 'SHA-256' } as const;
/** Authorities that an isolate holds. */
const MAX_AUTHORITIES = 1_000;
/** Before any cluster was made. */
const NOT_BEFORE = new Date(Date.UTC(2025, 0, 1));
/** RFC 5280, 4.1.2.5: no end. It is the root key that is replaced. */
const NOT_AFTER = new Date(Date.UTC(9999, 11, 31, 23, 59, 59));

/** Who signs the certificates that a cluster's requests ask for. */
export interface CertificateAuthority {
  readonly certificate: X509Certificate;
  readonly privateKey: CryptoKey;
}

const authorities = new Map<string, Promise<CertificateAuthority>>();

/**
 * A cluster's own authority, derived from the root key. Key and name are always the same, so that
 * one certificate of it is as good as another: signatures with ECDSA differ each time.
 */
export function certificateAuthority(env: KeyEnv, cluster: string): Promise<CertificateAuthority> {
  const id = `${cluster}\n${env.FAIRLEAD_ROOT_KEY}`;
  let authority = authorities.get(id);
  if (authority === undefined) {
    if (authorities.size >= MAX_AUTHORITIES) authorities.clear();
    authority = derive(env, cluster);
    authorities.set(id, authority);
  }
  return authority;
}

/** Whether a certificate, PEM, is one of the authority's own. */
export function isOwnCertificate({ certificate }: CertificateAuthority, pem: string): boolean {
  try {
    const other = new X509Certificate(pem);
    return other.subject === certificate.subject && other.publicKey.equal(certificate.publicKey);
  } catch {
    // What is no certificate is not the authority's.
    return false;
  }
}

export const pemOf = (certificate: X509Certificate): string => `${certificate.toString('pem')}\n`;

async function derive(env: KeyEnv, cluster: string): Promise<CertificateAuthority> {
  const { privateKey, point } = await p256Key(await purposeKey(env, `certificates of ${cluster}`));
  const jwk = { kty: 'EC', crv: 'P-256', ...point };
  const curve = { name: 'ECDSA', namedCurve: 'P-256' };
  const publicKey = await crypto.subtle.importKey('jwk', jwk, curve, true, ['verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: [{ CN: [`fairlead-ca ${cluster}`] }],
    notBefore: NOT_BEFORE,
    notAfter: NOT_AFTER,
    signingAlgorithm: CERTIFICATE_ALGORITHM,
    keys: { privateKey, publicKey },
    extensions: [
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      new BasicConstraintsExtension(true, 0, true),
      await SubjectKeyIdentifierExtension.create(publicKey),
    ],
  });
  return { certificate, privateKey };
}
