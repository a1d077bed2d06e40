import { expect, it } from 'vitest';
import { call, statusOf } from './api.ts';
import { createAt } from './definitions.ts';
import { freshCluster } from './stores.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';
const MAPS = '/api/v1/namespaces/default/configmaps';

it('RBAC-10: who applies what is not there must be allowed to create it', async () => {
  const cluster = freshCluster();
  const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['patch', 'get'] }];
  await createAt(cluster, `${RBAC}/roles`, { metadata: { name: 'patcher' }, rules });
  await createAt(cluster, `${RBAC}/rolebindings`, {
    metadata: { name: 'patcher' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'patcher' },
    subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'pat' }],
  });
  const apply = (name: string, value: string) =>
    call(cluster, 'PATCH', `${MAPS}/${name}?fieldManager=t`, {
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { value } },
      headers: { 'Content-Type': 'application/apply-patch+yaml', 'Impersonate-User': 'pat' },
    });
  expect(await statusOf(await apply('new', '1'))).toMatchObject({
    code: 403,
    message:
      'configmaps "new" is forbidden: User "pat" cannot create resource "configmaps" in API group "" in the namespace "default"',
  });
  await createAt(cluster, MAPS, { metadata: { name: 'old' } });
  expect((await apply('old', '1')).status).toBe(200);
  const refused = await call(cluster, 'DELETE', `${MAPS}/old`, {
    headers: { 'Impersonate-User': 'pat' },
  });
  expect(refused.status).toBe(403);
});
