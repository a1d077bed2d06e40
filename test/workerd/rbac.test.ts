import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../apimachinery/meta.ts';
import { APIWatch, call, statusOf } from './api.ts';
import { createAt } from './definitions.ts';
import { until } from './policy.ts';
import { freshCluster } from './stores.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const ROLES = `${RBAC}/namespaces/default/roles`;
const BINDINGS = `${RBAC}/namespaces/default/rolebindings`;
const CLUSTER_ROLES = `${RBAC}/clusterroles`;
const CLUSTER_BINDINGS = `${RBAC}/clusterrolebindings`;
const GROUP = 'rbac.authorization.k8s.io';

const rule = (verbs: string, resources: string, apiGroup = '', resourceNames?: string[]) => ({
  verbs: verbs.split(' '),
  apiGroups: [apiGroup],
  resources: resources.split(' '),
  ...(resourceNames === undefined ? {} : { resourceNames }),
});
const role = (name: string, ...rules: object[]) => ({ metadata: { name }, rules });
const binding = (name: string, ref: string, ...users: string[]) => {
  const [kind = '', roleName = ''] = ref.split('/');
  return {
    metadata: { name },
    roleRef: { apiGroup: GROUP, kind, name: roleName },
    subjects: users.map((user) => ({ apiGroup: GROUP, kind: 'User', name: user })),
  };
};

const as = (
  user: string,
  cluster: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
) =>
  call(cluster, method, path, {
    headers: { 'Impersonate-User': user, ...headers },
    ...(body === undefined ? {} : { body }),
  });

/** A cluster where `ann` may write roles and bindings of the namespace, and read pods. */
async function clusterOfAnn(...more: object[]): Promise<string> {
  const cluster = freshCluster();
  await createAt(
    cluster,
    ROLES,
    role(
      'giver',
      rule('get list create update patch delete', 'roles rolebindings', GROUP),
      rule('get list', 'pods'),
      ...more,
    ),
  );
  await createAt(cluster, BINDINGS, binding('ann', 'Role/giver', 'ann'));
  return cluster;
}

const MISSING =
  'user "ann" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n';

describe('who gives rights', () => {
  it('RBAC-3: gives no more of them than he has', async () => {
    const cluster = await clusterOfAnn();
    const own = role('own', rule('get', 'pods'));
    expect((await as('ann', cluster, 'POST', ROLES, own)).status).toBe(201);
    const refused = await as(
      'ann',
      cluster,
      'POST',
      ROLES,
      role('more', rule('get delete', 'pods'), rule('get', 'secrets')),
    );
    expect(await statusOf(refused)).toMatchObject({
      code: 403,
      reason: 'Forbidden',
      message: `roles.rbac.authorization.k8s.io "more" is forbidden: ${MISSING}{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}\n{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}`,
    });
    const patched = await as(
      'ann',
      cluster,
      'PATCH',
      `${ROLES}/own`,
      { rules: [rule('*', '*', '*')] },
      { 'Content-Type': 'application/merge-patch+json' },
    );
    expect((await statusOf(patched)).message).toContain(MISSING);
    const applied = await as(
      'ann',
      cluster,
      'PATCH',
      `${ROLES}/applied?fieldManager=ann`,
      JSON.stringify({
        apiVersion: `${GROUP}/v1`,
        kind: 'Role',
        ...role('applied', rule('get', 'secrets')),
      }),
      { 'Content-Type': 'application/apply-patch+yaml' },
    );
    expect((await statusOf(applied)).message).toContain(MISSING);
    expect((await call(cluster, 'GET', `${ROLES}/more`)).status).toBe(404);
  });

  it('RBAC-4: binds no role that gives more than he has', async () => {
    const cluster = await clusterOfAnn();
    await createAt(cluster, ROLES, role('secrets', rule('get', 'secrets')));
    const give = (name: string, ref: string) =>
      as('ann', cluster, 'POST', BINDINGS, binding(name, ref, 'bob'));
    expect(await statusOf(await give('a', 'Role/secrets'))).toMatchObject({
      code: 403,
      message: `rolebindings.rbac.authorization.k8s.io "a" is forbidden: ${MISSING}{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}`,
    });
    expect((await statusOf(await give('b', 'ClusterRole/cluster-admin'))).message).toContain(
      MISSING,
    );
    expect(await statusOf(await give('c', 'Role/none'))).toMatchObject({
      code: 404,
      message: 'roles.rbac.authorization.k8s.io "none" not found',
    });
    expect((await give('d', 'Role/giver')).status).toBe(201);
  });

  it('RBAC-5: gives what he has not where he may escalate or bind', async () => {
    const cluster = await clusterOfAnn(
      rule('escalate', 'roles', GROUP, ['chosen']),
      rule('bind', 'clusterroles', GROUP, ['view']),
    );
    await createAt(cluster, ROLES, role('chosen', rule('get', 'pods')));
    const update = (name: string) =>
      as('ann', cluster, 'PUT', `${ROLES}/${name}`, role(name, rule('get', 'secrets')));
    expect((await update('chosen')).status).toBe(200);
    await createAt(cluster, ROLES, role('other', rule('get', 'pods')));
    expect((await update('other')).status).toBe(403);
    const give = (name: string) =>
      as('ann', cluster, 'POST', BINDINGS, binding(name, `ClusterRole/${name}`, 'bob'));
    expect((await give('view')).status).toBe(201);
    expect((await give('edit')).status).toBe(403);
  });

  it('RBAC-6: needs everything to make a role that collects others', async () => {
    const cluster = freshCluster();
    await createAt(
      cluster,
      CLUSTER_ROLES,
      role(
        'roles',
        rule('*', 'clusterroles', GROUP, ['own']),
        rule('create', 'clusterroles', GROUP),
      ),
    );
    await createAt(cluster, CLUSTER_BINDINGS, binding('ann', 'ClusterRole/roles', 'ann'));
    const aggregationRule = { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] };
    const refused = await as('ann', cluster, 'POST', CLUSTER_ROLES, {
      ...role('collector'),
      aggregationRule,
    });
    expect(await statusOf(refused)).toMatchObject({
      code: 403,
      message:
        'clusterroles.rbac.authorization.k8s.io "collector" is forbidden: must have cluster-admin privileges to use the aggregationRule',
    });
  });
});

describe('rules', () => {
  it('RBAC-7: are collected from roles with the labels that another one names, and let go of', async () => {
    const cluster = freshCluster();
    await createAt(cluster, CLUSTER_ROLES, {
      ...role('collector'),
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { part: 'yes' } }] },
    });
    await createAt(cluster, BINDINGS, binding('carl', 'ClusterRole/collector', 'carl'));
    const watch = await APIWatch.open(
      cluster,
      `${CLUSTER_ROLES}?watch=1&fieldSelector=metadata.name%3Dcollector`,
    );
    const rules = async (isIt: (count: number) => boolean) => {
      for (;;) {
        const frame = await watch.next();
        if (frame === null) throw new Error('the watch ended');
        const { rules: found } = frame.object as KubernetesObject & { rules?: object[] };
        if (isIt(found?.length ?? 0)) return found;
      }
    };
    const may = async () =>
      (await as('carl', cluster, 'GET', '/api/v1/namespaces/default/secrets')).status;
    expect(await may()).toBe(403);
    const part = {
      ...role('part', rule('list', 'secrets')),
      metadata: { name: 'part', labels: { part: 'yes' } },
    };
    await createAt(cluster, CLUSTER_ROLES, part);
    expect(await rules((count) => count === 1)).toEqual([rule('list', 'secrets')]);
    await until('the right', async () => ((await may()) === 200 ? true : null));
    await call(cluster, 'DELETE', `${CLUSTER_ROLES}/part`);
    await rules((count) => count === 0);
    await until('its end', async () => ((await may()) === 403 ? true : null));
    await watch.close();
  });

  it('RBAC-8: hold in a namespace within a second of their change in the cluster', async () => {
    const cluster = freshCluster();
    const may = async () =>
      (await as('dora', cluster, 'GET', '/api/v1/namespaces/default/pods')).status;
    expect(await may()).toBe(403);
    const { metadata } = await createAt<KubernetesObject>(
      cluster,
      CLUSTER_BINDINGS,
      binding('dora', 'ClusterRole/view', 'dora'),
    );
    const bound = Date.now();
    await until('the right', async () => ((await may()) === 200 ? true : null));
    expect(Date.now() - bound).toBeLessThan(1_000);
    await call(cluster, 'DELETE', `${CLUSTER_BINDINGS}/${metadata.name}`);
    const unbound = Date.now();
    await until('its end', async () => ((await may()) === 403 ? true : null));
    expect(Date.now() - unbound).toBeLessThan(1_000);
  });
});
