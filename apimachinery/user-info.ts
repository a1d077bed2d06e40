/** Who a request comes from: authentication.k8s.io UserInfo. */
export interface UserInfo {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export const MASTERS_GROUP = 'system:masters';
export const AUTHENTICATED_GROUP = 'system:authenticated';
export const UNAUTHENTICATED_GROUP = 'system:unauthenticated';
export const ANONYMOUS_USER = 'system:anonymous';
export const NODES_GROUP = 'system:nodes';
export const NODE_USER_PREFIX = 'system:node:';
export const SERVICE_ACCOUNT_PREFIX = 'system:serviceaccount:';
export const SERVICE_ACCOUNTS_GROUP = 'system:serviceaccounts';

/** The user that a ServiceAccount is, as far as its name tells. */
export function serviceAccountUser(namespace: string, name: string): UserInfo {
  return {
    name: `${SERVICE_ACCOUNT_PREFIX}${namespace}:${name}`,
    groups: [SERVICE_ACCOUNTS_GROUP, `${SERVICE_ACCOUNTS_GROUP}:${namespace}`, AUTHENTICATED_GROUP],
  };
}

/** Writes of the control plane itself, which nothing has to allow. */
export const API_SERVER_USER: UserInfo = {
  name: 'system:apiserver',
  groups: [MASTERS_GROUP, AUTHENTICATED_GROUP],
};

/** A controller writes as upstream's do: each as a ServiceAccount of kube-system. */
export const controllerUser = (controller: string): UserInfo =>
  serviceAccountUser('kube-system', controller);

/** The scheduler, where it acts on pods of others. */
export const SCHEDULER_USER: UserInfo = {
  name: 'system:kube-scheduler',
  groups: [AUTHENTICATED_GROUP],
};

/** The agent of a node. */
export const nodeUser = (node: string): UserInfo => ({
  name: `${NODE_USER_PREFIX}${node}`,
  groups: [NODES_GROUP, AUTHENTICATED_GROUP],
});
