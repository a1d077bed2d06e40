import { describe, expect, it } from 'vitest';
import { call, mintToken, statusOf } from './api.ts';
import { createAt } from './definitions.ts';
import { freshCluster } from './stores.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const GROUP = 'rbac.authorization.k8s.io';
const WHO = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
const REVIEW = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };

/** Asks who one is, under these headers; `token` of whom. */
const who = (cluster: string, headers: Record<string, string>, token?: string) =>
  call(cluster, 'POST', WHO, { body: REVIEW, headers, ...(token === undefined ? {} : { token }) });

async function userOf(response: Response): Promise<unknown> {
  if (!response.ok) throw new Error(JSON.stringify(await statusOf(response)));
  return (await response.json<{ status: { userInfo: unknown } }>()).status.userInfo;
}

/** A cluster whose `tester`, no superuser any more, may impersonate what the rules say. */
async function clusterWhere(...rules: object[]): Promise<{ cluster: string; token: string }> {
  const cluster = freshCluster();
  await createAt(cluster, `${RBAC}/clusterroles`, { metadata: { name: 'impersonator' }, rules });
  await createAt(cluster, `${RBAC}/clusterrolebindings`, {
    metadata: { name: 'impersonator' },
    roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name: 'impersonator' },
    subjects: [{ apiGroup: GROUP, kind: 'User', name: 'tester' }],
  });
  return { cluster, token: await mintToken({ groups: [] }) };
}

const may = (apiGroup: string, resource: string, ...resourceNames: string[]) => ({
  verbs: ['impersonate'],
  apiGroups: [apiGroup],
  resources: [resource],
  ...(resourceNames.length === 0 ? {} : { resourceNames }),
});

describe('impersonation', () => {
  it('AUTH-8: makes a request count as that of a user with groups, uid and extra', async () => {
    const cluster = freshCluster();
    expect(
      await userOf(
        await who(cluster, {
          'Impersonate-User': 'jane',
          'Impersonate-Group': 'devs, ops',
          'Impersonate-Uid': '06f6ce97',
          'Impersonate-Extra-Scopes': 'view',
          'Impersonate-Extra-Acme.com%2Fproject': 'one',
        }),
      ),
    ).toEqual({
      username: 'jane',
      uid: '06f6ce97',
      groups: ['devs', 'ops', 'system:authenticated'],
      extra: { scopes: ['view'], 'acme.com/project': ['one'] },
    });
  });

  it('AUTH-9: knows the groups of ServiceAccounts, and that nobody is not authenticated', async () => {
    const cluster = freshCluster();
    const account = 'system:serviceaccount:default:bot';
    expect(await userOf(await who(cluster, { 'Impersonate-User': account }))).toEqual({
      username: account,
      groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
    });
    const nobody = await call(cluster, 'GET', '/api/v1/namespaces/default/pods', {
      headers: { 'Impersonate-User': 'system:anonymous' },
    });
    expect(await statusOf(nobody)).toMatchObject({
      code: 403,
      message:
        'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" in the namespace "default"',
    });
  });

  it('AUTH-10: takes the rights of the one who is impersonated, and no others', async () => {
    const cluster = freshCluster();
    const secrets = '/api/v1/namespaces/default/secrets';
    const jane = { 'Impersonate-User': 'jane' };
    expect((await call(cluster, 'GET', secrets, { headers: jane })).status).toBe(403);
    const master = { ...jane, 'Impersonate-Group': 'system:masters' };
    expect((await call(cluster, 'GET', secrets, { headers: master })).status).toBe(200);
  });

  it('AUTH-11: is for those who may impersonate every part of it', async () => {
    const AUTHN = 'authentication.k8s.io';
    const { cluster, token } = await clusterWhere(
      may('', 'users', 'jane'),
      may('', 'groups', 'devs'),
      may(AUTHN, 'uids', '42'),
      may(AUTHN, 'userextras/scopes', 'view'),
      may('', 'serviceaccounts', 'bot'),
    );
    const jane = { 'Impersonate-User': 'jane' };
    const bot = { 'Impersonate-User': 'system:serviceaccount:default:bot' };
    const whole = {
      ...jane,
      'Impersonate-Group': 'devs',
      'Impersonate-Uid': '42',
      'Impersonate-Extra-Scopes': 'view',
    };
    for (const headers of [jane, bot, whole]) {
      expect((await who(cluster, headers, token)).status).toBe(201);
    }
    const refusals: readonly (readonly [Record<string, string>, string])[] = [
      [
        { 'Impersonate-User': 'john' },
        'users "john" is forbidden: User "tester" cannot impersonate resource "users" in API group "" at the cluster scope',
      ],
      [
        { ...jane, 'Impersonate-Group': 'ops' },
        'groups "ops" is forbidden: User "tester" cannot impersonate resource "groups" in API group "" at the cluster scope',
      ],
      [
        { ...jane, 'Impersonate-Uid': '43' },
        'uids.authentication.k8s.io "43" is forbidden: User "tester" cannot impersonate resource "uids" in API group "authentication.k8s.io" at the cluster scope',
      ],
      [
        { ...jane, 'Impersonate-Extra-Scopes': 'edit' },
        'userextras.authentication.k8s.io "edit" is forbidden: User "tester" cannot impersonate resource "userextras/scopes" in API group "authentication.k8s.io" at the cluster scope',
      ],
      [
        { ...jane, 'Impersonate-Extra-Other': 'view' },
        'userextras.authentication.k8s.io "view" is forbidden: User "tester" cannot impersonate resource "userextras/other" in API group "authentication.k8s.io" at the cluster scope',
      ],
      [
        { 'Impersonate-User': 'system:serviceaccount:default:other' },
        'serviceaccounts "other" is forbidden: User "tester" cannot impersonate resource "serviceaccounts" in API group "" in the namespace "default"',
      ],
      [
        { ...jane, 'Impersonate-Group': 'system:masters' },
        'groups "system:masters" is forbidden: User "tester" cannot impersonate resource "groups" in API group "" at the cluster scope',
      ],
    ];
    for (const [headers, message] of refusals) {
      expect(await statusOf(await who(cluster, headers, token))).toMatchObject({
        code: 403,
        message,
      });
    }
  });

  it('AUTH-12: is of a user: groups alone are nobody', async () => {
    const cluster = freshCluster();
    const response = await who(cluster, {
      'Impersonate-Group': 'devs',
      'Impersonate-Extra-Scopes': 'view',
    });
    expect(await statusOf(response)).toMatchObject({
      code: 400,
      reason: 'BadRequest',
      message:
        'requested [{Group  devs    } {UserExtra  view  authentication.k8s.io/v1  scopes}] without impersonating a user',
    });
  });

  it('AUTH-14: adds no group to who says whether he is authenticated', async () => {
    const cluster = freshCluster();
    const groups = async (name: string, ...wanted: string[]) =>
      userOf(
        await who(cluster, {
          'Impersonate-User': name,
          'Impersonate-Group': ['system:masters', ...wanted].join(','),
        }),
      );
    for (const [name, wanted, more] of [
      ['jane', ['system:authenticated', 'devs'], []],
      ['jane', ['system:unauthenticated'], []],
      ['system:anonymous', ['devs'], ['system:unauthenticated']],
    ] as const) {
      expect(await groups(name, ...wanted)).toMatchObject({
        groups: ['system:masters', ...wanted, ...more],
      });
    }
  });

  it('AUTH-13: of an account may be given by a role of its namespace', async () => {
    const cluster = freshCluster();
    const path = `${RBAC}/namespaces/default`;
    await createAt(cluster, `${path}/roles`, {
      metadata: { name: 'impersonator' },
      rules: [may('', 'serviceaccounts')],
    });
    await createAt(cluster, `${path}/rolebindings`, {
      metadata: { name: 'impersonator' },
      roleRef: { apiGroup: GROUP, kind: 'Role', name: 'impersonator' },
      subjects: [{ apiGroup: GROUP, kind: 'User', name: 'tester' }],
    });
    const token = await mintToken({ groups: [] });
    const ask = (namespace: string) =>
      who(cluster, { 'Impersonate-User': `system:serviceaccount:${namespace}:bot` }, token);
    expect((await ask('default')).status).toBe(201);
    expect((await ask('kube-system')).status).toBe(403);
  });
});
