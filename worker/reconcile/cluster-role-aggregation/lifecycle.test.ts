import { expect, it } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { CLUSTER_POLICY } from '../../registry/authz/bootstrap/bootstrap-policy.ts';
import { uncoveredRules } from '../../registry/authz/rbac/covers.ts';
import { type PolicyRule, rulesOf } from '../../registry/authz/rbac/policy-rule.ts';
import { MemoryStore } from '../testing/memory-store.ts';
import { START } from '../testing/samples.ts';
import { CLUSTER_ROLES } from './plan.ts';
import { clusterRoleAggregationPlanner } from './planner.ts';

const newStore = (): MemoryStore =>
  new MemoryStore({ namespace: '', planners: [clusterRoleAggregationPlanner], now: START });

const role = (name: string, labels: Record<string, string>, ...rules: PolicyRule[]) =>
  ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name, labels },
    rules,
  }) satisfies KubernetesObject;

const WIDGETS: PolicyRule = { verbs: ['get'], apiGroups: ['example.com'], resources: ['widgets'] };
const INTO_VIEW = { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' };

const rules = (store: MemoryStore, name: string): readonly PolicyRule[] =>
  rulesOf(store.objects.get(CLUSTER_ROLES, name) ?? { metadata: {} });

/** In the order of names. */
const partsOfView = (store: MemoryStore): PolicyRule[] =>
  ['system:aggregate-to-view', 'system:aggregated-metrics-reader'].flatMap((name) =>
    rules(store, name),
  );

it('the default roles add up, in whatever order they come', () => {
  for (const roles of [CLUSTER_POLICY.roles, CLUSTER_POLICY.roles.toReversed()]) {
    const store = newStore();
    for (const object of roles) store.create(CLUSTER_ROLES, object);
    store.settle();
    expect(rules(store, 'view')).toEqual(partsOfView(store));
    expect(uncoveredRules(rules(store, 'edit'), rules(store, 'view'))).toEqual([]);
    expect(uncoveredRules(rules(store, 'admin'), rules(store, 'edit'))).toEqual([]);
    // In the order of names: `edit` before `system:aggregate-to-admin`, `system:…` before `view`.
    expect(rules(store, 'edit')[0]).toEqual(rules(store, 'system:aggregate-to-edit')[0]);
    expect(rules(store, 'admin').at(-1)).toEqual(rules(store, 'system:aggregate-to-admin').at(-1));
    expect(store.writesOfAnotherRound()).toEqual([]);
  }
});

it('a role that comes, changes its label or goes is followed, through all roles above', () => {
  const store = newStore();
  for (const object of CLUSTER_POLICY.roles) store.create(CLUSTER_ROLES, object);
  store.settle();
  const has = (): boolean[] =>
    ['view', 'edit', 'admin'].map(
      (name) => uncoveredRules(rules(store, name), [WIDGETS]).length === 0,
    );
  expect(has()).toEqual([false, false, false]);
  store.create(CLUSTER_ROLES, role('widgets', INTO_VIEW, WIDGETS));
  store.settle();
  expect(has()).toEqual([true, true, true]);
  store.edit(CLUSTER_ROLES, 'widgets', (object) => {
    object.metadata.labels = { 'rbac.authorization.k8s.io/aggregate-to-admin': 'true' };
  });
  store.settle();
  expect(has()).toEqual([false, false, true]);
  store.delete(CLUSTER_ROLES, 'widgets');
  store.settle();
  expect(has()).toEqual([false, false, false]);
});

it('rules that somebody writes into it himself do not stay', () => {
  const store = newStore();
  for (const object of CLUSTER_POLICY.roles) store.create(CLUSTER_ROLES, object);
  store.settle();
  store.edit(CLUSTER_ROLES, 'view', (object) => {
    object['rules'] = [WIDGETS];
  });
  store.settle();
  expect(rules(store, 'view')).toEqual(partsOfView(store));
});
