import type { ResourceRequirements } from 'kubernetes-types/core/v1.js';
import { type FieldError, invalid, required } from '../../../../apimachinery/field-error.ts';
import { validateQualifiedName } from '../../../../apimachinery/names.ts';
import { parseQuantity, type Quantity } from '../../../../apimachinery/quantity.ts';

const STANDARD = new Set(['cpu', 'memory', 'ephemeral-storage', 'storage']);
const NOT_NEGATIVE = 'must be greater than or equal to 0';

const isHugePages = (name: string): boolean => name.startsWith('hugepages-');
/** What can be given to several containers in fractions; all else is counted in whole devices. */
const isOvercommittable = (name: string): boolean => STANDARD.has(name) && !isHugePages(name);

/** Validates requests and limits: known names, sensible amounts, requests within limits. */
export function validateResources(
  resources: ResourceRequirements | undefined,
  path: string,
): FieldError[] {
  const limits = amounts(resources?.limits, `${path}.limits`);
  const requests = amounts(resources?.requests, `${path}.requests`);
  const errors = [...limits.errors, ...requests.errors];
  for (const [name, request] of requests.values) {
    const limit = limits.values.get(name);
    const field = `${path}.requests`;
    if (limit === undefined) {
      if (!isOvercommittable(name)) {
        errors.push(
          required(`${path}.limits`, 'Limit must be set for non overcommitable resources'),
        );
      }
    } else if (!isOvercommittable(name) && request.compare(limit) !== 0) {
      const detail = `must be equal to ${name} limit of ${limit.toString()}`;
      errors.push(invalid(field, request.toString(), detail));
    } else if (request.compare(limit) > 0) {
      const detail = `must be less than or equal to ${name} limit of ${limit.toString()}`;
      errors.push(invalid(field, request.toString(), detail));
    }
  }
  return errors;
}

function amounts(
  list: Readonly<Record<string, string>> | undefined,
  path: string,
): { values: Map<string, Quantity>; errors: FieldError[] } {
  const values = new Map<string, Quantity>();
  const errors: FieldError[] = [];
  for (const [name, text] of Object.entries(list ?? {})) {
    const field = `${path}[${name}]`;
    errors.push(...validateContainerResourceName(name, field));
    let quantity: Quantity;
    try {
      quantity = parseQuantity(String(text));
    } catch (error) {
      errors.push(invalid(field, text, error instanceof Error ? error.message : ''));
      continue;
    }
    if (quantity.nano < 0n) errors.push(invalid(field, String(text), NOT_NEGATIVE));
    else if (!isOvercommittable(name) && quantity.toMilli() % 1000n !== 0n) {
      errors.push(invalid(field, String(text), 'must be an integer'));
    }
    values.set(name, quantity);
  }
  return { values, errors };
}

function validateContainerResourceName(name: string, field: string): FieldError[] {
  const errors = validateQualifiedName(name).map((message) => invalid(field, name, message));
  if (errors.length > 0 || name.includes('/')) return errors;
  if (STANDARD.has(name) || isHugePages(name)) return [];
  return [
    invalid(field, name, 'must be a standard resource type or fully qualified'),
    invalid(field, name, 'must be a standard resource for containers'),
  ];
}
