import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notFound,
  notSupported,
  required,
} from '../../../../apimachinery/field-error.ts';
import { validateDNS1123Label } from '../../../../apimachinery/names.ts';
import {
  isHugePages,
  isOvercommittable,
  isWholePages,
  quantityOf,
  validateAmount,
  validateContainerResourceName,
  validateResourceName,
} from '../resource-names.ts';
import { type Amounts, containerLimits, containerRequests } from './aggregate-requests.ts';
import type { PodFields, ResourceFields } from './fields.ts';

type NameRule = (name: string, field: string) => FieldError[];

/** Validates what a container asks for; `claims` are the pod's. */
export function validateContainerResources(
  resources: ResourceFields | undefined,
  claims: ReadonlySet<string>,
  path: string,
): FieldError[] {
  if (resources === undefined) return [];
  return [
    ...validateAmounts(resources, validateContainerResourceName, path),
    ...validateClaimNames(resources.claims ?? [], claims, `${path}.claims`),
  ];
}

function validateAmounts(
  resources: ResourceFields,
  validateName: NameRule,
  path: string,
): FieldError[] {
  const errors: FieldError[] = [];
  const limits = resources.limits ?? {};
  const requests = resources.requests ?? {};
  const check = (list: 'limits' | 'requests', name: string, text: string): void => {
    const field = `${path}.${list}[${name}]`;
    errors.push(...validateName(name, field));
    const amount = quantityOf(text);
    if (amount === undefined) return;
    errors.push(...validateAmount(name, amount, field));
    if (list === 'requests') errors.push(...compareWithLimit(name, text, limits, path));
    if (isHugePages(name) && !isWholePages(name, amount)) {
      const detail = `${amount.toString()} is not positive integer multiple of ${name}`;
      errors.push(invalid(field, amount.toString(), detail));
    }
  };
  for (const [name, text] of Object.entries(limits)) check('limits', name, text);
  for (const [name, text] of Object.entries(requests)) check('requests', name, text);
  const names = [...Object.keys(limits), ...Object.keys(requests)];
  const hasComputing = names.some((name) => name === 'cpu' || name === 'memory');
  if (!hasComputing && names.some(isHugePages)) {
    errors.push(forbidden(path, 'HugePages require cpu or memory'));
  }
  return errors;
}

function compareWithLimit(
  name: string,
  text: string,
  limits: Readonly<Record<string, string>>,
  path: string,
): FieldError[] {
  const request = quantityOf(text);
  const limit = Object.hasOwn(limits, name) ? quantityOf(limits[name]) : undefined;
  if (request === undefined) return [];
  if (limit === undefined) {
    const detail = 'Limit must be set for non overcommitable resources';
    return isOvercommittable(name) ? [] : [required(`${path}.limits`, detail)];
  }
  const order = request.compare(limit);
  const refuse = (relation: string): FieldError[] => [
    invalid(
      `${path}.requests`,
      request.toString(),
      `must be ${relation} ${name} limit of ${limit.toString()}`,
    ),
  ];
  if (order !== 0 && !isOvercommittable(name)) return refuse('equal to');
  return order > 0 ? refuse('less than or equal to') : [];
}

function validateClaimNames(
  claims: NonNullable<ResourceFields['claims']>,
  known: ReadonlySet<string>,
  path: string,
): FieldError[] {
  const seen = new Set<string>();
  return claims.flatMap(({ name = '', request = '' }, i) => {
    const at = `${path}[${i}]`;
    if (name === '') return [required(at)];
    const errors: FieldError[] = [];
    if (seen.has(name)) errors.push(duplicate(at, name));
    else {
      const key = request === '' ? name : `${name}/${request}`;
      if (request !== '') {
        const messages = validateDNS1123Label(request);
        errors.push(...messages.map((m) => invalid(`${at}.request`, request, m)));
      }
      if (seen.has(key)) errors.push(duplicate(at, key));
      else if (request === '') {
        for (const other of seen) {
          if (other.startsWith(`${name}/`)) errors.push(duplicate(at, name));
        }
      }
      seen.add(key);
    }
    if (!known.has(name)) {
      const list = known.size === 0 ? ' which is empty' : `: ${[...known].sort().join(', ')}`;
      const detail = `must be one of the names in pod.spec.resourceClaims${list}`;
      errors.push(notFound(at, name, detail));
    }
    return errors;
  });
}

const POD_RESOURCES = ['cpu', 'hugepages-', 'memory'];

export const isPodLevelResource = (name: string): boolean =>
  name === 'cpu' || name === 'memory' || isHugePages(name);

function validatePodResourceName(name: string, field: string): FieldError[] {
  const errors = validateResourceName(name, field);
  if (errors.length > 0 || isPodLevelResource(name)) return errors;
  return [notSupported(field, name, POD_RESOURCES)];
}

/** Validates what a pod asks for as a whole (KEP-2837): its containers fit in. */
export function validatePodResources(spec: PodFields, path: string): FieldError[] {
  const { resources } = spec;
  if (resources === undefined) return [];
  if (spec.os?.name === 'windows') return [forbidden(path, 'may not be set for a windows pod')];
  const errors: FieldError[] = [];
  if (resources.claims !== undefined) {
    const detail = 'claims may not be set for Resources at pod-level';
    errors.push(forbidden(`${path}.claims`, detail));
  }
  errors.push(
    ...validateAmounts(resources, validatePodResourceName, path),
    ...validateClaimNames(resources.claims ?? [], new Set(), `${path}.claims`),
  );
  const fitsIn = (list: 'limits' | 'requests', sums: Amounts): void => {
    for (const [name, sum] of sums) {
      const amount = quantityOf(resources[list]?.[name]);
      if (amount === undefined || sum.compare(amount) <= 0) continue;
      const detail = `must be greater than or equal to aggregate container ${list} of ${sum.toString()}`;
      errors.push(invalid(`${path}.${list}[${name}]`, amount.toString(), detail));
    }
  };
  fitsIn('requests', containerRequests(spec));
  // Of huge pages, no more can be promised than there are.
  const limits = [...containerLimits(spec)].filter(([name]) => isHugePages(name));
  fitsIn('limits', new Map(limits));
  spec.containers?.forEach((container, i) => {
    for (const [name, text] of Object.entries(container.resources?.limits ?? {})) {
      const limit = quantityOf(text);
      const ofPod = quantityOf(resources.limits?.[name]);
      if (limit === undefined || ofPod === undefined || limit.compare(ofPod) <= 0) continue;
      const detail = `must be less than or equal to pod limits of ${ofPod.toString()}`;
      errors.push(invalid(`${path}.containers[${i}][${name}].limits`, limit.toString(), detail));
    }
  });
  return errors;
}
