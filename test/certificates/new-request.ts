import 'reflect-metadata';
import {
  PemConverter,
  Pkcs10CertificateRequestGenerator,
  SubjectAlternativeNameExtension,
  type JsonGeneralNames,
} from '@peculiar/x509';

const ALGORITHMS = {
  ecdsa: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  rsa: {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    publicExponent: new Uint8Array([1, 0, 1]),
    modulusLength: 2048,
  },
  ed25519: { name: 'Ed25519' },
} as const;

type RequestParams = Parameters<typeof Pkcs10CertificateRequestGenerator.create>[0];

export interface RequestOptions {
  readonly names?: JsonGeneralNames;
  readonly algorithm?: keyof typeof ALGORITHMS;
}

/** A request for a certificate with a key of its own: PEM. */
export async function newCertificateRequest(
  subject: string,
  { names = [], algorithm = 'ecdsa' }: RequestOptions = {},
): Promise<string> {
  const signingAlgorithm = ALGORITHMS[algorithm];
  const keys = (await crypto.subtle.generateKey(signingAlgorithm, true, [
    'sign',
    'verify',
  ])) as RequestParams['keys'];
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: subject,
    keys,
    signingAlgorithm,
    extensions: names.length === 0 ? [] : [new SubjectAlternativeNameExtension(names)],
  });
  return `${request.toString('pem')}\n`;
}

/** The first block of PEM, decoded. */
export const derOf = (pem: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(PemConverter.decodeFirst(pem));
