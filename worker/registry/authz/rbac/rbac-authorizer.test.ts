import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { serviceAccountUser, type UserInfo } from '../../../../apimachinery/user-info.ts';
import type { AccessAttributes } from '../authorizer.ts';
import { RBACAuthorizer } from './rbac-authorizer.ts';
import { roleSourceOf } from './testing/role-source-of.ts';

const user = (name: string, ...groups: string[]): UserInfo => ({ name, groups });

const get = (resource: string, namespace = 'shop'): AccessAttributes => ({
  isResourceRequest: true,
  verb: 'get',
  apiGroup: '',
  apiVersion: 'v1',
  namespace,
  resource,
  subresource: '',
  name: 'x',
});

const role = (kind: string, name: string, resource: string): KubernetesObject => ({
  kind,
  metadata: { name, ...(kind === 'Role' ? { namespace: 'shop' } : {}) },
  rules: [{ verbs: ['get'], apiGroups: [''], resources: [resource] }],
});

const binding = (
  kind: string,
  name: string,
  roleRef: [kind: string, name: string],
  ...subjects: object[]
): KubernetesObject => ({
  kind,
  metadata: { name, ...(kind === 'RoleBinding' ? { namespace: 'shop' } : {}) },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: roleRef[0], name: roleRef[1] },
  subjects,
});

const jane = { kind: 'User', name: 'jane' };
const devs = { kind: 'Group', name: 'devs' };

const authorizer = (...objects: KubernetesObject[]): RBACAuthorizer =>
  new RBACAuthorizer(roleSourceOf(objects, 'shop'));

describe('who was given a role', () => {
  it.each<[string, object, UserInfo, string | null]>([
    ['a user', jane, user('jane'), 'User "jane"'],
    ['not another user', jane, user('joe', 'jane'), null],
    ['a group', devs, user('joe', 'ops', 'devs'), 'Group "devs"'],
    ['not a user named like the group', devs, user('devs'), null],
    [
      'an account of the same namespace',
      { kind: 'ServiceAccount', name: 'bot' },
      serviceAccountUser('shop', 'bot'),
      'ServiceAccount "bot/shop"',
    ],
    [
      'an account of another namespace',
      { kind: 'ServiceAccount', name: 'bot', namespace: 'office' },
      serviceAccountUser('office', 'bot'),
      'ServiceAccount "bot/office"',
    ],
    [
      'not an account of that name elsewhere',
      { kind: 'ServiceAccount', name: 'bot' },
      serviceAccountUser('office', 'bot'),
      null,
    ],
    ['nobody of an unknown kind', { kind: 'Robot', name: 'jane' }, user('jane'), null],
  ])('in a RoleBinding: %s', (_what, subject, who, whom) => {
    const objects = [
      role('Role', 'r', 'pods'),
      binding('RoleBinding', 'b', ['Role', 'r'], subject),
    ];
    expect(authorizer(...objects).authorize(who, get('pods'))).toEqual(
      whom === null
        ? { allowed: false, reason: '' }
        : { allowed: true, reason: `RBAC: allowed by RoleBinding "b/shop" of Role "r" to ${whom}` },
    );
  });

  it('in a ClusterRoleBinding has it in every namespace and in none', () => {
    const a = authorizer(
      role('ClusterRole', 'r', 'pods'),
      binding(
        'ClusterRoleBinding',
        'b',
        ['ClusterRole', 'r'],
        { kind: 'ServiceAccount', name: 'x' },
        devs,
      ),
    );
    const reason = 'RBAC: allowed by ClusterRoleBinding "b" of ClusterRole "r" to Group "devs"';
    for (const namespace of ['shop', 'office', '']) {
      expect(a.authorize(user('x', 'devs'), get('pods', namespace))).toEqual({
        allowed: true,
        reason,
      });
    }
    expect(a.authorize(serviceAccountUser('', 'x'), get('pods')).allowed).toBe(false);
  });

  it('in a RoleBinding has it in no other namespace, and not in the cluster', () => {
    const a = authorizer(
      role('ClusterRole', 'r', 'pods'),
      binding('RoleBinding', 'b', ['ClusterRole', 'r'], jane),
    );
    expect(a.authorize(user('jane'), get('pods')).reason).toBe(
      'RBAC: allowed by RoleBinding "b/shop" of ClusterRole "r" to User "jane"',
    );
    expect(a.authorize(user('jane'), get('pods', 'office')).allowed).toBe(false);
    expect(a.authorize(user('jane'), get('pods', '')).allowed).toBe(false);
  });

  it('never has a Role by a ClusterRoleBinding, even if another binding gave it in the namespace', () => {
    const a = authorizer(
      role('Role', 'r', 'pods'),
      binding('ClusterRoleBinding', 'b', ['Role', 'r'], jane),
      binding('RoleBinding', 'c', ['Role', 'r'], { kind: 'User', name: 'joe' }),
    );
    expect(a.authorize(user('joe'), get('pods')).allowed).toBe(true);
    expect(a.authorize(user('jane'), get('pods'))).toEqual({
      allowed: false,
      reason: 'RBAC: role.rbac.authorization.k8s.io "r" not found',
    });
  });
});

describe('a decision', () => {
  it('names the first binding that allows, and of it the first subject that applies', () => {
    const a = authorizer(
      role('Role', 'r', 'pods'),
      role('ClusterRole', 's', 'secrets'),
      binding('RoleBinding', 'b', ['Role', 'r'], devs, jane),
      binding('ClusterRoleBinding', 'c', ['ClusterRole', 's'], jane, devs),
      binding('RoleBinding', 'd', ['Role', 'r'], jane),
    );
    expect(a.authorize(user('jane', 'devs'), get('pods')).reason).toBe(
      'RBAC: allowed by RoleBinding "b/shop" of Role "r" to Group "devs"',
    );
    expect(a.authorize(user('jane', 'devs'), get('secrets')).reason).toBe(
      'RBAC: allowed by ClusterRoleBinding "c" of ClusterRole "s" to User "jane"',
    );
  });

  it('tells the roles that are missing, when nothing else allows', () => {
    const bindings = [
      binding('ClusterRoleBinding', 'a', ['ClusterRole', 'x'], jane),
      binding('RoleBinding', 'b', ['Role', 'y'], jane),
      binding('RoleBinding', 'c', ['ClusterRole', 'x'], jane),
      binding('RoleBinding', 'd', ['Robot', 'z'], jane),
    ];
    expect(authorizer(...bindings).authorize(user('jane'), get('pods'))).toEqual({
      allowed: false,
      reason:
        'RBAC: [clusterrole.rbac.authorization.k8s.io "x" not found, role.rbac.authorization.k8s.io "y" not found, unsupported role reference kind: "Robot"]',
    });
    const rest = [role('Role', 'r', 'pods'), binding('RoleBinding', 'z', ['Role', 'r'], jane)];
    const both = authorizer(...bindings, ...rest);
    expect(both.authorize(user('jane'), get('pods')).allowed).toBe(true);
    expect(both.reviewRules(user('jane'), 'shop').evaluationError).toContain('"x" not found');
  });

  it('follows the source when its revision changes, and only then', () => {
    let revision = '1';
    let resource = 'pods';
    const source = roleSourceOf([binding('RoleBinding', 'b', ['Role', 'r'], jane)], 'shop');
    const a = new RBACAuthorizer({
      ...source,
      role: () => role('Role', 'r', resource),
      revision: () => revision,
    });
    expect(a.authorize(user('jane'), get('pods')).allowed).toBe(true);
    resource = 'secrets';
    expect(a.authorize(user('jane'), get('pods')).allowed).toBe(true);
    revision = '2';
    expect(a.authorize(user('jane'), get('pods')).allowed).toBe(false);
    expect(a.authorize(user('jane'), get('secrets')).allowed).toBe(true);
  });
});

it('a review lists what the user may do, in the order of the bindings', () => {
  const a = authorizer(
    {
      kind: 'ClusterRole',
      metadata: { name: 'all' },
      rules: [
        { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
        { verbs: ['*'], nonResourceURLs: ['*'] },
        { verbs: ['get'], apiGroups: [''], resources: ['pods'], resourceNames: ['web'] },
      ],
    },
    role('Role', 'r', 'secrets'),
    binding('RoleBinding', 'b', ['Role', 'r'], jane),
    binding('ClusterRoleBinding', 'c', ['ClusterRole', 'all'], devs),
  );
  expect(a.reviewRules(user('jane', 'devs'), 'shop')).toEqual({
    resourceRules: [
      { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
      { verbs: ['get'], apiGroups: [''], resources: ['pods'], resourceNames: ['web'] },
      { verbs: ['get'], apiGroups: [''], resources: ['secrets'] },
    ],
    nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
    incomplete: false,
  });
  expect(a.reviewRules(user('nobody'), 'shop')).toEqual({
    resourceRules: [],
    nonResourceRules: [],
    incomplete: false,
  });
});
