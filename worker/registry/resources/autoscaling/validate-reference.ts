import type { CrossVersionObjectReference } from 'kubernetes-types/autoscaling/v2.js';
import { type FieldError, invalid, required } from '../../../../apimachinery/field-error.ts';
import { validatePathSegmentName } from '../../../../apimachinery/names.ts';

/** An object, by its kind and name; both become parts of a path. */
export function validateReference(
  reference: Partial<CrossVersionObjectReference> | undefined,
  path: string,
): FieldError[] {
  return (['kind', 'name'] as const).flatMap((field) => {
    const value = reference?.[field] ?? '';
    if (value === '') return [required(`${path}.${field}`)];
    return validatePathSegmentName(value, false).map((m) => invalid(`${path}.${field}`, value, m));
  });
}
