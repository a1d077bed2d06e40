import type { PodStatus } from 'kubernetes-types/core/v1.js';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { ContainerFields, PodFields } from '../resources/pod/fields.ts';
import { isExtendedResource, isHugePages, isNativeResource } from '../resources/resource-names.ts';
import { type Amounts, amountsOf, ONE } from './amounts.ts';
import { hasPodLevelResources, podLimits, podRequests } from './pod-amounts.ts';
import { hasDeadline, podInScope } from './pod-scopes.ts';
import type { QuotaEvaluator } from './quota-evaluator.ts';

const COMPUTING = ['cpu', 'memory', 'ephemeral-storage'];
const LIMITS: ReadonlySet<string> = new Set([
  'count/pods',
  'pods',
  ...COMPUTING.flatMap((name) => [name, `requests.${name}`, `limits.${name}`]),
]);
/** Limits that every container of a pod has to have an answer to. */
const REQUIRED: ReadonlySet<string> = new Set(
  ['cpu', 'memory'].flatMap((name) => [name, `requests.${name}`, `limits.${name}`]),
);

/** Pods (pkg/quota/v1/evaluator/core/pods.go). */
export const POD_EVALUATOR: QuotaEvaluator = {
  resource: 'pods',
  handles({ operation, subresource, object, oldObject }) {
    if (subresource === 'resize') return operation === 'UPDATE';
    if (subresource !== '') return false;
    if (operation === 'CREATE') return true;
    // The deadline is all that an update can change of what decides the scopes.
    return operation === 'UPDATE' && oldObject !== null
      ? hasDeadline(object) !== hasDeadline(oldObject)
      : false;
  },
  counts: (limit) =>
    LIMITS.has(limit) ||
    isHugePages(limit) ||
    limit.startsWith('requests.hugepages-') ||
    (limit.startsWith('requests.') && !isNativeResource(limit)),
  hasScopes: true,
  inScope: podInScope,
  usage: podUsage,
  changesAt: givesUpAt,
  missing: missingRequests,
};

/**
 * A pod is an object for as long as it is stored. Everything else it uses until it is over, or until
 * it should have been gone: a lost node's pods do not keep others from taking their place.
 */
function podUsage(pod: KubernetesObject, now: number): Amounts {
  const usage: Amounts = new Map([['count/pods', ONE]]);
  if (!isCharged(pod, now)) return usage;
  for (const [name, amount] of computeUsage(podRequests(pod), podLimits(pod))) {
    usage.set(name, amount);
  }
  return usage;
}

/** Whether the pod counts as running (QuotaV1Pod). */
export function isCharged(pod: KubernetesObject, now: number): boolean {
  const { phase } = (pod.status ?? {}) as PodStatus;
  if (phase === 'Failed' || phase === 'Succeeded') return false;
  const end = givesUpAt(pod);
  return end === null || now <= end;
}

function givesUpAt({ metadata }: KubernetesObject): number | null {
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata;
  if (deletionTimestamp === undefined || deletionGracePeriodSeconds === undefined) return null;
  return Date.parse(deletionTimestamp) + deletionGracePeriodSeconds * 1000;
}

/** What requests and limits are called in quotas. */
function computeUsage(requests: Amounts, limits: Amounts): Amounts {
  const usage: Amounts = new Map([['pods', ONE]]);
  for (const name of COMPUTING) {
    const request = requests.get(name);
    if (request !== undefined) usage.set(name, request).set(`requests.${name}`, request);
    const limit = limits.get(name);
    if (limit !== undefined) usage.set(`limits.${name}`, limit);
  }
  for (const [name, request] of requests) {
    if (isHugePages(name)) usage.set(name, request);
    if (isHugePages(name) || isExtendedResource(name)) usage.set(`requests.${name}`, request);
  }
  return usage;
}

function missingRequests(limits: readonly string[], pod: KubernetesObject): string | null {
  const spec: PodFields = pod.spec ?? {};
  const required = limits.filter((limit) => REQUIRED.has(limit)).sort();
  if (required.length === 0 || hasPodLevelResources(spec)) return null;
  const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? [])].map(
    (container) => ({ name: container.name, says: saidBy(container) }),
  );
  const texts = required.flatMap((limit) => {
    const silent = containers.filter(({ says }) => !says.has(limit)).map(({ name }) => name);
    return silent.length === 0 ? [] : [`${limit} for: ${[...new Set(silent)].sort().join(',')}`];
  });
  return texts.length === 0 ? null : `must specify ${texts.join('; ')}`;
}

const saidBy = ({ resources }: ContainerFields): Amounts =>
  computeUsage(amountsOf(resources?.requests), amountsOf(resources?.limits));
