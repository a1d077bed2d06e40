import { NODE_USER_PREFIX, NODES_GROUP } from '../../../../apimachinery/user-info.ts';
import type { RequestSubject } from './request-subject.ts';

/** The signers that a cluster has of its own (upstream: pkg/controller/certificates/signer). */
export const KUBELET_CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client-kubelet';
const CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client';
const KUBELET_SERVING_SIGNER = 'kubernetes.io/kubelet-serving';
const LEGACY_SIGNER = 'kubernetes.io/legacy-unknown';

/** Says what is wrong with a request, in upstream's words; null for nothing. */
type Rule = (subject: RequestSubject, usages: readonly string[]) => string | null;

const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  [CLIENT_SIGNER, (_subject, usages) => clientFault(usages)],
  [KUBELET_CLIENT_SIGNER, kubeletClientFault],
  [KUBELET_SERVING_SIGNER, kubeletServingFault],
  [LEGACY_SIGNER, () => null],
]);

export const isBuiltInSigner = (signerName: string): boolean => RULES.has(signerName);

/** Why a signer of the cluster refuses a request; null where it signs. */
export function signerFault(
  signerName: string,
  subject: RequestSubject,
  usages: readonly string[],
): string | null {
  return RULES.get(signerName)?.(subject, usages) ?? null;
}

function clientFault(usages: readonly string[]): string | null {
  const allowed = ['digital signature', 'key encipherment', 'client auth'];
  const other = usages.find((usage) => !allowed.includes(usage));
  if (other !== undefined) return `invalid usage for client certificate: ${other}`;
  return usages.includes('client auth')
    ? null
    : 'missing required usage for client certificate: client auth';
}

function kubeletClientFault(subject: RequestSubject, usages: readonly string[]): string | null {
  const { organizations, alternativeNames, commonName } = subject;
  if (!isNodesOnly(organizations)) return 'subject organization is not system:nodes';
  for (const kind of ['DNS', 'Email', 'IP', 'URI'] as const) {
    if (alternativeNames.has(kind)) return `${kind} subjectAltNames are not allowed`;
  }
  if (!commonName.startsWith(NODE_USER_PREFIX)) return COMMON_NAME;
  return usagesFault(usages, 'client auth');
}

function kubeletServingFault(subject: RequestSubject, usages: readonly string[]): string | null {
  const { organizations, alternativeNames, commonName } = subject;
  if (!isNodesOnly(organizations)) return 'subject organization is not system:nodes';
  if (!alternativeNames.has('DNS') && !alternativeNames.has('IP')) {
    return 'DNS or IP subjectAltName is required';
  }
  for (const kind of ['Email', 'URI'] as const) {
    if (alternativeNames.has(kind)) return `${kind} subjectAltNames are not allowed`;
  }
  const fault = usagesFault(usages, 'server auth');
  if (fault !== null) return fault;
  return commonName.startsWith(NODE_USER_PREFIX) ? null : COMMON_NAME;
}

const COMMON_NAME = 'subject common name does not begin with system:node:';

const isNodesOnly = (organizations: readonly string[]): boolean =>
  organizations.length === 1 && organizations[0] === NODES_GROUP;

/** These usages and no others; keys that are not RSA have no use for encipherment. */
function usagesFault(usages: readonly string[], purpose: string): string | null {
  const wanted = [purpose, 'digital signature', 'key encipherment'].sort();
  const found = [...new Set(usages)].sort().join();
  const isRight =
    found === wanted.join() || found === wanted.filter((u) => u !== 'key encipherment').join();
  return isRight ? null : `usages did not match [${wanted.join(' ')}]`;
}
