import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import type { PolicyRule } from '../rbac/policy-rule.ts';

/**
 * Who is who in the access table, and the roles and bindings that are there beside the default
 * ones: in the namespaces `shop` and `office`, and in the cluster.
 */
export interface AccessIdentity {
  readonly name: string;
  readonly groups: readonly string[];
}

const AUTHENTICATED = 'system:authenticated';

const person = (name: string, ...groups: string[]): AccessIdentity => ({
  name,
  groups: [...groups, AUTHENTICATED],
});

const account = (namespace: string, name: string): AccessIdentity => ({
  name: `system:serviceaccount:${namespace}:${name}`,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, AUTHENTICATED],
});

export const ACCESS_IDENTITIES = {
  master: person('master', 'system:masters'),
  root: person('root'),
  plain: person('plain'),
  anonymous: { name: 'system:anonymous', groups: ['system:unauthenticated'] },
  monitor: person('monitor', 'system:monitoring'),
  vera: person('vera'),
  ed: person('ed'),
  ada: person('ada'),
  dana: person('dana', 'devs'),
  /** A user who is named like a group. */
  namesake: person('devs'),
  ci: person('ci'),
  olga: person('olga', 'ops', 'more'),
  aldo: person('aldo', 'auditors'),
  mona: person('mona'),
  helga: person('helga'),
  milo: person('milo', 'makers'),
  imogen: person('imogen'),
  bianca: person('bianca'),
  boris: person('boris'),
  gus: person('gus'),
  stella: person('stella'),
  bea: person('bea'),
  shopBot: account('shop', 'bot'),
  officeBot: account('office', 'bot'),
  labBot: account('lab', 'bot'),
  officeWatcher: account('office', 'watcher'),
  shopWatcher: account('shop', 'watcher'),
  scheduler: person('system:kube-scheduler'),
  controllerManager: person('system:kube-controller-manager'),
  proxy: person('system:kube-proxy'),
  dns: account('kube-system', 'kube-dns'),
  deployments: account('kube-system', 'deployment-controller'),
  collector: account('kube-system', 'generic-garbage-collector'),
  namespaces: account('kube-system', 'namespace-controller'),
  aggregation: account('kube-system', 'clusterrole-aggregation-controller'),
  node: person('system:node:n1', 'system:nodes'),
  /** Has a node's name, but is no member of the nodes' group. */
  impostor: person('system:node:n1'),
} as const satisfies Readonly<Record<string, AccessIdentity>>;

export type AccessIdentityName = keyof typeof ACCESS_IDENTITIES;

const GROUP = 'rbac.authorization.k8s.io';

function rule(
  verbs: string,
  apiGroup: string,
  resources: string,
  ...resourceNames: string[]
): PolicyRule {
  const rest = resourceNames.length === 0 ? {} : { resourceNames };
  return { verbs: verbs.split(' '), apiGroups: [apiGroup], resources: resources.split(' '), ...rest };
}

const paths = (...nonResourceURLs: string[]): PolicyRule => ({ verbs: ['get'], nonResourceURLs });

const object = (kind: string, namespace: string, name: string, fields: object): KubernetesObject => ({
  apiVersion: `${GROUP}/v1`,
  kind,
  metadata: { name, ...(namespace === '' ? {} : { namespace }) },
  ...fields,
});

/** A Role of a namespace, or with '' a ClusterRole. */
const role = (namespace: string, name: string, ...rules: PolicyRule[]): KubernetesObject =>
  object(namespace === '' ? 'ClusterRole' : 'Role', namespace, name, { rules });

/** A binding named for its role and the namespace. `Role/x` or `ClusterRole/x`. */
function binding(namespace: string, ref: string, ...subjects: object[]): KubernetesObject {
  const [kind = '', name = ''] = ref.split('/');
  return object(
    namespace === '' ? 'ClusterRoleBinding' : 'RoleBinding',
    namespace,
    `access-${kind.toLowerCase()}-${name}`,
    { roleRef: { apiGroup: GROUP, kind, name }, subjects },
  );
}

const user = (name: string): object => ({ apiGroup: GROUP, kind: 'User', name });
const group = (name: string): object => ({ apiGroup: GROUP, kind: 'Group', name });
const bot = (name: string, namespace?: string): object => ({
  kind: 'ServiceAccount',
  name,
  ...(namespace === undefined ? {} : { namespace }),
});

export const ACCESS_OBJECTS: readonly KubernetesObject[] = [
  role('shop', 'pod-reader', rule('get list watch', '', 'pods'), rule('get', '', 'pods/log')),
  binding('shop', 'Role/pod-reader', group('devs')),
  role(
    'shop',
    'config-keeper',
    rule('get update patch', '', 'configmaps', 'settings', 'flags'),
    rule('list', '', 'configmaps'),
  ),
  binding('shop', 'Role/config-keeper', user('ci')),
  role(
    'shop',
    'deployer',
    rule('*', 'apps', 'deployments'),
    rule('get update patch', 'apps', 'deployments/scale'),
  ),
  // Where an account names no namespace, it is of the binding's own.
  binding('shop', 'Role/deployer', bot('bot'), bot('bot', 'office')),
  binding('shop', 'ClusterRole/view', user('vera')),
  binding('shop', 'ClusterRole/edit', user('ed')),
  binding('shop', 'ClusterRole/admin', user('ada')),
  binding('shop', 'ClusterRole/role-giver', user('boris')),
  binding('shop', 'Role/missing', user('bea')),
  // There is a Role of that name, but in another namespace.
  binding('office', 'Role/pod-reader', user('vera')),
  role('', 'secret-reader', rule('get list', '', 'secrets')),
  binding('office', 'ClusterRole/secret-reader', group('auditors')),
  binding('', 'ClusterRole/cluster-admin', user('root')),
  role('', 'node-watcher', rule('get list watch', '', 'nodes'), rule('get', '', 'nodes/status')),
  binding('', 'ClusterRole/node-watcher', group('ops'), bot('watcher', 'office')),
  role('', 'config-lister', rule('list', '', 'configmaps')),
  binding('', 'ClusterRole/config-lister', group('system:serviceaccounts:office')),
  role('', 'metrics-reader', paths('/metrics', '/debug/*')),
  binding('', 'ClusterRole/metrics-reader', user('mona')),
  role('', 'health-reader', paths('/healthz*')),
  binding('', 'ClusterRole/health-reader', user('helga')),
  role(
    '',
    'widget-master',
    rule('*', 'example.com', '*'),
    rule('get', '*', '*/status'),
    rule('get update', 'apps', '*/scale'),
  ),
  binding('', 'ClusterRole/widget-master', group('makers')),
  role(
    '',
    'impersonator',
    rule('impersonate', '', 'users', 'jane'),
    rule('impersonate', '', 'groups', 'devs'),
    rule('impersonate', '', 'serviceaccounts'),
    rule('impersonate', 'authentication.k8s.io', 'userextras/scopes'),
  ),
  binding('', 'ClusterRole/impersonator', user('imogen')),
  role(
    '',
    'role-giver',
    rule('bind', GROUP, 'clusterroles', 'view', 'edit'),
    rule('escalate', GROUP, 'roles', 'pod-reader'),
    rule('create', GROUP, 'rolebindings'),
  ),
  binding('', 'ClusterRole/role-giver', user('bianca')),
  role('', 'any-group-pods', rule('get', '*', 'pods')),
  binding('', 'ClusterRole/any-group-pods', user('gus')),
  role('', 'every-verb', rule('*', '', 'services')),
  binding('', 'ClusterRole/every-verb', user('stella')),
];
