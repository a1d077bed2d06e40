import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { account, EVENTS, READ, role, roleBinding, rule, user } from './builders.ts';

const SYSTEM = 'kube-system';
const PUBLIC = 'kube-public';

const LEADER_ELECTION = [
  rule(`${READ} create update`, 'coordination.k8s.io', 'leases'),
  rule(`${READ} create update`, 'coordination.k8s.io', 'leasecandidates'),
];

const AUTHENTICATION_READER = 'extension-apiserver-authentication-reader';
const CONTROLLER_MANAGER = user('system:kube-controller-manager');
const SCHEDULER = user('system:kube-scheduler');

/** Roles that are of one namespace. */
export const NAMESPACED_ROLES: readonly KubernetesObject[] = [
  role(PUBLIC, 'system:controller:bootstrap-signer', [
    rule(READ, 'core', 'configmaps'),
    rule('update', 'core', 'configmaps', 'cluster-info'),
    EVENTS,
  ]),
  role(SYSTEM, AUTHENTICATION_READER, [
    rule(READ, 'core', 'configmaps', 'extension-apiserver-authentication'),
  ]),
  role(SYSTEM, 'system::leader-locking-kube-controller-manager', LEADER_ELECTION),
  role(SYSTEM, 'system::leader-locking-kube-scheduler', LEADER_ELECTION),
  role(SYSTEM, 'system:controller:bootstrap-signer', [rule(READ, 'core', 'secrets')]),
  role(SYSTEM, 'system:controller:cloud-provider', [rule(`${READ} create`, 'core', 'configmaps')]),
  role(SYSTEM, 'system:controller:token-cleaner', [
    rule(`${READ} delete`, 'core', 'secrets'),
    EVENTS,
  ]),
];

/** Who has them. */
export const NAMESPACED_BINDINGS: readonly KubernetesObject[] = [
  ofController(PUBLIC, 'bootstrap-signer'),
  roleBinding(
    SYSTEM,
    `system::${AUTHENTICATION_READER}`,
    AUTHENTICATION_READER,
    CONTROLLER_MANAGER,
    SCHEDULER,
  ),
  ofLeader('kube-controller-manager', 'leader-election-controller'),
  ofLeader('kube-scheduler'),
  ofController(SYSTEM, 'bootstrap-signer'),
  ofController(SYSTEM, 'cloud-provider'),
  ofController(SYSTEM, 'token-cleaner'),
];

function ofController(namespace: string, name: string): KubernetesObject {
  const controller = `system:controller:${name}`;
  return roleBinding(namespace, controller, controller, account(name));
}

function ofLeader(name: string, ...otherAccounts: readonly string[]): KubernetesObject {
  const lock = `system::leader-locking-${name}`;
  const accounts = [name, ...otherAccounts].map(account);
  return roleBinding(SYSTEM, lock, lock, user(`system:${name}`), ...accounts);
}
