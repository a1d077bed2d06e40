import type { KubernetesObject, ObjectMeta } from '../../../../apimachinery/meta.ts';
import { type PolicyRule, RBAC_GROUP } from '../rbac/policy-rule.ts';

/**
 * How the default policy is written down: lists are words with blanks between them, and come out
 * sorted, as upstream's do. `core` stands for the group without a name.
 */
const words = (text: string): string[] => text.split(' ').sort();

export const READ = 'get list watch';
export const WRITE = 'create delete deletecollection patch update';
export const READ_WRITE = `${READ} ${WRITE}`;

/** A rule about resources; with names, about those objects only. */
export function rule(verbs: string, groups: string, resources: string, names = ''): PolicyRule {
  return {
    verbs: words(verbs),
    apiGroups: groups
      .split(' ')
      .map((group) => (group === 'core' ? '' : group))
      .sort(),
    resources: words(resources),
    ...(names === '' ? {} : { resourceNames: words(names) }),
  };
}

/** A rule about paths that are read. */
export const paths = (urls: string): PolicyRule => ({
  nonResourceURLs: words(urls),
  verbs: ['get'],
});

/** What everything that records events may do. */
export const EVENTS = rule('create patch update', 'core events.k8s.io', 'events');

const API_VERSION = `${RBAC_GROUP}/v1`;

/** By which the default policy is known, and kept up to date unless somebody says otherwise. */
const metadata = (name: string, labels: Record<string, string> = {}): ObjectMeta => ({
  name,
  labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...labels },
  annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
});

const aggregateTo = (role: string): Record<string, string> => ({
  [`${RBAC_GROUP}/aggregate-to-${role}`]: 'true',
});

/** @param into a role that takes this one's rules over. */
export const clusterRole = (
  name: string,
  rules: readonly PolicyRule[],
  into?: string,
): KubernetesObject => ({
  apiVersion: API_VERSION,
  kind: 'ClusterRole',
  metadata: metadata(name, into === undefined ? {} : aggregateTo(into)),
  rules,
});

/** A role whose rules are those of all roles that say they go into it. */
export const aggregatedRole = (name: string, into?: string): KubernetesObject => ({
  apiVersion: API_VERSION,
  kind: 'ClusterRole',
  metadata: metadata(name, into === undefined ? {} : aggregateTo(into)),
  aggregationRule: { clusterRoleSelectors: [{ matchLabels: aggregateTo(name) }] },
});

export const role = (
  namespace: string,
  name: string,
  rules: readonly PolicyRule[],
): KubernetesObject => ({
  apiVersion: API_VERSION,
  kind: 'Role',
  metadata: { ...metadata(name), namespace },
  rules,
});

export type SubjectFields = Readonly<Record<string, string>>;

export const user = (name: string): SubjectFields => ({ apiGroup: RBAC_GROUP, kind: 'User', name });
export const group = (name: string): SubjectFields => ({
  apiGroup: RBAC_GROUP,
  kind: 'Group',
  name,
});
/** An account of kube-system. */
export const account = (name: string): SubjectFields => ({
  kind: 'ServiceAccount',
  name,
  namespace: 'kube-system',
});

const roleRef = (kind: string, name: string): SubjectFields => ({
  apiGroup: RBAC_GROUP,
  kind,
  name,
});

export const clusterRoleBinding = (
  name: string,
  role: string,
  ...subjects: readonly SubjectFields[]
): KubernetesObject => ({
  apiVersion: API_VERSION,
  kind: 'ClusterRoleBinding',
  metadata: metadata(name),
  roleRef: roleRef('ClusterRole', role),
  ...(subjects.length === 0 ? {} : { subjects }),
});

export const roleBinding = (
  namespace: string,
  name: string,
  role: string,
  ...subjects: readonly SubjectFields[]
): KubernetesObject => ({
  apiVersion: API_VERSION,
  kind: 'RoleBinding',
  metadata: { ...metadata(name), namespace },
  roleRef: roleRef('Role', role),
  subjects,
});
