import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  derOf,
  newCertificateRequest,
  type RequestOptions,
} from '../../test/certificates/new-request.ts';
import { certificateAuthority, isOwnCertificate, pemOf } from './certificate-authority.ts';
import { signCertificate, UnsignableRequestError } from './sign-certificate.ts';

const ENV = { FAIRLEAD_ROOT_KEY: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' };
const OTHER_ENV = { FAIRLEAD_ROOT_KEY: 'BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' };
const NOW = Date.UTC(2026, 0, 1);
const HOUR_MS = 3_600_000;

const authorityOf = async (cluster = 'default') =>
  new X509Certificate(pemOf((await certificateAuthority(ENV, cluster)).certificate));

async function signed(
  subject: string,
  options: RequestOptions = {},
  terms: { usages?: string[]; expirationSeconds?: number } = {},
): Promise<X509Certificate> {
  const request = derOf(await newCertificateRequest(subject, options));
  const { usages = ['client auth', 'digital signature'], expirationSeconds } = terms;
  const authority = await certificateAuthority(ENV, 'default');
  return new X509Certificate(
    await signCertificate(authority, request, { usages, expirationSeconds, now: NOW }),
  );
}

describe('the authority of a cluster', () => {
  it('is an authority, has no end, and is the same every time', async () => {
    const authority = await authorityOf();
    expect(authority.ca).toBe(true);
    expect(authority.checkIssued(authority)).toBe(true);
    expect(authority.verify(authority.publicKey)).toBe(true);
    expect(authority.subject).toBe('CN=fairlead-ca default');
    expect(new Date(authority.validTo).getUTCFullYear()).toBe(9999);
    expect(new Date(authority.validFrom).getTime()).toBe(Date.UTC(2025, 0, 1));
    const other = { ...ENV };
    const again = await certificateAuthority(other, 'default');
    expect(isOwnCertificate(again, authority.toString())).toBe(true);
  });

  it('is its own in every cluster and deployment', async () => {
    const authority = await certificateAuthority(ENV, 'default');
    for (const [env, cluster] of [
      [ENV, 'other'],
      [OTHER_ENV, 'default'],
    ] as const) {
      const other = await certificateAuthority(env, cluster);
      expect(isOwnCertificate(authority, pemOf(other.certificate))).toBe(false);
    }
    expect(isOwnCertificate(authority, 'no certificate')).toBe(false);
  });
});

describe('signed certificates', () => {
  it.each(['ecdsa', 'rsa', 'ed25519'] as const)(
    'hold a key of %s, subject and names',
    async (algorithm) => {
      const names = [
        { type: 'dns', value: 'node.example.com' },
        { type: 'ip', value: '10.0.0.1' },
        { type: 'ip', value: 'fd00::1' },
      ] as const;
      const subject = 'CN=system:node:n1, O=system:nodes';
      const certificate = await signed(subject, { algorithm, names: [...names] });
      const authority = await authorityOf();
      expect(certificate.checkIssued(authority)).toBe(true);
      expect(certificate.verify(authority.publicKey)).toBe(true);
      expect(certificate.ca).toBe(false);
      expect(certificate.subject).toBe('CN=system:node:n1\nO=system:nodes');
      expect(certificate.subjectAltName).toBe(
        'DNS:node.example.com, IP Address:10.0.0.1, IP Address:FD00:0:0:0:0:0:0:1',
      );
      expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
      expect(certificate.checkHost('node.example.com')).toBe('node.example.com');
    },
  );

  it.each([
    ['a year where nothing is said', undefined, 365 * 24 * HOUR_MS - 5 * 60_000],
    ['no longer than a year', 10 * 365 * 24 * 3600, 365 * 24 * HOUR_MS - 5 * 60_000],
    ['a day, beginning a little earlier', 24 * 3600, 24 * HOUR_MS - 5 * 60_000],
    ['an hour from now', 3600, HOUR_MS],
    ['ten minutes at least', 1, 600_000],
  ])('are good for %s', async (_what, expirationSeconds, wantMs) => {
    const terms = expirationSeconds === undefined ? {} : { expirationSeconds };
    const { validFrom, validTo } = await signed('CN=jane', {}, terms);
    expect(Date.parse(validFrom)).toBe(NOW - 5 * 60_000);
    expect(Date.parse(validTo) - NOW).toBe(wantMs);
  });

  it('have purposes in one order, and serial numbers of their own', async () => {
    const usages = ['server auth', 's/mime', 'client auth', 'email protection'];
    const [one, two] = [await signed('CN=a', {}, { usages }), await signed('CN=a', {}, { usages })];
    expect(one.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.7.3.4']);
    expect(one.serialNumber).toHaveLength(32);
    expect(one.serialNumber).not.toBe(two.serialNumber);
  });

  it('are made for nothing that its own key has not signed', async () => {
    const authority = await certificateAuthority(ENV, 'default');
    const terms = { usages: ['client auth'], expirationSeconds: undefined, now: NOW };
    const der = derOf(await newCertificateRequest('CN=jane'));
    const at = der.length - 1;
    der[at] = (der[at] ?? 0) ^ 1;
    await expect(signCertificate(authority, der, terms)).rejects.toThrow(UnsignableRequestError);
    await expect(signCertificate(authority, new Uint8Array([48, 0]), terms)).rejects.toThrow(
      UnsignableRequestError,
    );
  });
});
