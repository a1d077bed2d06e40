import { deepEqual } from '../../rest/deep-equal.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import {
  newForbidden,
  newInternalError,
  newInvalid,
} from '../../../../apimachinery/status-error.ts';
import type { AdmissionAttributes, AdmissionContext, AdmissionPlugin } from '../plugin.ts';
import type { CheckedPod, Violation } from './pod-security/check.ts';
import { detailsText, evaluatePod } from './pod-security/evaluate.ts';
import { existingPodWarnings } from './pod-security/existing-pods.ts';
import {
  equalStandards,
  formatStandard,
  isStricter,
  LABEL_PREFIX,
  MODES,
  type Mode,
  type Policy,
  policyOf,
  type Standard,
} from './pod-security/policy.ts';
import { isSignificantUpdate, templateOf } from './pod-security/significant-update.ts';

/** What makes pods is not refused, but those who write it are told. */
const WORKLOADS: ReadonlySet<string> = new Set([
  'replicationcontrollers',
  'podtemplates',
  'replicasets.apps',
  'deployments.apps',
  'statefulsets.apps',
  'daemonsets.apps',
  'jobs.batch',
  'cronjobs.batch',
]);

/** Subresources of pods that do not change what runs. */
const HARMLESS: ReadonlySet<string> = new Set([
  'exec',
  'attach',
  'binding',
  'eviction',
  'log',
  'portforward',
  'proxy',
  'status',
]);

/**
 * Upstream's PodSecurity: pods meet the standard that their namespace enforces, and who writes one
 * that is short of what it audits or warns about is told (k8s.io/pod-security-admission).
 */
export const podSecurity: AdmissionPlugin = {
  name: 'PodSecurity',
  handles({ info, operation, subresource }) {
    if (operation !== 'CREATE' && operation !== 'UPDATE') return false;
    if (info.storage === 'pods') return !HARMLESS.has(subresource);
    return subresource === '' && (info.storage === 'namespaces' || WORKLOADS.has(info.storage));
  },
  validate(attributes, context) {
    const { object, info } = attributes;
    if (object === null) return;
    if (info.storage === 'namespaces') validateNamespace(attributes, context, object);
    else if (info.storage === 'pods') validatePod(attributes, context, object);
    else validateWorkload(attributes, context, object);
  },
};

function validateNamespace(
  attributes: AdmissionAttributes,
  context: AdmissionContext,
  namespace: KubernetesObject,
): void {
  const { policy, errors } = policyOf(namespace.metadata.labels);
  const name = namespace.metadata.name ?? '';
  const before = policyOf(attributes.oldObject?.metadata.labels);
  const isUpdate = attributes.operation === 'UPDATE';
  // What is wrong already may stay.
  if (errors.length > 0 && !(isUpdate && deepEqual(errors, before.errors))) {
    throw newInvalid('', 'Namespace', name, errors);
  }
  if (!isUpdate || !enforcesMore(policy.enforce, before.policy.enforce)) return;
  const [pods = []] = context.inquiries.ask([
    { kind: 'objects', namespace: name, resource: 'pods' },
  ]);
  attributes.warnings.push(...existingPodWarnings(name, policy.enforce, pods));
}

/** Whether pods that were fine may not be so any more. */
function enforcesMore(now: Standard, before: Standard): boolean {
  if (equalStandards(now, before) || now.level === 'privileged') return false;
  return now.version !== before.version || isStricter(now.level, before.level);
}

function validatePod(
  attributes: AdmissionAttributes,
  context: AdmissionContext,
  pod: KubernetesObject,
): void {
  const { oldObject, operation } = attributes;
  const { policy, errors } = namespacePolicy(attributes, context);
  if (errors.length === 0 && isPrivileged(policy, MODES)) {
    annotate(attributes, 'enforce-policy', formatStandard(policy.enforce));
    return;
  }
  if (operation === 'UPDATE' && oldObject !== null && !isSignificantUpdate(pod, oldObject)) return;
  annotateErrors(attributes, errors);
  const checked: CheckedPod = { metadata: pod.metadata, spec: pod.spec ?? {} };
  annotate(attributes, 'enforce-policy', formatStandard(policy.enforce));
  const refused = evaluatePod(policy.enforce, checked);
  audit(attributes, policy, checked);
  if (refused.length === 0) {
    warn(attributes, policy, checked);
    return;
  }
  const { group, resource } = attributes.requested;
  const name = attributes.name || (pod.metadata.name ?? '');
  const why = `violates PodSecurity "${formatStandard(policy.enforce)}": ${detailsText(refused)}`;
  throw newForbidden({ group, resource }, name, why);
}

function validateWorkload(
  attributes: AdmissionAttributes,
  context: AdmissionContext,
  object: KubernetesObject,
): void {
  const { policy, errors } = namespacePolicy(attributes, context);
  if (errors.length === 0 && isPrivileged(policy, ['audit', 'warn'])) return;
  const template = templateOf(attributes.info.storage, object);
  if (template === null) return;
  annotateErrors(attributes, errors);
  const checked: CheckedPod = { metadata: template.metadata ?? {}, spec: template.spec ?? {} };
  audit(attributes, policy, checked);
  warn(attributes, policy, checked);
}

function namespacePolicy(attributes: AdmissionAttributes, context: AdmissionContext) {
  const namespace = context.namespaceObject();
  if (namespace !== null) return policyOf(namespace.metadata.labels);
  throw newInternalError(`failed to lookup namespace ${attributes.namespace}`);
}

const isPrivileged = (policy: Policy, modes: readonly Mode[]): boolean =>
  modes.every((mode) => policy[mode].level === 'privileged');

function annotate({ auditAnnotations }: AdmissionAttributes, key: string, value: string): void {
  auditAnnotations.set(`${LABEL_PREFIX}${key}`, value);
}

function annotateErrors(
  attributes: AdmissionAttributes,
  errors: readonly { readonly field: string; readonly message: string }[],
): void {
  if (errors.length === 0) return;
  const texts = errors.map(({ field, message }) => `${field}: ${message}`);
  const text = texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`;
  annotate(attributes, 'error', `Failed to parse policy: ${text}`);
}

const wouldViolate = (standard: Standard, violations: readonly Violation[]): string =>
  `would violate PodSecurity "${formatStandard(standard)}": ${detailsText(violations)}`;

function audit(
  attributes: AdmissionAttributes,
  { audit: standard }: Policy,
  pod: CheckedPod,
): void {
  const violations = evaluatePod(standard, pod);
  if (violations.length === 0) return;
  annotate(attributes, 'audit-violations', wouldViolate(standard, violations));
}

function warn(
  { warnings }: AdmissionAttributes,
  { warn: standard }: Policy,
  pod: CheckedPod,
): void {
  const violations = evaluatePod(standard, pod);
  if (violations.length > 0) warnings.push(wouldViolate(standard, violations));
}
