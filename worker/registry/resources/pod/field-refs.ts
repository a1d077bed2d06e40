import type { ObjectFieldSelector, ResourceFieldSelector } from 'kubernetes-types/core/v1.js';
import {
  type FieldError,
  invalid,
  notSupported,
  required,
} from '../../../../apimachinery/field-error.ts';
import { validateQualifiedName } from '../../../../apimachinery/names.ts';
import { quantityOf } from '../resource-names.ts';

/** Pod fields that a variable may take its value from. */
export const ENV_FIELD_PATHS = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];
/** Pod fields that a file of a volume may take its text from. */
export const VOLUME_FIELD_PATHS = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
];
/** Fields of a pod that have a name in references, whether or not of use there. */
const FIELD_LABELS = new Set([
  ...ENV_FIELD_PATHS,
  ...VOLUME_FIELD_PATHS,
  'spec.restartPolicy',
  'spec.schedulerName',
  'status.phase',
]);
const RESOURCE_FIELDS = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];
const HUGE_PAGES_FIELD = /^(limits|requests)\.hugepages-/;
const BYTE_DIVISORS = '1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei';

/** A downward API reference to one of the `allowed` fields of the pod, or to a label or annotation. */
export function validateFieldRef(
  reference: Partial<ObjectFieldSelector>,
  path: string,
  allowed: readonly string[],
): FieldError[] {
  if (!reference.apiVersion) return [required(`${path}.apiVersion`)];
  const { fieldPath } = reference;
  const field = `${path}.fieldPath`;
  if (!fieldPath) return [required(field)];
  if (reference.apiVersion !== 'v1') {
    const detail = `error converting fieldPath: unsupported pod version: ${reference.apiVersion}`;
    return [invalid(field, fieldPath, detail)];
  }
  const [, map = '', key = ''] = /^(.*)\['(.*)'\]$/.exec(fieldPath) ?? [];
  if (map === 'metadata.annotations' || map === 'metadata.labels') {
    const checked = map === 'metadata.annotations' ? key.toLowerCase() : key;
    return validateQualifiedName(checked).map((m) => invalid(path, checked, m));
  }
  if (!FIELD_LABELS.has(fieldPath)) {
    const detail = `error converting fieldPath: field label not supported: ${fieldPath}`;
    return [invalid(field, fieldPath, detail)];
  }
  return allowed.includes(fieldPath) ? [] : [notSupported(field, fieldPath, allowed)];
}

/** A reference to what a container may use; `inVolume`, where the container has to be named. */
export function validateResourceFieldRef(
  reference: Partial<ResourceFieldSelector>,
  path: string,
  inVolume: boolean,
): FieldError[] {
  const { containerName, resource = '', divisor } = reference;
  const errors: FieldError[] = [];
  if (inVolume && !containerName) errors.push(required(`${path}.containerName`));
  else if (resource === '') errors.push(required(`${path}.resource`));
  else if (!RESOURCE_FIELDS.includes(resource) && !HUGE_PAGES_FIELD.test(resource)) {
    errors.push(notSupported(`${path}.resource`, resource, RESOURCE_FIELDS));
  }
  const amount = quantityOf(divisor);
  if (amount === undefined || amount.isZero()) return errors;
  const rule = divisorRule(resource);
  if (rule === undefined || rule.values.split(', ').includes(amount.toString())) return errors;
  return [...errors, invalid(`${path}.divisor`, resource, rule.text)];
}

function divisorRule(resource: string): { values: string; text: string } | undefined {
  const [, name = ''] = /^(?:limits|requests)\.(.*)$/.exec(resource) ?? [];
  if (name === 'cpu') {
    const text = "only divisor's values 1m and 1 are supported with the cpu resource";
    return { values: '1m, 1', text };
  }
  const what = {
    memory: 'memory',
    'ephemeral-storage': 'local ephemeral storage',
  }[name];
  const shown = what ?? (name.startsWith('hugepages-') ? 'hugepages' : undefined);
  if (shown === undefined) return undefined;
  const text = `only divisor's values ${BYTE_DIVISORS} are supported with the ${shown} resource`;
  return { values: BYTE_DIVISORS, text };
}
