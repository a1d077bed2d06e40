import type { KubernetesObject } from '../../../../apimachinery/meta.ts';

/** Up to this, classes are for anybody to make. */
export const MAX_USER_PRIORITY = 1_000_000_000;
const SYSTEM_PRIORITY = 2 * MAX_USER_PRIORITY;

const systemClass = (name: string, value: number, description: string): KubernetesObject => ({
  apiVersion: 'scheduling.k8s.io/v1',
  kind: 'PriorityClass',
  metadata: { name },
  value,
  description,
});

/** The classes that every cluster has from its start (pkg/apis/scheduling/v1, SystemPriorityClasses). */
export const SYSTEM_PRIORITY_CLASSES: readonly KubernetesObject[] = [
  systemClass(
    'system-node-critical',
    SYSTEM_PRIORITY + 1000,
    'Used for system critical pods that must not be moved from their current node.',
  ),
  systemClass(
    'system-cluster-critical',
    SYSTEM_PRIORITY,
    'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
  ),
];

/** The value of a system class; undefined for a name that is none's. */
export function systemPriority(name: string): number | undefined {
  const found = SYSTEM_PRIORITY_CLASSES.find(({ metadata }) => metadata.name === name);
  return found?.['value'] as number | undefined;
}
