import { invalid, type FieldError } from '../../../apimachinery/field-error.ts';

/** The finalizers that Kubernetes itself sets; all others belong to somebody's domain. */
const STANDARD = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

/** Finalizers of built-in kinds are standard ones or carry a domain (core ValidateObjectMeta). */
export function validateFinalizerNames(
  finalizers: readonly string[] | undefined,
  field: string,
): FieldError[] {
  const detail = 'name is neither a standard finalizer name nor is it fully qualified';
  return (finalizers ?? []).flatMap((name, i) =>
    name.includes('/') || STANDARD.has(name) ? [] : [invalid(`${field}[${i}]`, name, detail)],
  );
}
