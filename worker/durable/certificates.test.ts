import 'reflect-metadata';
import { X509Certificate } from '@peculiar/x509';
import { describe, expect, it, vi } from 'vitest';
import type { KubernetesObject } from '../../apimachinery/meta.ts';
import { newCertificateRequest, type RequestOptions } from '../../test/certificates/new-request.ts';
import { createAt } from '../../test/workerd/definitions.ts';
import { call } from '../../test/workerd/api.ts';
import { get, objectOf } from '../../test/conformance/api/lifecycle.ts';
import { objectWhen } from '../../test/conformance/api/waiting.ts';
import { env } from '../../test/workerd/env.ts';
import { freshCluster, stubOf } from '../../test/workerd/stores.ts';
import { certificateAuthority } from '../keys/certificate-authority.ts';
import type { CertificateRequest } from './effects/certificate-effect.ts';

const REQUESTS = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
const CLIENT = 'kubernetes.io/kube-apiserver-client';
const KUBELET_CLIENT = 'kubernetes.io/kube-apiserver-client-kubelet';
const NODE = 'CN=system:node:n1, O=system:nodes';

async function request(
  subject: string,
  spec: object,
  options: RequestOptions = {},
): Promise<KubernetesObject> {
  return {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: 'r' },
    spec: {
      request: btoa(await newCertificateRequest(subject, options)),
      signerName: CLIENT,
      usages: ['client auth'],
      ...spec,
    },
  };
}

const whenDone = (cluster: string, type: string, name = 'r'): Promise<CertificateRequest> =>
  objectWhen<CertificateRequest>(
    cluster,
    `${REQUESTS}/${name}`,
    ({ status }) =>
      (type === 'Issued' && Boolean(status?.certificate)) ||
      (status?.conditions ?? []).some((condition) => condition.type === type),
  );

/** What `kubectl certificate approve` does. */
async function approve(cluster: string, name = 'r'): Promise<void> {
  const object = await get<CertificateRequest>(cluster, `${REQUESTS}/${name}`);
  const conditions = [{ type: 'Approved', status: 'True', reason: 'KubectlApprove' }];
  const body = { ...object, status: { ...object.status, conditions } };
  await objectOf(await call(cluster, 'PUT', `${REQUESTS}/${name}/approval`, { body }));
}

const certificateOf = ({ status }: CertificateRequest): X509Certificate =>
  new X509Certificate(atob(status?.certificate ?? ''));

describe('certificate signing requests', () => {
  it('CSR-1: are signed once they are approved, by the authority that is published', async () => {
    const cluster = freshCluster();
    await createAt(
      cluster,
      REQUESTS,
      await request('CN=jane, O=devs', { expirationSeconds: 3600 }),
    );
    await approve(cluster);
    const issued = await whenDone(cluster, 'Issued');
    const certificate = certificateOf(issued);
    const { certificate: authority } = await certificateAuthority(env, cluster);
    expect(certificate.subject).toBe('CN=jane, O=devs');
    expect(await certificate.verify({ publicKey: authority, signatureOnly: true })).toBe(true);
    expect(issued.status?.conditions?.map(({ type }) => type)).toEqual(['Approved']);
    const maps = '/api/v1/namespaces/kube-system/configmaps';
    const map = await objectWhen<KubernetesObject & { data?: Record<string, string> }>(
      cluster,
      `${maps}/extension-apiserver-authentication`,
      () => true,
    );
    const published = new X509Certificate(map.data?.['client-ca-file'] ?? '');
    expect(await certificate.verify({ publicKey: published, signatureOnly: true })).toBe(true);
    // Somebody takes it away: it comes again.
    const path = `${maps}/extension-apiserver-authentication`;
    await (await call(cluster, 'DELETE', path)).body?.cancel();
    await objectWhen(cluster, path, ({ metadata }) => metadata.uid !== map.metadata.uid);
  });

  it('CSR-1: wait for an approval, and for other signers', async () => {
    const cluster = freshCluster();
    await createAt(cluster, REQUESTS, await request('CN=jane', { signerName: 'example.com/own' }));
    await approve(cluster);
    const other = await request('CN=jane', {});
    other.metadata.name = 'unapproved';
    await createAt(cluster, REQUESTS, other);
    const later = await request('CN=joe', {});
    later.metadata.name = 'later';
    await createAt(cluster, REQUESTS, later);
    await approve(cluster, 'later');
    await whenDone(cluster, 'Issued', 'later');
    for (const name of ['r', 'unapproved']) {
      const { status } = await get<CertificateRequest>(cluster, `${REQUESTS}/${name}`);
      expect(status?.certificate).toBeUndefined();
    }
  });

  it.each<[string, string, object, RequestOptions, string]>([
    [
      'a server of a client signer',
      'CN=jane',
      { usages: ['client auth', 'server auth'] },
      {},
      'invalid usage for client certificate: server auth',
    ],
    [
      'a node with another organization',
      'CN=system:node:n1, O=devs',
      { signerName: KUBELET_CLIENT },
      {},
      'subject organization is not system:nodes',
    ],
    [
      'a node that wants names',
      NODE,
      { signerName: KUBELET_CLIENT, usages: ['client auth', 'digital signature'] },
      { names: [{ type: 'dns', value: 'a.example' }] },
      'DNS subjectAltNames are not allowed',
    ],
    [
      'a server of a node without names',
      NODE,
      { signerName: 'kubernetes.io/kubelet-serving', usages: ['server auth', 'digital signature'] },
      {},
      'DNS or IP subjectAltName is required',
    ],
  ])(
    'CSR-2: fail that their signer has rules against: %s',
    async (_what, subject, spec, options, message) => {
      const cluster = freshCluster();
      await createAt(cluster, REQUESTS, await request(subject, spec, options));
      await approve(cluster);
      const { status } = await whenDone(cluster, 'Failed');
      expect(status?.certificate).toBeUndefined();
      expect(status?.conditions).toContainEqual(
        expect.objectContaining({
          type: 'Failed',
          status: 'True',
          reason: 'SignerValidationFailure',
          message,
        }),
      );
    },
  );

  it('CSR-3: of nodes for themselves are approved by who may have such', async () => {
    const cluster = freshCluster();
    const scope = { cluster, namespace: '' };
    const usages = ['client auth', 'digital signature', 'key encipherment'];
    const object = await request(NODE, { signerName: KUBELET_CLIENT, usages });
    const send = (name: string, user: string, groups: string[]) =>
      stubOf(scope).create({
        scope,
        resource: 'certificatesigningrequests.certificates.k8s.io',
        object: JSON.stringify({ ...object, metadata: { name } }),
        user: { name: user, groups },
        fieldManager: 'test',
        dryRun: false,
      });
    await createAt(cluster, '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      metadata: { name: 'nodes-renew' },
      roleRef: {
        apiGroup: 'rbac.authorization.k8s.io',
        kind: 'ClusterRole',
        name: 'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient',
      },
      subjects: [{ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'system:nodes' }],
    });
    await send('other', 'jane', ['devs']);
    await send('r', 'system:node:n1', ['system:nodes']);
    const { status } = await whenDone(cluster, 'Issued');
    expect(status?.conditions).toMatchObject([
      {
        type: 'Approved',
        status: 'True',
        reason: 'AutoApproved',
        message: 'Auto approving self kubelet client certificate after SubjectAccessReview.',
      },
    ]);
    const other = await get<CertificateRequest>(cluster, `${REQUESTS}/other`);
    expect(other.status?.conditions).toBeUndefined();
  });

  it('CSR-1: are signed once, whatever is repeated', async () => {
    const cluster = freshCluster();
    await createAt(cluster, REQUESTS, await request('CN=jane', {}));
    await approve(cluster);
    const issued = await whenDone(cluster, 'Issued');
    const scope = { cluster, namespace: '' };
    const body = { ...issued, metadata: { ...issued.metadata, labels: { again: 'yes' } } };
    await vi.waitFor(async () => {
      const response = await call(cluster, 'PUT', `${REQUESTS}/r`, { body });
      expect(response.status).toBe(200);
      await response.body?.cancel();
    });
    await stubOf(scope).currentRevision(scope);
    const after = await get<CertificateRequest>(cluster, `${REQUESTS}/r`);
    expect(after.status).toEqual(issued.status);
  });
});
