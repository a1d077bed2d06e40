import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import {
  AUTHENTICATED_GROUP,
  MASTERS_GROUP,
  SERVICE_ACCOUNTS_GROUP,
  UNAUTHENTICATED_GROUP,
} from '../../../../apimachinery/user-info.ts';
import { account, clusterRoleBinding, group, type SubjectFields, user } from './builders.ts';

const SUBJECTS: Readonly<Record<string, readonly SubjectFields[]>> = {
  'cluster-admin': [group(MASTERS_GROUP)],
  'system:basic-user': [group(AUTHENTICATED_GROUP)],
  'system:discovery': [group(AUTHENTICATED_GROUP)],
  'system:kube-controller-manager': [user('system:kube-controller-manager')],
  'system:kube-dns': [account('kube-dns')],
  'system:kube-scheduler': [user('system:kube-scheduler')],
  'system:monitoring': [group('system:monitoring')],
  // Kept for clusters whose nodes were bound to it; the node authorizer needs no binding.
  'system:node': [],
  'system:node-proxier': [user('system:kube-proxy')],
  'system:public-info-viewer': [group(AUTHENTICATED_GROUP), group(UNAUTHENTICATED_GROUP)],
  'system:service-account-issuer-discovery': [group(SERVICE_ACCOUNTS_GROUP)],
  'system:volume-scheduler': [user('system:kube-scheduler')],
};

/** Who has the default roles. Each binding is named for its role. */
export const CLUSTER_BINDINGS: readonly KubernetesObject[] = Object.entries(SUBJECTS).map(
  ([name, subjects]) => clusterRoleBinding(name, name, ...subjects),
);
