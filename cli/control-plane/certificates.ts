import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import type { DataDir } from '../data-dir.ts';
import { readIfExists, writeAtomically } from '../data-dir.ts';
import type { ServerName } from './reach.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 24 * 3_600_000;
const CA_LIFETIME_MS = 3_650 * DAY_MS;
const SERVER_LIFETIME_MS = 365 * DAY_MS;
/** A server certificate that ends sooner is made anew at start. */
const RENEW_BEFORE_MS = 60 * DAY_MS;

export interface ServingCertificate {
  /** PEM of the authority that clients trust. */
  readonly ca: string;
  /** PEM of the server's certificate and key, for workerd. */
  readonly certificate: string;
  readonly privateKey: string;
}

/**
 * The control plane's own certificate authority and its server certificate: read where they are
 * there, else made. Files in `pki/`: `ca.crt`, `ca.key`, `server.crt`, `server.key`.
 *
 * @param names that the server's certificate has to be good for
 */
export async function servingCertificate(
  dir: DataDir,
  names: readonly ServerName[],
  nowMs: number,
): Promise<ServingCertificate> {
  x509.cryptoProvider.set(webcrypto);
  const file = (name: string) => join(dir.pki, name);
  const stored = {
    ca: await readIfExists(file('ca.crt')),
    caKey: await readIfExists(file('ca.key')),
    certificate: await readIfExists(file('server.crt')),
    privateKey: await readIfExists(file('server.key')),
  };
  const authority =
    stored.ca !== null && stored.caKey !== null
      ? await loadAuthority(stored.ca, stored.caKey)
      : await newAuthority(dir, nowMs);
  if (stored.certificate !== null && stored.privateKey !== null && stored.ca !== null) {
    const certificate = new x509.X509Certificate(stored.certificate);
    const isYoung = certificate.notAfter.getTime() - nowMs > RENEW_BEFORE_MS;
    if (isYoung && isGoodFor(certificate, names)) {
      return { ca: stored.ca, certificate: stored.certificate, privateKey: stored.privateKey };
    }
  }
  const issued = await issueServerCertificate(authority, names, nowMs);
  await writeAtomically(file('server.crt'), issued.certificate, 0o644);
  await writeAtomically(file('server.key'), issued.privateKey, 0o600);
  return { ca: authority.pem, ...issued };
}

interface Authority {
  readonly pem: string;
  readonly certificate: x509.X509Certificate;
  readonly key: webcrypto.CryptoKey;
}

async function loadAuthority(pem: string, keyPEM: string): Promise<Authority> {
  const raw = x509.PemConverter.decodeFirst(keyPEM);
  const key = await webcrypto.subtle.importKey('pkcs8', raw, ALGORITHM, true, ['sign']);
  return { pem, certificate: new x509.X509Certificate(pem), key };
}

async function newAuthority(dir: DataDir, nowMs: number): Promise<Authority> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: 'CN=fairlead-ca',
    notBefore: new Date(nowMs - DAY_MS),
    notAfter: new Date(nowMs + CA_LIFETIME_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
  const pem = `${certificate.toString('pem')}\n`;
  await writeAtomically(join(dir.pki, 'ca.key'), await exportKey(keys.privateKey), 0o600);
  await writeAtomically(join(dir.pki, 'ca.crt'), pem, 0o644);
  return { pem, certificate, key: keys.privateKey };
}

/** A machine that has moved to another network has other addresses. */
function isGoodFor(certificate: x509.X509Certificate, names: readonly ServerName[]): boolean {
  const extension = certificate.getExtension(x509.SubjectAlternativeNameExtension);
  const has = new Set(extension?.names.items.map(({ type, value }) => `${type} ${value}`));
  return names.every(({ type, value }) => has.has(`${type} ${value}`));
}

async function issueServerCertificate(
  authority: Authority,
  names: readonly ServerName[],
  nowMs: number,
) {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: 'CN=fairlead',
    issuer: authority.certificate.subject,
    notBefore: new Date(nowMs - DAY_MS),
    notAfter: new Date(nowMs + SERVER_LIFETIME_MS),
    signingAlgorithm: ALGORITHM,
    signingKey: authority.key,
    publicKey: keys.publicKey,
    extensions: [
      new x509.SubjectAlternativeNameExtension([...names]),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    ],
  });
  return {
    certificate: `${certificate.toString('pem')}\n`,
    privateKey: await exportKey(keys.privateKey),
  };
}

async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const raw = await webcrypto.subtle.exportKey('pkcs8', key);
  return `${x509.PemConverter.encode(raw, 'PRIVATE KEY')}\n`;
}

const serialNumber = () =>
  Buffer.from(webcrypto.getRandomValues(new Uint8Array(16))).toString('hex');
