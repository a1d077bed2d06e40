import {
  forbidden,
  notSupported,
  tooLong,
  type FieldError,
} from '../../apimachinery/field-error.ts';
import { newInvalid } from '../../apimachinery/status-error.ts';
import { formatAPIVersion } from '../../apimachinery/meta.ts';
import { SCALE_SCHEMA } from '../registry/scale.ts';
import type { ExpectedType, FieldValidation } from '../registry/schema/decode.ts';
import type { ApiContext } from './api-context.ts';

/** Options that every write has in its query. */
export interface WriteOptions {
  /** Whether nothing is to be stored. */
  readonly dryRun: boolean;
  /** How strict decoding is; clients that say nothing are warned. */
  readonly fieldValidation: FieldValidation;
}

const FIELD_VALIDATIONS = ['Ignore', 'Strict', 'Warn'] as const;
/** A manager's name stands in metadata.managedFields of everything that it writes. */
const MAX_FIELD_MANAGER = 128;

/** @param kind under which upstream refuses what is wrong. @throws StatusError Invalid. */
export function writeOptionsOf(
  query: URLSearchParams,
  kind: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions',
): WriteOptions {
  const errors: FieldError[] = [];
  // Only server-side apply may take fields from their owners.
  if (kind === 'PatchOptions' && query.has('force')) {
    errors.push(forbidden('force', 'may not be specified for non-apply patch'));
  }
  if ((query.get('fieldManager') ?? '').length > MAX_FIELD_MANAGER) {
    errors.push(tooLong('fieldManager', MAX_FIELD_MANAGER));
  }
  const dryRuns = query.getAll('dryRun');
  const wrong = dryRuns.find((value) => value !== 'All');
  if (wrong !== undefined) errors.push(notSupported('dryRun', wrong, ['All']));
  const sent = query.get('fieldValidation') || 'Warn';
  const fieldValidation = FIELD_VALIDATIONS.find((value) => value === sent);
  if (fieldValidation === undefined) {
    errors.push(notSupported('fieldValidation', sent, ['', ...FIELD_VALIDATIONS]));
  }
  if (errors.length > 0 || fieldValidation === undefined) {
    throw newInvalid('meta.k8s.io', kind, '', errors);
  }
  return { dryRun: dryRuns.length > 0, fieldValidation };
}

/** The type that the endpoint of a request takes. */
export function expectedType(context: ApiContext): ExpectedType {
  const { resource, subresource } = context;
  if (subresource === undefined || subresource.kind === resource.kind) {
    return {
      apiVersion: formatAPIVersion(resource.group, resource.version),
      kind: resource.kind,
      schema: resource.schema,
      ...(resource.custom === undefined ? {} : { custom: resource.custom }),
    };
  }
  const apiVersion = formatAPIVersion(subresource.group, subresource.version);
  return subresource.kind === 'Scale'
    ? { apiVersion, kind: 'Scale', schema: SCALE_SCHEMA }
    : { apiVersion, kind: subresource.kind, schema: `io.k8s.api.core.v1.${subresource.kind}` };
}
