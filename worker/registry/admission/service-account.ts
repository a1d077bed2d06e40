import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { newForbidden } from '../../../apimachinery/status-error.ts';

export const DEFAULT_SERVICE_ACCOUNT = 'default';

interface PodSpec {
  serviceAccountName?: string;
  serviceAccount?: string;
  imagePullSecrets?: unknown[];
}

/**
 * Upstream's ServiceAccount admission, as far as names go: a pod runs as `default` unless it says
 * otherwise, its account must exist, and it takes over the account's pull secrets. Changes `pod` in
 * place. (The token volume comes with the TokenRequest API.)
 *
 * @param serviceAccount finds an account of the pod's namespace.
 * @throws StatusError Forbidden.
 */
export function admitServiceAccount(
  pod: KubernetesObject,
  serviceAccount: (name: string) => KubernetesObject | null,
): void {
  const spec = (pod['spec'] ??= {}) as PodSpec;
  const name = spec.serviceAccountName ?? spec.serviceAccount ?? '';
  spec.serviceAccountName = name === '' ? DEFAULT_SERVICE_ACCOUNT : name;
  spec.serviceAccount = spec.serviceAccountName;
  const account = serviceAccount(spec.serviceAccountName);
  if (account === null) {
    const { namespace = '', name: podName = '', generateName = '' } = pod.metadata;
    throw newForbidden(
      { group: '', resource: 'pods' },
      podName === '' ? generateName : podName,
      `error looking up service account ${namespace}/${spec.serviceAccountName}: serviceaccount "${spec.serviceAccountName}" not found`,
    );
  }
  const inherited = account['imagePullSecrets'];
  if ((spec.imagePullSecrets ?? []).length === 0 && Array.isArray(inherited)) {
    spec.imagePullSecrets = structuredCopy(inherited);
  }
}

const structuredCopy = (list: unknown[]): unknown[] =>
  JSON.parse(JSON.stringify(list)) as unknown[];
