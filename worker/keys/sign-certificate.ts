import 'reflect-metadata';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Pkcs10CertificateRequest,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
  type Extension,
} from '@peculiar/x509';
import {
  CERTIFICATE_ALGORITHM,
  pemOf,
  type CertificateAuthority,
} from './certificate-authority.ts';

/** A request that cannot be signed, ever. */
export class UnsignableRequestError extends Error {}

/** Clocks differ: so much earlier than now a certificate is good. Upstream's Backdate. Milliseconds. */
const BACKDATE_MS = 5 * 60_000;
/** A certificate for less than this is not cut short by that. Upstream's Short. Milliseconds. */
const SHORT_MS = 8 * 3_600_000;
/** Upstream's default of cluster-signing-duration. Milliseconds. */
const LONGEST_MS = 365 * 24 * 3_600_000;
const SHORTEST_MS = 10 * 60_000;

const KEY_USAGES: Readonly<Record<string, KeyUsageFlags>> = {
  signing: KeyUsageFlags.digitalSignature,
  'digital signature': KeyUsageFlags.digitalSignature,
  'content commitment': KeyUsageFlags.nonRepudiation,
  'key encipherment': KeyUsageFlags.keyEncipherment,
  'key agreement': KeyUsageFlags.keyAgreement,
  'data encipherment': KeyUsageFlags.dataEncipherment,
  'cert sign': KeyUsageFlags.keyCertSign,
  'crl sign': KeyUsageFlags.cRLSign,
  'encipher only': KeyUsageFlags.encipherOnly,
  'decipher only': KeyUsageFlags.decipherOnly,
};

/** RFC 5280 and vendors' object identifiers of purposes, in the order of Go's constants. */
const PURPOSES: Readonly<Record<string, string>> = {
  any: '2.5.29.37.0',
  'server auth': '1.3.6.1.5.5.7.3.1',
  'client auth': '1.3.6.1.5.5.7.3.2',
  'code signing': '1.3.6.1.5.5.7.3.3',
  'email protection': '1.3.6.1.5.5.7.3.4',
  's/mime': '1.3.6.1.5.5.7.3.4',
  'ipsec end system': '1.3.6.1.5.5.7.3.5',
  'ipsec tunnel': '1.3.6.1.5.5.7.3.6',
  'ipsec user': '1.3.6.1.5.5.7.3.7',
  timestamping: '1.3.6.1.5.5.7.3.8',
  'ocsp signing': '1.3.6.1.5.5.7.3.9',
  'microsoft sgc': '1.3.6.1.4.1.311.10.3.3',
  'netscape sgc': '2.16.840.1.113730.4.1',
};

export interface CertificateTerms {
  /** As in `spec.usages` of a CertificateSigningRequest. */
  readonly usages: readonly string[];
  /** For how long it is asked for; undefined for as long as may be. */
  readonly expirationSeconds: number | undefined;
  readonly now: number;
}

/**
 * Signs a request (PKCS #10, DER) as upstream's permissive policy does: subject, key and names of the
 * request, usages and time as given, no other extension of it. PEM.
 * @throws UnsignableRequestError when it is none, or was not signed by its own key.
 */
export async function signCertificate(
  authority: CertificateAuthority,
  request: BufferSource,
  { usages, expirationSeconds, now }: CertificateTerms,
): Promise<string> {
  const parsed = await verified(request);
  const lifetimeMs = lifetimeOf(expirationSeconds);
  const notBefore = now - BACKDATE_MS;
  const notAfter = (lifetimeMs < SHORT_MS ? now : notBefore) + lifetimeMs;
  const certificate = await X509CertificateGenerator.create({
    serialNumber: newSerialNumber(),
    subject: parsed.subjectName,
    issuer: authority.certificate.subjectName,
    notBefore: new Date(notBefore),
    notAfter: new Date(notAfter),
    publicKey: parsed.publicKey,
    signingKey: authority.privateKey,
    signingAlgorithm: CERTIFICATE_ALGORITHM,
    extensions: [
      ...usageExtensions(usages),
      new BasicConstraintsExtension(false, undefined, true),
      await AuthorityKeyIdentifierExtension.create(authority.certificate.publicKey),
      ...nameExtensions(parsed),
    ],
  });
  return pemOf(certificate);
}

async function verified(request: BufferSource): Promise<Pkcs10CertificateRequest> {
  let parsed: Pkcs10CertificateRequest;
  let isOwn: boolean;
  try {
    parsed = new Pkcs10CertificateRequest(request);
    isOwn = await parsed.verify();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UnsignableRequestError(`unable to parse certificate request: ${why}`);
  }
  const { hash } = parsed.signatureAlgorithm as { hash?: { name?: string } };
  if (!isOwn || hash?.name === 'SHA-1') {
    throw new UnsignableRequestError('unable to verify certificate request signature');
  }
  return parsed;
}

function lifetimeOf(expirationSeconds: number | undefined): number {
  if (expirationSeconds === undefined) return LONGEST_MS;
  return Math.min(LONGEST_MS, Math.max(SHORTEST_MS, expirationSeconds * 1000));
}

/** 127 random bits: a positive number of 16 bytes. */
function newSerialNumber(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function usageExtensions(usages: readonly string[]): Extension[] {
  const flags = usages.reduce((sum, usage) => sum | Number(KEY_USAGES[usage] ?? 0), 0);
  const wanted = new Set(usages.flatMap((usage) => PURPOSES[usage] ?? []));
  const purposes = [...new Set(Object.values(PURPOSES))].filter((purpose) => wanted.has(purpose));
  return [
    // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- flags are there to be added up
    ...(flags === 0 ? [] : [new KeyUsagesExtension(flags, true)]),
    ...(purposes.length === 0 ? [] : [new ExtendedKeyUsageExtension(purposes)]),
  ];
}

/** DNS names, mail addresses, IP addresses and URIs of the request, in this order; nothing else. */
function nameExtensions(request: Pkcs10CertificateRequest): Extension[] {
  const found = request.extensions.find(
    (extension) => extension instanceof SubjectAlternativeNameExtension,
  );
  const items = found?.names.toJSON() ?? [];
  const names = (['dns', 'email', 'ip', 'url'] as const).flatMap((type) =>
    items.filter((item) => item.type === type),
  );
  if (names.length === 0) return [];
  return [new SubjectAlternativeNameExtension(names, request.subject === '')];
}
