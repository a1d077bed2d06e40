import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { errorsOf } from '../../../../test/strategy-harness.ts';
import { roleRefOf, rulesOf } from '../rbac/policy-rule.ts';
import {
  BOOTSTRAP_POLICY_VERSION,
  CLUSTER_POLICY,
  namespacePolicy,
  POLICY_NAMESPACES,
} from './bootstrap-policy.ts';

const nameOf = ({ metadata }: KubernetesObject): string => metadata.name ?? '';
const policies = [CLUSTER_POLICY, ...POLICY_NAMESPACES.map(namespacePolicy)];
const all = policies.flatMap(({ roles, bindings }) => [...roles, ...bindings]);

const role = (name: string): KubernetesObject | undefined =>
  CLUSTER_POLICY.roles.find((object) => nameOf(object) === name);

const RESOURCES: Readonly<Record<string, string>> = {
  ClusterRole: 'clusterroles',
  ClusterRoleBinding: 'clusterrolebindings',
  Role: 'roles',
  RoleBinding: 'rolebindings',
};

describe('the default policy', () => {
  it('has a version that changes with it', () => {
    // When this fails, the policy has changed: write down what is computed here.
    const hash = createHash('sha256').update(JSON.stringify(policies)).digest('hex');
    expect(BOOTSTRAP_POLICY_VERSION).toBe(`v1.36-${hash.slice(0, 16)}`);
  });

  it('has what v1.36 has, in number, and the role of metrics-server', () => {
    const controllers = CLUSTER_POLICY.roles.filter((object) =>
      nameOf(object).startsWith('system:controller:'),
    );
    expect(controllers).toHaveLength(38);
    expect(CLUSTER_POLICY.roles).toHaveLength(70);
    expect(CLUSTER_POLICY.bindings).toHaveLength(50);
    expect(namespacePolicy('kube-system').roles).toHaveLength(6);
    expect(namespacePolicy('kube-public').bindings).toHaveLength(1);
    expect(namespacePolicy('default')).toEqual({ roles: [], bindings: [] });
  });

  it('is valid, and every object has a name of its own', () => {
    for (const object of all) {
      const resource = `${RESOURCES[object.kind ?? '']}.rbac.authorization.k8s.io`;
      expect(errorsOf(resource, object), nameOf(object)).toEqual([]);
    }
    const keys = all.map((o) => `${o.kind ?? ''}/${o.metadata.namespace ?? ''}/${nameOf(o)}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('can be told from what people make, and is kept up to date', () => {
    for (const { metadata } of all) {
      expect(metadata.labels?.['kubernetes.io/bootstrapping']).toBe('rbac-defaults');
      expect(metadata.annotations).toEqual({
        'rbac.authorization.kubernetes.io/autoupdate': 'true',
      });
    }
  });

  it('binds only roles that it has', () => {
    for (const { roles, bindings } of policies) {
      const names = new Set(roles.map(nameOf));
      for (const binding of bindings) expect(names).toContain(roleRefOf(binding).name);
    }
  });

  it('is written down as upstream writes it', () => {
    expect(role('view')).toEqual({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: {
        name: 'view',
        labels: {
          'kubernetes.io/bootstrapping': 'rbac-defaults',
          'rbac.authorization.k8s.io/aggregate-to-edit': 'true',
        },
        annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
      },
      aggregationRule: {
        clusterRoleSelectors: [
          { matchLabels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } },
        ],
      },
    });
    expect(role('system:controller:job-controller')?.['rules']).toEqual([
      {
        verbs: ['get', 'list', 'patch', 'update', 'watch'],
        apiGroups: ['batch'],
        resources: ['jobs'],
      },
      { verbs: ['update'], apiGroups: ['batch'], resources: ['jobs/status'] },
      { verbs: ['update'], apiGroups: ['batch'], resources: ['jobs/finalizers'] },
      {
        verbs: ['create', 'delete', 'list', 'patch', 'watch'],
        apiGroups: [''],
        resources: ['pods'],
      },
      {
        verbs: ['create', 'patch', 'update'],
        apiGroups: ['', 'events.k8s.io'],
        resources: ['events'],
      },
    ]);
    expect(role('system:certificates.k8s.io:kubelet-serving-approver')?.['rules']).toEqual([
      {
        verbs: ['approve'],
        apiGroups: ['certificates.k8s.io'],
        resources: ['signers'],
        resourceNames: ['kubernetes.io/kubelet-serving'],
      },
    ]);
  });

  it('lists nothing twice in a rule', () => {
    for (const object of all) {
      for (const rule of rulesOf(object)) {
        for (const list of Object.values(rule) as string[][]) {
          expect(list, nameOf(object)).toEqual([...new Set(list)].sort());
        }
      }
    }
  });
});
