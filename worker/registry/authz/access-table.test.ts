import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { UserInfo } from '../../../apimachinery/user-info.ts';
import type { AccessAttributes } from './authorizer.ts';
import {
  CLUSTER_POLICY,
  namespacePolicy,
  POLICY_NAMESPACES,
} from './bootstrap/bootstrap-policy.ts';
import { ClusterAuthorizer } from './cluster-authorizer.ts';
import { aggregatedRules } from './rbac/aggregation.ts';
import { roleSourceOf } from './rbac/testing/role-source-of.ts';
import { ACCESS_CASES } from './testdata/access-cases.ts';
import { ACCESS_IDENTITIES, ACCESS_OBJECTS } from './testdata/access-objects.ts';

/** All roles and bindings, with the rules that aggregation brings. */
function policy(): readonly KubernetesObject[] {
  const policies = [CLUSTER_POLICY, ...POLICY_NAMESPACES.map(namespacePolicy)];
  let objects = [
    ...policies.flatMap(({ roles, bindings }) => [...roles, ...bindings]),
    ...ACCESS_OBJECTS,
  ];
  for (let round = 0; round < 3; round++) {
    const roles = objects.filter(({ kind }) => kind === 'ClusterRole');
    objects = objects.map((object) => {
      const rules = object.kind === 'ClusterRole' ? aggregatedRules(object, roles) : null;
      return rules === null ? object : { ...object, rules };
    });
  }
  return objects;
}

const POLICY = policy();
const NODES = { podsOfNode: () => [], clusterObject: () => null };
const stores = new Map<string, ClusterAuthorizer>();

function decide(user: UserInfo, access: AccessAttributes): boolean {
  const namespace = access.isResourceRequest ? access.namespace : '';
  const store =
    stores.get(namespace) ?? new ClusterAuthorizer(roleSourceOf(POLICY, namespace), NODES);
  stores.set(namespace, store);
  return store.authorize(user, access).allowed;
}

describe('the access table', () => {
  it('has more than 220 rows, all different, of everybody', () => {
    const titles = ACCESS_CASES.map(({ title }) => title.replace(/: (allow|deny)/, ':'));
    expect(titles.length).toBeGreaterThan(220);
    expect(new Set(titles).size).toBe(titles.length);
    const asked = new Set(ACCESS_CASES.map(({ identity }) => identity));
    expect(asked.size).toBe(Object.keys(ACCESS_IDENTITIES).length);
  });

  it.each(ACCESS_CASES)('$title', ({ identity, access, want }) => {
    expect(decide(identity, access) ? 'allow' : 'deny').toBe(want);
  });
});
