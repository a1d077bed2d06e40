import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { contextOf, refusalOf, request } from '../../../../test/plugin-harness.ts';
import { parseRequest } from '../../resources/certificates/request-subject.ts';
import { certificateApproval, certificateSigning } from './certificate-approval.ts';
import { certificateSubjectRestriction } from './certificate-subject-restriction.ts';

const CSRS = 'certificatesigningrequests.certificates.k8s.io';
const pem = (file: string): string =>
  readFileSync(new URL(`../../resources/certificates/testdata/${file}`, import.meta.url)).toString(
    'base64',
  );

const csr = (spec: object, status: object = {}): KubernetesObject => ({
  metadata: { name: 'a' },
  spec: { signerName: 'example.com/ca', ...spec },
  status,
});

/** A context in which one signer is allowed. */
const allowing = (name: string) =>
  contextOf(
    {},
    {
      authorizer: {
        authorize: (_user, access) => ({
          allowed:
            access.isResourceRequest && access.resource === 'signers' && access.name === name,
          reason: '',
        }),
      },
    },
  );

it('the subject of a request is read', () => {
  expect(parseRequest(pem('request.pem'))).toEqual({
    ok: true,
    subject: { commonName: 'jane', organizations: ['devs'], alternativeNames: new Set() },
  });
  expect(parseRequest(pem('masters-request.pem'))).toEqual({
    ok: true,
    subject: {
      commonName: 'system:node:n1',
      organizations: ['dev', 'system:masters'],
      alternativeNames: new Set(),
    },
  });
  expect(parseRequest(pem('certificate.pem'))).toEqual({
    ok: false,
    message: 'PEM block type must be CERTIFICATE REQUEST',
  });
});

describe('CertificateApproval', () => {
  const given = { operation: 'UPDATE', subresource: 'approval' } as const;
  const attributes = request(CSRS, { ...given, object: csr({}), oldObject: csr({}) });

  it.each([
    ['example.com/ca', true],
    ['example.com/*', true],
    ['example.org/*', false],
  ])('by who may do so for %s: %s', (signer, allowed) => {
    expect(refusalOf(certificateApproval, attributes, allowing(signer))).toBe(
      allowed
        ? null
        : 'certificatesigningrequests.certificates.k8s.io "a" is forbidden: user not permitted to approve requests with signerName "example.com/ca"',
    );
  });
});

describe('CertificateSigning', () => {
  const of = (object: KubernetesObject, signer: string) =>
    refusalOf(
      certificateSigning,
      request(CSRS, {
        operation: 'UPDATE',
        subresource: 'status',
        object,
        oldObject: csr({}, { certificate: 'x' }),
      }),
      allowing(signer),
    );

  it('is for who may do so, of changes to certificates and conditions', () => {
    const WHY =
      'certificatesigningrequests.certificates.k8s.io "a" is forbidden: user not permitted to sign requests with signerName "example.com/ca"';
    expect(of(csr({}, { certificate: 'y' }), 'example.com/ca')).toBeNull();
    expect(of(csr({}, { certificate: 'y' }), 'other')).toBe(WHY);
    expect(of(csr({}, { certificate: 'x', conditions: [{ type: 'Failed' }] }), 'other')).toBe(WHY);
    expect(of(csr({}, { certificate: 'x', conditions: [] }), 'other')).toBeNull();
  });
});

describe('CertificateSubjectRestriction', () => {
  const CLIENT = 'kubernetes.io/kube-apiserver-client';

  it.each<[signerName: string, file: string, want: string | null]>([
    [CLIENT, 'request.pem', null],
    [
      CLIENT,
      'masters-request.pem',
      'use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed',
    ],
    ['example.com/ca', 'masters-request.pem', null],
    [CLIENT, 'certificate.pem', 'failed to parse CSR: PEM block type must be CERTIFICATE REQUEST'],
  ])('%s of %s: %s', (signerName, file, want) => {
    const object = csr({ signerName, request: pem(file) });
    expect(refusalOf(certificateSubjectRestriction, request(CSRS, { object }))).toBe(
      want === null
        ? null
        : `certificatesigningrequests.certificates.k8s.io "a" is forbidden: ${want}`,
    );
  });
});
