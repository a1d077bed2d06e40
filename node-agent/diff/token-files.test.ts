import { describe, expect, it } from 'vitest';
import type { DesiredPod } from './pod.ts';
import { tokenFileAccess } from './token-files.ts';
import { planVolume } from './volume-plan.ts';

type Security = { runAsUser?: number; fsGroup?: number };

function pod(security: Security, ...users: (number | undefined)[]): DesiredPod {
  const containers = users.map((runAsUser, index) => ({
    name: `c${index}`,
    securityContext: runAsUser === undefined ? {} : { runAsUser },
  }));
  return {
    metadata: { namespace: 'shop', name: 'web', uid: 'u' },
    spec: { containers, securityContext: security },
  };
}

describe('A file with a token', () => {
  it.each([
    { security: {}, users: [undefined], want: { mode: 0o644 } },
    { security: {}, users: [7], want: { mode: 0o600, owner: { uid: 7 } } },
    { security: {}, users: [7, 7], want: { mode: 0o600, owner: { uid: 7 } } },
    { security: {}, users: [7, 8], want: { mode: 0o644 } },
    { security: {}, users: [7, undefined], want: { mode: 0o644 } },
    { security: { runAsUser: 7 }, users: [undefined], want: { mode: 0o600, owner: { uid: 7 } } },
    { security: { fsGroup: 9 }, users: [undefined], want: { mode: 0o640, owner: { gid: 9 } } },
    {
      security: { fsGroup: 9, runAsUser: 7 },
      users: [undefined],
      want: { mode: 0o640, owner: { uid: 7, gid: 9 } },
    },
  ])('of users $users under $security is $want', ({ security, users, want }) => {
    expect(tokenFileAccess(pod(security, ...users), 0o644)).toEqual(want);
  });

  it('lies beside what else the volume shows, in memory', () => {
    const volume = {
      name: 'kube-api-access-abcde',
      projected: {
        defaultMode: 0o644,
        sources: [
          { serviceAccountToken: { path: 'token', expirationSeconds: 3607 } },
          { configMap: { name: 'ca', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
          {
            downwardAPI: {
              items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }],
            },
          },
        ],
      },
    };
    const plan = planVolume(volume, {
      pod: pod({}, undefined),
      objects: { configMap: () => ({ data: { 'ca.crt': 'PEM' } }), secret: () => undefined },
      tokens: { token: (_, { expirationSeconds }) => `token of ${expirationSeconds}` },
      facts: { hostIP: '', podIPs: [], allocatable: {}, serviceEnvironment: {} },
    });
    if (plan.kind !== 'files') throw new Error(plan.kind);
    expect(plan.confidential).toBe(true);
    expect(plan.files.map(({ path, data }) => [path, Buffer.from(data).toString()])).toEqual([
      ['token', 'token of 3607'],
      ['ca.crt', 'PEM'],
      ['namespace', 'shop'],
    ]);
  });
});
