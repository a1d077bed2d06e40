import { expect, it } from 'vitest';
import type { AccessAttributes } from './authorizer.ts';
import { newAccessForbidden } from './forbidden.ts';

const bob = { name: 'bob', groups: [] };

const resource = (fields: object): AccessAttributes => ({
  isResourceRequest: true,
  verb: 'list',
  apiGroup: '',
  apiVersion: 'v1',
  namespace: '',
  resource: 'pods',
  subresource: '',
  name: '',
  ...fields,
});

it.each<[string, AccessAttributes, string, string, object]>([
  [
    'of a collection in a namespace',
    resource({ namespace: 'x' }),
    '',
    'pods is forbidden: User "bob" cannot list resource "pods" in API group "" in the namespace "x"',
    { kind: 'pods' },
  ],
  [
    'of everything',
    resource({ resource: 'nodes' }),
    '',
    'nodes is forbidden: User "bob" cannot list resource "nodes" in API group "" at the cluster scope',
    { kind: 'nodes' },
  ],
  [
    'of a namespace, which is in itself',
    resource({ verb: 'get', resource: 'namespaces', namespace: 'x', name: 'x' }),
    '',
    'namespaces "x" is forbidden: User "bob" cannot get resource "namespaces" in API group "" in the namespace "x"',
    { kind: 'namespaces', name: 'x' },
  ],
  [
    'of a subresource, with a reason',
    resource({
      verb: 'update',
      apiGroup: 'apps',
      resource: 'deployments',
      subresource: 'scale',
      namespace: 'x',
      name: 'web',
    }),
    'RBAC: clusterrole.rbac.authorization.k8s.io "y" not found',
    'deployments.apps "web" is forbidden: User "bob" cannot update resource "deployments/scale" in API group "apps" in the namespace "x": RBAC: clusterrole.rbac.authorization.k8s.io "y" not found',
    { kind: 'deployments', group: 'apps', name: 'web' },
  ],
  [
    'of a path, with markup',
    { isResourceRequest: false, verb: 'get', path: '/<x>&' },
    '',
    'forbidden: User "bob" cannot get path "/&lt;x&gt;&amp;"',
    {},
  ],
])('a refusal %s is told as upstream tells it', (_what, access, reason, message, details) => {
  expect(newAccessForbidden(bob, access, reason).status).toMatchObject({
    reason: 'Forbidden',
    code: 403,
    message,
    details,
  });
});
