import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import type { AccessAttributes } from '../authorizer.ts';
import { RBACAuthorizer } from './rbac-authorizer.ts';
import { roleSourceOf } from './testing/role-source-of.ts';

const VERBS = ['get', 'list', 'use'];
const GROUPS = ['', 'apps'];
const RESOURCES = ['pods', 'jobs'];
const SUBRESOURCES = ['', 'log', 'scale'];
const NAMES = ['', 'a', 'b'];
const NAMESPACES = ['', 'shop', 'office'];
const PATHS = ['/a', '/a/', '/a/b', '/ab'];
const USERS = ['jane', 'system:serviceaccount:shop:bot', 'system:serviceaccount:office:bot'];
const TEAMS = ['devs', 'ops'];

const some = (...words: string[]) =>
  fc.uniqueArray(fc.constantFrom(...words), { minLength: 1, maxLength: 2 });

const resourceRule = fc.record({
  verbs: some(...VERBS, '*'),
  apiGroups: some(...GROUPS, '*'),
  resources: some(...RESOURCES, 'pods/log', 'jobs/scale', '*/scale', '*'),
  resourceNames: fc.oneof(fc.constant(null), fc.constant([]), some('a', 'b')),
});
const pathRule = fc.record({
  verbs: some(...VERBS, '*'),
  nonResourceURLs: some('/a', '/a/*', '/a*', '*'),
});
const rules = fc.array(fc.oneof(resourceRule, pathRule), { maxLength: 3 });

const subject = fc.oneof(
  fc.record({ kind: fc.constant('User'), name: fc.constantFrom(...USERS) }),
  fc.record({ kind: fc.constant('Group'), name: fc.constantFrom(...TEAMS) }),
  fc.record({
    kind: fc.constant('ServiceAccount'),
    name: fc.constant('bot'),
    namespace: fc.constantFrom('', 'shop', 'office'),
  }),
);
const binding = fc.record({
  namespace: fc.constantFrom(...NAMESPACES),
  roleKind: fc.constantFrom('Role', 'ClusterRole'),
  roleName: fc.constantFrom('x', 'y', 'missing'),
  subjects: fc.array(subject, { maxLength: 3 }),
});

const world = fc
  .record({
    clusterX: rules,
    clusterY: rules,
    shopX: rules,
    officeX: rules,
    bindings: fc.array(binding, { maxLength: 8 }),
  })
  .map(({ clusterX, clusterY, shopX, officeX, bindings }): KubernetesObject[] => [
    { kind: 'ClusterRole', metadata: { name: 'x' }, rules: clusterX },
    { kind: 'ClusterRole', metadata: { name: 'y' }, rules: clusterY },
    { kind: 'Role', metadata: { name: 'x', namespace: 'shop' }, rules: shopX },
    { kind: 'Role', metadata: { name: 'x', namespace: 'office' }, rules: officeX },
    ...bindings.map(({ namespace, roleKind, roleName, subjects }, i) => ({
      kind: namespace === '' ? 'ClusterRoleBinding' : 'RoleBinding',
      metadata: { name: `b${i}`, ...(namespace === '' ? {} : { namespace }) },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: roleKind, name: roleName },
      subjects,
    })),
  ]);

const user = fc.record({
  name: fc.constantFrom(...USERS, 'joe'),
  groups: fc.uniqueArray(fc.constantFrom(...TEAMS)),
});
const access: fc.Arbitrary<AccessAttributes> = fc.oneof(
  fc.record({
    isResourceRequest: fc.constant(true as const),
    verb: fc.constantFrom(...VERBS),
    apiGroup: fc.constantFrom(...GROUPS),
    apiVersion: fc.constant('v1'),
    namespace: fc.constantFrom(...NAMESPACES),
    resource: fc.constantFrom(...RESOURCES),
    subresource: fc.constantFrom(...SUBRESOURCES),
    name: fc.constantFrom(...NAMES),
  }),
  fc.record({
    isResourceRequest: fc.constant(false as const),
    verb: fc.constantFrom(...VERBS),
    path: fc.constantFrom(...PATHS),
  }),
);

type Who = Readonly<{ name: string; groups: readonly string[] }>;
type Fields = Readonly<Record<string, readonly string[] | null | undefined>>;

/** The meaning of the four kinds, read off the page: no index, no cache, no order. */
function allowedByDefinition(objects: KubernetesObject[], who: Who, what: AccessAttributes) {
  const where = what.isResourceRequest ? what.namespace : '';
  return objects.some((object) => {
    const home = object.metadata.namespace ?? '';
    if (object['subjects'] === undefined || (home !== '' && home !== where)) return false;
    const { kind, name } = object['roleRef'] as { kind: string; name: string };
    const role = objects.find(
      (o) =>
        o.kind === kind &&
        o.metadata.name === name &&
        (kind === 'ClusterRole' || (home !== '' && o.metadata.namespace === home)),
    );
    return (
      (object['subjects'] as Record<string, string>[]).some((s) => isOne(s, home, who)) &&
      ((role?.['rules'] ?? []) as Fields[]).some((rule) => says(rule, what))
    );
  });
}

function isOne(
  { kind, name = '', namespace = '' }: Record<string, string>,
  home: string,
  who: Who,
) {
  if (kind === 'User') return who.name === name;
  if (kind === 'Group') return who.groups.includes(name);
  return who.name === `system:serviceaccount:${namespace || home}:${name}`;
}

function says(rule: Fields, what: AccessAttributes): boolean {
  const has = (list: string, ...words: string[]): boolean =>
    words.some((word) => (rule[list] ?? []).includes(word));
  if (!has('verbs', what.verb, '*')) return false;
  if (!what.isResourceRequest) {
    return (rule['nonResourceURLs'] ?? []).some((url) =>
      new RegExp(`^${url.replace('*', '.*')}$`).test(what.path),
    );
  }
  const { apiGroup, resource, subresource, name } = what;
  const target =
    subresource === '' ? [resource] : [`${resource}/${subresource}`, `*/${subresource}`];
  const names = rule['resourceNames'] ?? [];
  return (
    has('apiGroups', apiGroup, '*') &&
    has('resources', '*', ...target) &&
    (names.length === 0 || names.includes(name))
  );
}

it('decides as the meaning of roles and bindings says, for any of them', () => {
  let allowed = 0;
  fc.assert(
    fc.property(
      world,
      fc.array(user, { minLength: 1 }),
      fc.array(access),
      (objects, users, all) => {
        const authorizers = new Map(
          NAMESPACES.map((ns) => [ns, new RBACAuthorizer(roleSourceOf(objects, ns))]),
        );
        for (const who of users) {
          for (const what of all) {
            const where = what.isResourceRequest ? what.namespace : '';
            const got = authorizers.get(where)?.authorize(who, what).allowed;
            const want = allowedByDefinition(objects, who, what);
            if (want) allowed += 1;
            expect(got).toBe(want);
          }
        }
      },
    ),
    { numRuns: 300 },
  );
  // Else it would say nothing.
  expect(allowed).toBeGreaterThan(100);
});
