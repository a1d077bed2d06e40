import { describe, expect, it } from 'vitest';
import { created, errorsOf, strategyOf, withValue } from '../../../../test/strategy-harness.ts';

const ROLES = 'roles.rbac.authorization.k8s.io';
const CLUSTER_ROLES = 'clusterroles.rbac.authorization.k8s.io';
const BINDINGS = 'rolebindings.rbac.authorization.k8s.io';
const CLUSTER_BINDINGS = 'clusterrolebindings.rbac.authorization.k8s.io';

const role = {
  rules: [
    { apiGroups: [''], resources: ['pods', 'pods/log'], verbs: ['get'], resourceNames: ['a'] },
  ],
};
const clusterRole = {
  ...role,
  aggregationRule: { clusterRoleSelectors: [{ matchLabels: { 'example.com/a': 'true' } }] },
};
const binding = {
  roleRef: { kind: 'ClusterRole', name: 'system:view' },
  subjects: [
    { kind: 'User', name: 'jane' },
    { kind: 'Group', name: 'devs' },
    { kind: 'ServiceAccount', name: 'bot', namespace: 'default' },
  ],
};
const URLS = { nonResourceURLs: ['/healthz'], verbs: ['get'] };

describe('roles', () => {
  it.each([
    [ROLES, role],
    [CLUSTER_ROLES, clusterRole],
    [CLUSTER_ROLES, { rules: [URLS] }],
    [CLUSTER_ROLES, { rules: null }],
  ])('%s may be like this: %j', (resource, object) => {
    expect(errorsOf(resource, created(resource, object))).toEqual([]);
  });

  it.each<[string, object, string[]]>([
    [
      ROLES,
      { rules: [{ verbs: null }] },
      [
        'rules[0].verbs: Required value: verbs must contain at least one value',
        'rules[0].apiGroups: Required value: resource rules must supply at least one api group',
        'rules[0].resources: Required value: resource rules must supply at least one resource',
      ],
    ],
    [
      ROLES,
      { rules: [URLS] },
      [
        'rules[0].nonResourceURLs: Invalid value: ["/healthz"]: namespaced rules cannot apply to non-resource URLs',
      ],
    ],
    [
      CLUSTER_ROLES,
      { rules: [{ ...URLS, apiGroups: [''] }] },
      [
        'rules[0].nonResourceURLs: Invalid value: ["/healthz"]: rules cannot apply to both regular resources and non-resource URLs',
      ],
    ],
    [
      CLUSTER_ROLES,
      { aggregationRule: {} },
      [
        'aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil',
      ],
    ],
  ])('%s may not be %j', (resource, object, want) => {
    expect(errorsOf(resource, created(resource, { ...object }))).toEqual(want);
  });

  it('have names that fit into a path', () => {
    const strategy = strategyOf(ROLES);
    expect(strategy.validateName?.('system:node:a b', false)).toEqual([]);
    expect(strategy.validateName?.('a/b', true)).toEqual(["may not contain '/'"]);
  });
});

describe('bindings', () => {
  it('know the groups of what they name', () => {
    expect(created(BINDINGS, binding)).toMatchObject({
      roleRef: { apiGroup: 'rbac.authorization.k8s.io' },
      subjects: [
        { apiGroup: 'rbac.authorization.k8s.io' },
        { apiGroup: 'rbac.authorization.k8s.io' },
        {},
      ],
    });
    for (const resource of [BINDINGS, CLUSTER_BINDINGS]) {
      expect(errorsOf(resource, created(resource, binding))).toEqual([]);
    }
  });

  it.each<[string, string, unknown, string[]]>([
    [
      BINDINGS,
      'roleRef.apiGroup',
      'apps',
      [
        'roleRef.apiGroup: Unsupported value: "apps": supported values: "rbac.authorization.k8s.io"',
      ],
    ],
    [
      BINDINGS,
      'roleRef.kind',
      'X',
      ['roleRef.kind: Unsupported value: "X": supported values: "Role", "ClusterRole"'],
    ],
    [
      CLUSTER_BINDINGS,
      'roleRef.kind',
      'Role',
      ['roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"'],
    ],
    [BINDINGS, 'roleRef.name', '', ['roleRef.name: Required value']],
    [BINDINGS, 'roleRef.name', 'a/b', [`roleRef.name: Invalid value: "a/b": may not contain '/'`]],
    [
      BINDINGS,
      'subjects.0.name',
      '',
      [
        'subjects[0].name: Required value',
        'subjects[0].name: Invalid value: "": user name cannot be empty',
      ],
    ],
    [
      BINDINGS,
      'subjects.1.apiGroup',
      'x',
      [
        'subjects[1].apiGroup: Unsupported value: "x": supported values: "rbac.authorization.k8s.io"',
      ],
    ],
    [
      BINDINGS,
      'subjects.2.apiGroup',
      'x',
      ['subjects[2].apiGroup: Unsupported value: "x": supported values: ""'],
    ],
    [CLUSTER_BINDINGS, 'subjects.2.namespace', '', ['subjects[2].namespace: Required value']],
    [
      BINDINGS,
      'subjects.2.kind',
      'Robot',
      [
        'subjects[2].kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group"',
      ],
    ],
  ])('%s with %s %j is refused', (resource, path, value, want) => {
    expect(errorsOf(resource, created(resource, withValue(binding, path, value)))).toEqual(want);
  });

  it('never give another role', () => {
    const old = created(BINDINGS, binding);
    const next = created(BINDINGS, withValue(binding, 'roleRef.name', 'edit'));
    expect(errorsOf(BINDINGS, next, old)).toEqual([
      'roleRef: Invalid value: {"APIGroup":"rbac.authorization.k8s.io","Kind":"ClusterRole","Name":"edit"}: cannot change roleRef',
    ]);
    expect(errorsOf(BINDINGS, withValue(old, 'subjects', undefined), old)).toEqual([]);
  });
});
