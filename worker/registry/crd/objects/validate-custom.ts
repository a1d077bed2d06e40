import type { FieldError } from '../../../../apimachinery/field-error.ts';
import { invalid } from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { CorrelatedValue } from '../schema/correlated-value.ts';
import { NO_PATH, toFieldErrors } from '../schema/problems.ts';
import { validateLists } from '../schema/validate-lists.ts';
import type { CompiledVersion } from './compiled-version.ts';
import { validateScale, validateScaleStatus } from './scale-paths.ts';
import { validateEmbedded } from './validate-embedded.ts';

/** After one of these, rules would only see a value that they cannot work with. */
const BLOCKING: ReadonlySet<FieldError['reason']> = new Set([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
]);
const NOT_CHECKED =
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';

/** Validates a new custom object, but for what every object's metadata must obey. */
export function validateCustom(version: CompiledVersion, object: KubernetesObject): FieldError[] {
  const { schema, scale } = version;
  const errors = [
    ...toFieldErrors(version.validator.validate(object).problems, ''),
    ...(scale === undefined ? [] : validateScale(object, scale)),
    ...validateEmbedded(object, withoutRoot(version), ''),
    ...validateLists(object, schema, ''),
  ];
  return [...errors, ...validateRules(version, errors, object)];
}

/** Validates a custom object that replaces another. What did not change may stay invalid (KEP-4008). */
export function validateCustomUpdate(
  version: CompiledVersion,
  object: KubernetesObject,
  old: KubernetesObject,
): FieldError[] {
  const { schema, scale, validator } = version;
  const correlation = new CorrelatedValue(object, old, schema ?? {});
  const errors = [
    ...toFieldErrors(validator.validate(object, '', correlation).problems, ''),
    ...(scale === undefined ? [] : validateScale(object, scale)),
    ...validateEmbedded(object, withoutRoot(version), ''),
    ...(validateLists(old, schema, '').length === 0 ? validateLists(object, schema, '') : []),
  ];
  return [...errors, ...validateRules(version, errors, object, correlation)];
}

/** Validates the status that replaces another. */
export function validateCustomStatus(
  version: CompiledVersion,
  object: KubernetesObject,
  old: KubernetesObject,
): FieldError[] {
  const { schema, scale } = version;
  const correlation = new CorrelatedValue(object, old, schema ?? {});
  const { status: validator } = version;
  const problems =
    object.status === undefined || validator === undefined
      ? []
      : validator.validate(object.status, '', correlation.key('status')).problems;
  const errors = [
    ...toFieldErrors(problems, 'status'),
    ...(scale === undefined ? [] : validateScaleStatus(object, scale)),
    ...(validateLists(old, schema, '').length === 0 ? validateLists(object, schema, '') : []),
  ];
  return [...errors, ...validateRules(version, errors, object, correlation)];
}

function validateRules(
  { rules }: CompiledVersion,
  errors: readonly FieldError[],
  object: KubernetesObject,
  correlation?: CorrelatedValue,
): FieldError[] {
  if (rules === undefined) return [];
  if (errors.some(({ reason }) => BLOCKING.has(reason))) {
    return [invalid(NO_PATH, undefined, NOT_CHECKED)];
  }
  return rules.validate(object, { old: correlation?.oldValue, correlation });
}

/** The metadata of the object itself is validated like that of every object. */
const withoutRoot = ({ schema }: CompiledVersion) =>
  schema && { ...schema, 'x-kubernetes-embedded-resource': false };
