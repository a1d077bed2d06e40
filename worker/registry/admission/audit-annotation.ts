import { validateQualifiedName } from '../../../apimachinery/names.ts';
import type { AdmissionAttributes } from './plugin.ts';

/**
 * Notes something for the audit log. As upstream has it, what is there already stays as it is, and
 * a key that is not `<prefix>/<name>` is left out without a word.
 */
export function addAuditAnnotation(
  { auditAnnotations }: AdmissionAttributes,
  key: string,
  value: string,
): void {
  const isKey = key.split('/').length === 2 && validateQualifiedName(key).length === 0;
  if (isKey && !auditAnnotations.has(key)) auditAnnotations.set(key, value);
}
