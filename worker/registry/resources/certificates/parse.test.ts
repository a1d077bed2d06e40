import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { newCertificateRequest } from '../../../../test/certificates/new-request.ts';
import { certificateNotAfter } from './certificate-validity.ts';
import { parseRequest } from './request-subject.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('what is read of requests and certificates', () => {
  it('are subject and kinds of names', async () => {
    const request = await newCertificateRequest('CN=a, O=b', {
      names: [
        { type: 'dns', value: 'a.example' },
        { type: 'email', value: 'a@example.com' },
        { type: 'ip', value: '::1' },
        { type: 'url', value: 'spiffe://a' },
      ],
    });
    expect(parseRequest(base64(request))).toEqual({
      ok: true,
      subject: {
        commonName: 'a',
        organizations: ['b'],
        alternativeNames: new Set(['DNS', 'Email', 'IP', 'URI']),
      },
    });
  });

  it('is until when a certificate is good', () => {
    const pem = readFileSync(new URL('testdata/certificate.pem', import.meta.url), 'utf8');
    const { validTo } = new X509Certificate(pem);
    expect(certificateNotAfter(base64(pem))).toBe(Date.parse(validTo));
    expect(certificateNotAfter(base64('no certificate'))).toBeNull();
  });
});
