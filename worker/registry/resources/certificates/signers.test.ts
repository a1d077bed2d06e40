import { describe, expect, it } from 'vitest';
import type { AlternativeName } from './request-subject.ts';
import { isBuiltInSigner, signerFault } from './signers.ts';

const CLIENT = 'kubernetes.io/kube-apiserver-client';
const KUBELET_CLIENT = 'kubernetes.io/kube-apiserver-client-kubelet';
const KUBELET_SERVING = 'kubernetes.io/kubelet-serving';
const WHO = 'subject common name does not begin with system:node:';
const GROUP = 'subject organization is not system:nodes';

const fault = (
  signer: string,
  commonName: string,
  organizations: string,
  names: string,
  usages: string,
): string | null =>
  signerFault(
    signer,
    {
      commonName,
      organizations: organizations === '' ? [] : organizations.split(','),
      alternativeNames: new Set((names === '' ? [] : names.split(',')) as AlternativeName[]),
    },
    usages.split(', '),
  );

const NODE = 'system:node:n1';
const GROUP_OK = 'system:nodes';
const DS = 'digital signature';
const KE = 'key encipherment';

describe('the signers of a cluster', () => {
  it.each<[string, string, string, string, string, string | null]>([
    [CLIENT, 'jane', 'devs', 'DNS', `client auth, ${DS}, ${KE}`, null],
    [CLIENT, 'jane', '', '', 'client auth', null],
    [CLIENT, 'jane', '', '', DS, 'missing required usage for client certificate: client auth'],
    [CLIENT, 'jane', '', '', 'client auth, any', 'invalid usage for client certificate: any'],
    [KUBELET_CLIENT, NODE, GROUP_OK, '', `${KE}, ${DS}, client auth`, null],
    [KUBELET_CLIENT, NODE, GROUP_OK, '', `${DS}, client auth`, null],
    [KUBELET_CLIENT, NODE, 'system:nodes,devs', '', `${DS}, client auth`, GROUP],
    [KUBELET_CLIENT, NODE, '', '', `${DS}, client auth`, GROUP],
    [KUBELET_CLIENT, NODE, GROUP_OK, 'IP', DS, 'IP subjectAltNames are not allowed'],
    [KUBELET_CLIENT, NODE, GROUP_OK, 'URI,Email', DS, 'Email subjectAltNames are not allowed'],
    [KUBELET_CLIENT, 'jane', GROUP_OK, '', DS, WHO],
    [
      KUBELET_CLIENT,
      NODE,
      GROUP_OK,
      '',
      'client auth',
      'usages did not match [client auth digital signature key encipherment]',
    ],
    [KUBELET_SERVING, NODE, GROUP_OK, 'DNS', `${DS}, server auth`, null],
    [KUBELET_SERVING, NODE, GROUP_OK, 'IP', `${DS}, ${KE}, server auth`, null],
    [KUBELET_SERVING, NODE, 'devs', 'IP', DS, GROUP],
    [KUBELET_SERVING, NODE, GROUP_OK, 'URI', DS, 'DNS or IP subjectAltName is required'],
    [KUBELET_SERVING, NODE, GROUP_OK, 'IP,URI', DS, 'URI subjectAltNames are not allowed'],
    [KUBELET_SERVING, 'jane', GROUP_OK, 'IP', `${DS}, server auth`, WHO],
    [
      KUBELET_SERVING,
      'jane',
      GROUP_OK,
      'IP',
      `${DS}, client auth`,
      'usages did not match [digital signature key encipherment server auth]',
    ],
    ['kubernetes.io/legacy-unknown', 'anybody', 'devs', 'URI', 'any', null],
  ])('%s judges %s of %s with names %j for %s', (signer, name, groups, names, usages, want) => {
    expect(isBuiltInSigner(signer)).toBe(true);
    expect(fault(signer, name, groups, names, usages)).toBe(want);
  });

  it('are no others', () => {
    expect(isBuiltInSigner('example.com/own')).toBe(false);
    expect(isBuiltInSigner('kubernetes.io/kube-apiserver')).toBe(false);
  });
});
