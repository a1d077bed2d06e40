import type { CrossVersionObjectReference } from 'kubernetes-types/autoscaling/v2.js';
import { type FieldError, invalid, required } from '../../../../apimachinery/field-error.ts';
import { validatePathSegmentName } from '../../../../apimachinery/names.ts';

type Reference = Partial<CrossVersionObjectReference>;

export interface ReferenceOptions {
  /** Whether the version is not looked at, since it has not changed. */
  readonly allowsAnyVersion?: boolean;
  /** Whether the object may be of the core group. */
  readonly allowsCoreGroup: boolean;
}

/** An object, by its kind and name, which become parts of a path, and its group. */
export function validateReference(
  reference: Reference | undefined,
  path: string,
  options: ReferenceOptions,
): FieldError[] {
  const errors = (['kind', 'name'] as const).flatMap((field) => {
    const value = reference?.[field] ?? '';
    if (value === '') return [required(`${path}.${field}`)];
    return validatePathSegmentName(value, false).map((m) => invalid(`${path}.${field}`, value, m));
  });
  const problem = versionProblem(reference, options);
  if (problem !== undefined) {
    errors.push(invalid(`${path}.apiVersion`, reference?.apiVersion ?? '', problem));
  }
  return errors;
}

/** What is wrong with the version of a reference (ValidateAPIVersion), or undefined. */
export function versionProblem(
  reference: Reference | undefined,
  { allowsAnyVersion = false, allowsCoreGroup }: ReferenceOptions,
): string | undefined {
  if (allowsAnyVersion) return undefined;
  const version = reference?.apiVersion ?? '';
  const parts = version === '/' ? [] : version.split('/');
  if (parts.length > 2) return `unexpected GroupVersion string: ${version}`;
  const hasGroup = parts.length === 2 && parts[0] !== '';
  return allowsCoreGroup || hasGroup ? undefined : 'apiVersion must specify API group';
}
