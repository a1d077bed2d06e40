import { type FieldError, invalid } from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { formatGoNumber } from '../../../../apimachinery/go-number.ts';
import { canonicalJSON, fieldIn, isObject, kindOf } from '../schema/json-value.ts';
import type { ScalePaths } from '../types.ts';

const MAX_REPLICAS = 2_147_483_647;

/** `.spec.replicas` as the names in it. */
export const stepsOf = (path: string): string[] => path.replace(/^\./, '').split('.');

/** What is at a path of field names, or why nothing of the wanted kind is (unstructured.NestedField). */
export type Found<T> =
  | { readonly value: T | undefined; readonly error?: undefined }
  | { readonly error: string };

export function findInteger(object: KubernetesObject, path: string): Found<number> {
  const found = find(object, path);
  if (found.error !== undefined || found.value === undefined) return found as Found<number>;
  const { value } = found;
  return typeof value === 'number' && kindOf(value) === 'integer'
    ? { value }
    : { error: accessorError(path, value, 'int64') };
}

export function findString(object: KubernetesObject, path: string): Found<string> {
  const found = find(object, path);
  if (found.error !== undefined || found.value === undefined) return found as Found<string>;
  const { value } = found;
  return typeof value === 'string' ? { value } : { error: accessorError(path, value, 'string') };
}

function find(object: KubernetesObject, path: string): Found<unknown> {
  const steps = stepsOf(path);
  let value: unknown = object;
  for (const [i, step] of steps.entries()) {
    if (!isObject(value)) {
      if (value === null || value === undefined) return { value: undefined };
      const at = steps.slice(0, i + 1).join('.');
      return { error: accessorError(at, value, 'map[string]interface {}') };
    }
    if (!Object.hasOwn(value, step)) return { value: undefined };
    value = fieldIn(value, step);
  }
  return { value };
}

const accessorError = (path: string, value: unknown, type: string): string =>
  `.${path.replace(/^\./, '')} accessor error: ${goText(value)} is of the type ${goType(value)}, expected ${type}`;

const GO_TYPES = {
  null: '<nil>',
  boolean: 'bool',
  string: 'string',
  integer: 'int64',
  number: 'float64',
  array: '[]interface {}',
  object: 'map[string]interface {}',
} as const;

const goType = (value: unknown): string => GO_TYPES[kindOf(value)];

function goText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return formatGoNumber(value);
  return value === null ? '<nil>' : canonicalJSON(value);
}

/** Validates what the scale subresource reads: of the spec, and of the status. */
export function validateScale(object: KubernetesObject, paths: ScalePaths): FieldError[] {
  return [
    ...validateReplicas(object, paths.specReplicasPath),
    ...validateScaleStatus(object, paths),
  ];
}

export function validateScaleStatus(object: KubernetesObject, paths: ScalePaths): FieldError[] {
  const errors = validateReplicas(object, paths.statusReplicasPath);
  const { labelSelectorPath } = paths;
  if (labelSelectorPath === undefined) return errors;
  const selector = findString(object, labelSelectorPath);
  if (selector.error !== undefined) errors.push(invalid(labelSelectorPath, '', selector.error));
  return errors;
}

function validateReplicas(object: KubernetesObject, path: string): FieldError[] {
  const replicas = findInteger(object, path);
  if (replicas.error !== undefined) return [invalid(path, 0, replicas.error)];
  const { value = 0 } = replicas;
  if (value < 0) return [invalid(path, value, 'should be a non-negative integer')];
  return value > MAX_REPLICAS
    ? [invalid(path, value, `should be less than or equal to ${MAX_REPLICAS}`)]
    : [];
}
