import { newBadRequest, newInvalid } from '../../apimachinery/status-error.ts';
import { notSupported } from '../../apimachinery/field-error.ts';
import { formatAPIVersion } from '../../apimachinery/meta.ts';
import { SCALE_SCHEMA } from '../registry/scale.ts';
import type { ExpectedType, FieldValidation } from '../registry/schema/decode.ts';
import type { ApiContext } from './api-context.ts';

/** Whether nothing is to be stored. @throws StatusError Invalid. */
export function dryRunOf(query: URLSearchParams, kind = 'CreateOptions'): boolean {
  const values = query.getAll('dryRun');
  const wrong = values.find((value) => value !== 'All');
  if (wrong !== undefined) {
    throw newInvalid('meta.k8s.io', kind, '', [notSupported('dryRun', wrong, ['All'])]);
  }
  return values.length > 0;
}

/** How strict decoding is; clients that say nothing are warned. @throws StatusError. */
export function fieldValidationOf(query: URLSearchParams): FieldValidation {
  const value = query.get('fieldValidation') ?? '';
  switch (value) {
    case '':
      return 'Warn';
    case 'Ignore':
    case 'Warn':
    case 'Strict':
      return value;
    default:
      throw newBadRequest(
        `fieldValidation: Unsupported value: ${JSON.stringify(value)}: supported values: "", "Ignore", "Strict", "Warn"`,
      );
  }
}

/** The type that the endpoint of a request takes. */
export function expectedType(context: ApiContext): ExpectedType {
  const { resource, subresource } = context;
  if (subresource === undefined || subresource.kind === resource.kind) {
    return {
      apiVersion: formatAPIVersion(resource.group, resource.version),
      kind: resource.kind,
      schema: resource.schema,
    };
  }
  const apiVersion = formatAPIVersion(subresource.group, subresource.version);
  return subresource.kind === 'Scale'
    ? { apiVersion, kind: 'Scale', schema: SCALE_SCHEMA }
    : { apiVersion, kind: subresource.kind, schema: `io.k8s.api.core.v1.${subresource.kind}` };
}
