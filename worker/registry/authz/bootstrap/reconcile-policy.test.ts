import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { CLUSTER_POLICY } from './bootstrap-policy.ts';
import { aggregatedRole, clusterRole, clusterRoleBinding, group, rule, user } from './builders.ts';
import { reconcileBinding, reconcileRole } from './reconcile-policy.ts';

const expected = clusterRole('r', [rule('get list', 'core', 'pods'), rule('get', 'apps', '*')]);
const binding = clusterRoleBinding('b', 'r', user('jane'), group('devs'));

const withMeta = (object: KubernetesObject, metadata: object): KubernetesObject => ({
  ...object,
  metadata: { ...object.metadata, uid: 'u1', resourceVersion: '7', ...metadata },
});

const OFF = { annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'false' } };

describe('a role of the default policy', () => {
  it('is made when it is missing, and left alone when it is as expected', () => {
    expect(reconcileRole(null, expected)).toEqual({ operation: 'create', object: expected });
    for (const role of CLUSTER_POLICY.roles) {
      expect(reconcileRole(withMeta(role, {}), role)).toBeNull();
    }
  });

  it('gets back what is missing of its rules, and keeps what was added', () => {
    const existing = withMeta(clusterRole('r', [rule('get', 'core', 'pods secrets')]), {});
    expect(reconcileRole(existing, expected)).toEqual({
      operation: 'update',
      object: {
        ...existing,
        rules: [
          rule('get', 'core', 'pods secrets'),
          rule('list', 'core', 'pods'),
          rule('get', 'apps', '*'),
        ],
      },
    });
  });

  it('is left alone when its rules say the same in other words', () => {
    const existing = withMeta(clusterRole('r', [rule('*', '*', '*')]), {});
    expect(reconcileRole(existing, expected)).toBeNull();
  });

  it('gets labels and annotations that are missing, and keeps those that differ', () => {
    const existing = withMeta(expected, {
      labels: { a: 'b', 'kubernetes.io/bootstrapping': 'mine' },
      annotations: { c: 'd' },
    });
    expect(reconcileRole(existing, expected)?.object.metadata).toEqual({
      ...existing.metadata,
      annotations: { c: 'd', ...expected.metadata.annotations },
    });
  });

  it('is not touched when it says so', () => {
    expect(reconcileRole(withMeta(clusterRole('r', []), OFF), expected)).toBeNull();
  });

  it('takes rules from others as expected, and from more if somebody wants it', () => {
    const view = aggregatedRole('view');
    const more = { matchLabels: { more: 'true' } };
    const selectors = (object: KubernetesObject | undefined): unknown =>
      (object?.['aggregationRule'] as { clusterRoleSelectors: unknown } | undefined)
        ?.clusterRoleSelectors;
    const existing = withMeta(view, {});
    existing['aggregationRule'] = { clusterRoleSelectors: [more] };
    existing['rules'] = [rule('get', 'core', 'pods')];
    const { object } = reconcileRole(existing, view) ?? {};
    expect(selectors(object)).toEqual([more, ...(selectors(view) as unknown[])]);
    expect(object?.['rules']).toEqual(existing['rules']);
  });

  it('stops to take rules from others when it should not', () => {
    const existing = { ...withMeta(expected, {}), aggregationRule: { clusterRoleSelectors: [{}] } };
    expect(reconcileRole(existing, expected)).toEqual({
      operation: 'update',
      object: withMeta(expected, {}),
    });
  });
});

describe('a binding of the default policy', () => {
  it('is made when it is missing, and left alone when it is as expected', () => {
    expect(reconcileBinding(null, binding)).toEqual({ operation: 'create', object: binding });
    for (const object of CLUSTER_POLICY.bindings) {
      expect(reconcileBinding(withMeta(object, {}), object)).toBeNull();
    }
  });

  it('gets back subjects that are missing, and keeps those that were added', () => {
    const existing = withMeta({ ...binding, subjects: [user('joe'), group('devs')] }, {});
    expect(reconcileBinding(existing, binding)).toEqual({
      operation: 'update',
      object: { ...existing, subjects: [user('joe'), group('devs'), user('jane')] },
    });
  });

  it('is made anew when it gives another role', () => {
    const existing = withMeta(clusterRoleBinding('b', 'other', user('jane')), {});
    expect(reconcileBinding(existing, binding)).toEqual({
      operation: 'recreate',
      object: binding,
      uid: 'u1',
    });
  });

  it('is not touched when it says so', () => {
    expect(reconcileBinding(withMeta(clusterRoleBinding('b', 'other'), OFF), binding)).toBeNull();
  });
});
