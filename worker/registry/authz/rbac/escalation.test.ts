import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import type { UserInfo } from '../../../../apimachinery/user-info.ts';
import type { AdmissionAttributes, AdmissionContext } from '../../admission/plugin.ts';
import { RESOURCES } from '../../resource-table.ts';
import { newRBACEscalation } from './escalation.ts';
import type { PolicyRule } from './policy-rule.ts';
import { RBACAuthorizer } from './rbac-authorizer.ts';
import { roleSourceOf } from './testing/role-source-of.ts';

const GROUP = 'rbac.authorization.k8s.io';
const pods = (...verbs: string[]): PolicyRule => ({ verbs, apiGroups: [''], resources: ['pods'] });
const ALL: PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];
const bob: UserInfo = { name: 'bob', groups: ['a', 'b'] };

interface Request {
  readonly resource: 'roles' | 'clusterroles' | 'rolebindings' | 'clusterrolebindings';
  readonly object: object;
  readonly old?: object;
  readonly user?: UserInfo;
  /** What bob may do in the namespace, and in the whole cluster. */
  readonly here?: readonly PolicyRule[];
  readonly everywhere?: readonly PolicyRule[];
  readonly more?: readonly KubernetesObject[];
  readonly options?: Record<string, unknown>;
}

const named = (kind: string, name: string, fields: object): KubernetesObject => ({
  kind,
  metadata: { name, ...(kind.startsWith('Cluster') ? {} : { namespace: 'shop' }) },
  ...fields,
});
const subjects = [{ kind: 'User', name: 'bob' }];
const ref = (kind: string, name: string): object => ({ apiGroup: GROUP, kind, name });

/** The message of the refusal, null when there is none. */
function refusal(request: Request): string | null {
  const { resource, old, user = bob, here = [], everywhere = [], more = [] } = request;
  const info = RESOURCES.get(`${resource}.${GROUP}`)!;
  const isHere = info.namespaced;
  const source = roleSourceOf(
    [
      named('Role', 'here', { rules: here }),
      named('RoleBinding', 'here', { roleRef: ref('Role', 'here'), subjects }),
      named('ClusterRole', 'everywhere', { rules: everywhere }),
      named('ClusterRoleBinding', 'e', { roleRef: ref('ClusterRole', 'everywhere'), subjects }),
      ...more,
    ],
    isHere ? 'shop' : '',
  );
  const authorizer = new RBACAuthorizer(source);
  const asWhole = (fields: object): KubernetesObject => named(info.kind, 'x', fields);
  const context = {
    namespace: source.namespace,
    authorizer,
    get: (kind: string, name: string) =>
      kind === `roles.${GROUP}` ? source.role(name) : source.clusterRole(name),
  } as Partial<AdmissionContext> as AdmissionContext;
  const attributes = {
    operation: old === undefined ? 'CREATE' : 'UPDATE',
    info,
    requested: info,
    subresource: '',
    namespace: isHere ? 'shop' : '',
    name: 'x',
    object: asWhole(request.object),
    oldObject: old === undefined ? null : asWhole(old),
    options: request.options ?? {},
    user,
  } as Partial<AdmissionAttributes> as AdmissionAttributes;
  const plugin = newRBACEscalation(() => authorizer);
  expect(plugin.handles(attributes)).toBe(true);
  try {
    plugin.validate?.(attributes, context);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

const HEAD =
  'user "bob" (groups=["a" "b"]) is attempting to grant RBAC permissions not currently held:\n';
const may = (verb: string, resource: string, ...resourceNames: string[]): PolicyRule => ({
  verbs: [verb],
  apiGroups: [GROUP],
  resources: [resource],
  ...(resourceNames.length === 0 ? {} : { resourceNames }),
});

describe('a role', () => {
  it('may be written by who has all its rules', () => {
    const object = { rules: [pods('get', 'list')] };
    expect(refusal({ resource: 'roles', object, here: [pods('*')] })).toBeNull();
    expect(refusal({ resource: 'roles', object, everywhere: [pods('*')] })).toBeNull();
    expect(refusal({ resource: 'clusterroles', object, everywhere: [pods('*')] })).toBeNull();
    expect(refusal({ resource: 'roles', object: {} })).toBeNull();
  });

  it('may not be written by who lacks some, and is told which', () => {
    const rules = [
      pods('list', 'get'),
      { verbs: ['get'], apiGroups: ['', 'apps'], resources: ['secrets'], resourceNames: ['s'] },
      { verbs: ['get', 'post'], nonResourceURLs: ['/x'] },
      pods('watch'),
    ];
    const object = { rules };
    expect(refusal({ resource: 'clusterroles', object, everywhere: [pods('get')] })).toBe(
      [
        `clusterroles.${GROUP} "x" is forbidden: ${HEAD}{APIGroups:[""], Resources:["pods"], Verbs:["list" "watch"]}`,
        '{APIGroups:[""], Resources:["secrets"], ResourceNames:["s"], Verbs:["get"]}',
        '{APIGroups:["apps"], Resources:["secrets"], ResourceNames:["s"], Verbs:["get"]}',
        '{NonResourceURLs:["/x"], Verbs:["get"]}',
        '{NonResourceURLs:["/x"], Verbs:["post"]}',
      ].join('\n'),
    );
  });

  it('of the cluster is not covered by what one has in a namespace', () => {
    const object = { rules: [pods('get')] };
    expect(refusal({ resource: 'clusterroles', object, here: [pods('get')] })).toContain(HEAD);
  });

  it('tells which roles could not be looked at', () => {
    const more = [
      named('RoleBinding', 'p', { roleRef: ref('Role', 'gone'), subjects }),
      named('ClusterRoleBinding', 'q', { roleRef: ref('ClusterRole', 'away'), subjects }),
    ];
    const object = { rules: [pods('get')] };
    const tail = '{APIGroups:[""], Resources:["pods"], Verbs:["get"]}; resolution errors: ';
    const [first, second] = [
      `clusterroles.${GROUP} "away" not found`,
      `roles.${GROUP} "gone" not found`,
    ];
    expect(refusal({ resource: 'roles', object, more })).toBe(
      `roles.${GROUP} "x" is forbidden: ${HEAD}${tail}[[${first}, ${second}]]`,
    );
    expect(refusal({ resource: 'clusterroles', object, more })).toContain(`${tail}[${first}]`);
  });

  it('may be written by who may escalate it', () => {
    const object = { rules: ALL };
    const old = { rules: [] };
    const here = [may('escalate', 'roles')];
    expect(refusal({ resource: 'roles', object, here })).toBeNull();
    expect(refusal({ resource: 'clusterroles', object, here })).toContain(HEAD);
    const everywhere = [may('escalate', 'clusterroles', 'x')];
    expect(refusal({ resource: 'clusterroles', object, old, everywhere })).toBeNull();
    const other = [may('escalate', 'clusterroles', 'y')];
    expect(refusal({ resource: 'clusterroles', object, old, everywhere: other })).toContain(HEAD);
  });

  it('has no name yet for the verb to be about while it is posted', () => {
    const request = {
      resource: 'clusterroles' as const,
      object: { rules: ALL },
      everywhere: [may('escalate', 'clusterroles', 'x')],
    };
    expect(refusal(request)).toContain(HEAD);
    expect(refusal({ ...request, options: { kind: 'CreateOptions' } })).toContain(HEAD);
    expect(refusal({ ...request, options: { kind: 'PatchOptions' } })).toBeNull();
    expect(refusal({ ...request, options: { kind: 'UpdateOptions' } })).toBeNull();
  });

  it('is checked on every write, but not when the garbage collector alone has a say', () => {
    const old = { rules: [pods('get')], metadata: { name: 'x', finalizers: ['a'] } };
    const write = (metadata: object): string | null =>
      refusal({
        resource: 'clusterroles',
        old,
        object: { ...old, metadata: { name: 'x', ...metadata } },
      });
    expect(write({ finalizers: ['a'], labels: { b: 'c' } })).toContain(HEAD);
    const owner = { apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'u' };
    expect(write({ ownerReferences: [owner], managedFields: [{ manager: 'x' }] })).toBeNull();
  });

  it('takes rules from others only for who may do everything', () => {
    const aggregationRule = { clusterRoleSelectors: [{}] };
    const message = `clusterroles.${GROUP} "x" is forbidden: must have cluster-admin privileges to use the aggregationRule`;
    const resource = 'clusterroles';
    const write = (fields: object): string | null =>
      refusal({ resource, object: {}, everywhere: [pods('*')], ...fields });
    expect(write({ object: { aggregationRule } })).toBe(message);
    expect(write({ old: { aggregationRule }, object: { rules: [] } })).toBe(message);
    expect(write({ object: { aggregationRule }, everywhere: ALL })).toBeNull();
    expect(write({ object: { aggregationRule: { clusterRoleSelectors: [] } } })).toBeNull();
    expect(write({ object: { aggregationRule, rules: [pods('get')] }, everywhere: [] })).toContain(
      HEAD,
    );
  });
});

describe('a binding', () => {
  const viewer = named('ClusterRole', 'viewer', { rules: [pods('get')] });
  const local = named('Role', 'local', { rules: [pods('get')] });
  const more = [viewer, local];
  const toViewer = { roleRef: ref('ClusterRole', 'viewer') };
  const toLocal = { roleRef: ref('Role', 'local') };

  it('may be written by who has all rules of its role where it holds', () => {
    const here = [pods('get')];
    const resource = 'rolebindings';
    expect(refusal({ resource, object: toViewer, more, here })).toBeNull();
    expect(refusal({ resource, object: toLocal, more, here })).toBeNull();
    expect(refusal({ resource, object: toViewer, more })).toBe(
      `rolebindings.${GROUP} "x" is forbidden: ${HEAD}{APIGroups:[""], Resources:["pods"], Verbs:["get"]}`,
    );
    const wide = { resource: 'clusterrolebindings' as const, object: toViewer, more };
    expect(refusal({ ...wide, here })).toContain(HEAD);
    expect(refusal({ ...wide, everywhere: here })).toBeNull();
  });

  it('may be written by who may bind the role where it holds', () => {
    const bind = may('bind', 'clusterroles', 'viewer');
    const wide = { resource: 'clusterrolebindings' as const, object: toViewer, more };
    expect(refusal({ resource: 'rolebindings', object: toViewer, more, here: [bind] })).toBeNull();
    expect(refusal({ resource: 'rolebindings', object: toLocal, more, here: [bind] })).toContain(
      HEAD,
    );
    expect(refusal({ ...wide, here: [bind] })).toContain(HEAD);
    expect(refusal({ ...wide, everywhere: [bind] })).toBeNull();
  });

  it('of a role that is not there is only for who may bind it', () => {
    const object = { roleRef: ref('Role', 'gone') };
    const request = { resource: 'rolebindings' as const, object };
    expect(refusal(request)).toBe(`roles.${GROUP} "gone" not found`);
    expect(refusal({ ...request, here: [may('bind', 'roles')] })).toBeNull();
    expect(
      refusal({ resource: 'clusterrolebindings', object: { roleRef: ref('Robot', 'r') } }),
    ).toContain('unsupported role reference kind: "Robot"');
  });

  it('is checked again when its subjects change', () => {
    const resource = 'rolebindings';
    const object = { ...toViewer, subjects };
    expect(refusal({ resource, object, old: toViewer, more })).toContain(HEAD);
    expect(refusal({ resource, object, old: object, more })).toBeNull();
  });
});

it('system:masters may give everything to everybody', () => {
  const user = { name: 'm', groups: ['system:masters'] };
  const aggregationRule = { clusterRoleSelectors: [{}] };
  const object = { rules: ALL, aggregationRule };
  expect(refusal({ resource: 'clusterroles', object, user })).toBeNull();
});

it('nothing else is looked at', () => {
  const plugin = newRBACEscalation(() => new RBACAuthorizer(roleSourceOf([], '')));
  const handles = (resource: string, fields: object = {}): boolean =>
    plugin.handles({
      operation: 'CREATE',
      info: RESOURCES.get(resource)!,
      subresource: '',
      ...fields,
    } as Partial<AdmissionAttributes> as AdmissionAttributes);
  expect(handles('pods')).toBe(false);
  expect(handles(`roles.${GROUP}`)).toBe(true);
  expect(handles(`roles.${GROUP}`, { operation: 'DELETE' })).toBe(false);
});
