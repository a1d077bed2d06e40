import { type FieldError, invalid } from '../../../apimachinery/field-error.ts';
import { validateQualifiedName } from '../../../apimachinery/names.ts';
import { parseQuantity, type Quantity } from '../../../apimachinery/quantity.ts';
import { NOT_NEGATIVE } from './workload.ts';

/** The names of resources, and how amounts of them are counted (pkg/apis/core/helper). */

const HUGE_PAGES = 'hugepages-';
const CONTAINER_RESOURCES = new Set(['cpu', 'memory', 'ephemeral-storage']);
const QUOTA_RESOURCES = new Set([
  'cpu',
  'memory',
  'ephemeral-storage',
  'requests.cpu',
  'requests.memory',
  'requests.storage',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'persistentvolumeclaims',
  'configmaps',
  'services.nodeports',
  'services.loadbalancers',
]);
/** Counts of objects, of which there are no fractions. */
const INTEGER_RESOURCES = new Set([
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
]);

export const isHugePages = (name: string): boolean => name.startsWith(HUGE_PAGES);

const isQuotaHugePages = (name: string): boolean =>
  isHugePages(name) || name.startsWith(`requests.${HUGE_PAGES}`);

export const isStandardQuotaResource = (name: string): boolean =>
  QUOTA_RESOURCES.has(name) || isQuotaHugePages(name);

/** Kubernetes' own, as opposed to those that devices and vendors add. */
export const isNativeResource = (name: string): boolean =>
  !name.includes('/') || name.includes('kubernetes.io/');

/** What can be promised several times over; all else is counted in whole devices. */
export const isOvercommittable = (name: string): boolean =>
  isNativeResource(name) && !isHugePages(name);

export const isExtendedResource = (name: string): boolean =>
  !isNativeResource(name) &&
  !name.startsWith('requests.') &&
  validateQualifiedName(`requests.${name}`).length === 0;

export const isIntegerResource = (name: string): boolean =>
  INTEGER_RESOURCES.has(name) || isExtendedResource(name);

export function validateResourceName(name: string, field: string): FieldError[] {
  const errors = validateQualifiedName(name).map((message) => invalid(field, name, message));
  if (errors.length > 0 || name.includes('/')) return errors;
  if (isStandardQuotaResource(name) || name === 'storage') return [];
  return [invalid(field, name, 'must be a standard resource type or fully qualified')];
}

export function validateContainerResourceName(name: string, field: string): FieldError[] {
  const errors = validateResourceName(name, field);
  if (!name.includes('/')) {
    return CONTAINER_RESOURCES.has(name) || isHugePages(name)
      ? errors
      : [...errors, invalid(field, name, 'must be a standard resource for containers')];
  }
  return isNativeResource(name) || isExtendedResource(name)
    ? errors
    : [...errors, invalid(field, name, "doesn't follow extended resource name standard")];
}

export function validateQuotaResourceName(name: string, field: string): FieldError[] {
  const errors = validateResourceName(name, field);
  return name.includes('/') || isStandardQuotaResource(name)
    ? errors
    : [...errors, invalid(field, name, 'must be a standard resource for quota')];
}

/** The quantity, or undefined for text that is none; decoding lets no such text through. */
export function quantityOf(text: unknown): Quantity | undefined {
  if (typeof text !== 'string' && typeof text !== 'number') return undefined;
  try {
    return parseQuantity(String(text));
  } catch {
    // What cannot be read has no amount; there is nothing else to say about it.
    return undefined;
  }
}

/** An amount is not negative, and whole where the resource is counted. */
export function validateAmount(name: string, amount: Quantity, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (amount.nano < 0n) errors.push(invalid(field, amount.toString(), NOT_NEGATIVE));
  if (isIntegerResource(name) && amount.toMilli() % 1000n !== 0n) {
    errors.push(invalid(field, amount.toString(), 'must be an integer'));
  }
  return errors;
}

/** Whether an amount of huge pages is a whole number of them. */
export function isWholePages(name: string, amount: Quantity): boolean {
  const size = quantityOf(name.slice(HUGE_PAGES.length));
  if (size === undefined || size.nano <= 0n || size.toMilli() % 1000n !== 0n) return false;
  return amount.toValue() % size.toValue() === 0n;
}
