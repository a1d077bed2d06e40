import { type FieldError, invalid, required } from '../../../../apimachinery/field-error.ts';
import {
  validateDNS1123Subdomain,
  validatePathSegmentName,
} from '../../../../apimachinery/names.ts';

/** A required name that only has to fit into a URL. */
export function validateSegment(value: string, field: string): FieldError[] {
  return value === ''
    ? [required(field)]
    : validatePathSegmentName(value, false).map((m) => invalid(field, value, m));
}

/** A reference by group, kind and name to an object whose kind this server may not know. */
export function validateTypedReference(
  reference: { apiGroup?: string; kind?: string; name?: string },
  at: string,
): FieldError[] {
  const { apiGroup, kind = '', name = '' } = reference;
  const group =
    apiGroup === undefined
      ? []
      : validateDNS1123Subdomain(apiGroup).map((m) => invalid(`${at}.apiGroup`, apiGroup, m));
  return [...group, ...validateSegment(kind, `${at}.kind`), ...validateSegment(name, `${at}.name`)];
}
