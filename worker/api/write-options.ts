import {
  forbidden,
  notSupported,
  required,
  type FieldError,
} from '../../apimachinery/field-error.ts';
import { newInvalid } from '../../apimachinery/status-error.ts';
import { formatAPIVersion } from '../../apimachinery/meta.ts';
import { SCALE_SCHEMA } from '../registry/scale.ts';
import type { ExpectedType, FieldValidation } from '../registry/schema/decode.ts';
import type { ApiContext } from './api-context.ts';
import { validateFieldManagerName } from './field-manager-name.ts';

/** Options that every write has in its query. */
export interface WriteOptions {
  /** Whether nothing is to be stored. */
  readonly dryRun: boolean;
  /** How strict decoding is; clients that say nothing are warned. */
  readonly fieldValidation: FieldValidation;
  /** The options as an object of their kind, for admission. */
  readonly sent: Readonly<Record<string, unknown>>;
}

const FIELD_VALIDATIONS = ['Ignore', 'Strict', 'Warn'] as const;

/**
 * @param kind under which upstream refuses what is wrong.
 * @param isApply whether a patch is server-side apply.
 * @throws StatusError Invalid.
 */
export function writeOptionsOf(
  query: URLSearchParams,
  kind: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions',
  isApply = false,
): WriteOptions {
  const errors: FieldError[] = [];
  const fieldManager = query.get('fieldManager') ?? '';
  if (isApply && fieldManager === '') {
    errors.push(required('fieldManager', 'is required for apply patch'));
  }
  // Only server-side apply may take fields from their owners.
  if (kind === 'PatchOptions' && !isApply && query.has('force')) {
    errors.push(forbidden('force', 'may not be specified for non-apply patch'));
  }
  errors.push(...validateFieldManagerName(fieldManager));
  const dryRuns = query.getAll('dryRun');
  errors.push(...validateDryRun(dryRuns));
  const sent = query.get('fieldValidation') || 'Warn';
  const fieldValidation = FIELD_VALIDATIONS.find((value) => value === sent);
  if (fieldValidation === undefined) {
    errors.push(notSupported('fieldValidation', sent, ['', ...FIELD_VALIDATIONS]));
  }
  if (errors.length > 0 || fieldValidation === undefined) {
    throw newInvalid('meta.k8s.io', kind, '', errors);
  }
  return {
    dryRun: dryRuns.length > 0,
    fieldValidation,
    sent: {
      kind,
      apiVersion: 'meta.k8s.io/v1',
      ...(dryRuns.length > 0 ? { dryRun: dryRuns } : {}),
      ...(isApply ? { force: isForced(query) } : {}),
      ...(fieldManager === '' ? {} : { fieldManager }),
      ...(query.has('fieldValidation') ? { fieldValidation } : {}),
    },
  };
}

/** The values of `dryRun`, of which there is but one. */
export const validateDryRun = (values: readonly string[]): FieldError[] =>
  values.every((value) => value === 'All') ? [] : [notSupported('dryRun', values, ['All'])];

/** Whether apply may take fields from their owners; as upstream reads booleans in a query. */
export function isForced(query: URLSearchParams): boolean {
  const value = query.get('force');
  return value !== null && !/^(?:false|0)$/i.test(value);
}

/** Of subresources whose kind is of another group than the core's. */
const FOREIGN_SCHEMAS: Readonly<Record<string, string>> = {
  Scale: SCALE_SCHEMA,
  Eviction: 'io.k8s.api.policy.v1.Eviction',
  TokenRequest: 'io.k8s.api.authentication.v1.TokenRequest',
};

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
  const { kind } = subresource;
  return { apiVersion, kind, schema: FOREIGN_SCHEMAS[kind] ?? `io.k8s.api.core.v1.${kind}` };
}
