import {
  type FieldError,
  invalid,
  notSupported,
  required,
} from '../../../../apimachinery/field-error.ts';
import { validateLabelKey } from '../../../../apimachinery/label-selector.ts';
import { validateLabelValue } from '../../../../apimachinery/names.ts';
import { repeated, validateEach } from './collections.ts';
import type { BindingParameters, DeviceTaint, DeviceToleration } from './device-types.ts';

const EFFECTS = ['NoExecute', 'NoSchedule', 'None'];
const OPERATORS = ['Equal', 'Exists'];
const MAX_BINDING_CONDITIONS = 4;

const validateValue = (value: string, field: string): FieldError[] =>
  validateLabelValue(value).map((message) => invalid(field, value, message));

export function validateTaint(taint: DeviceTaint, path: string): FieldError[] {
  const { key = '', value = '', effect = '' } = taint;
  const field = `${path}.effect`;
  const errors = [
    ...validateLabelKey(key, `${path}.key`),
    ...validateValue(value, `${path}.value`),
  ];
  if (effect === '') errors.push(required(field));
  else if (!EFFECTS.includes(effect)) errors.push(notSupported(field, effect, EFFECTS));
  return errors;
}

export function validateTolerations(
  tolerations: readonly DeviceToleration[] | undefined,
  field: string,
): FieldError[] {
  return (tolerations ?? []).flatMap((toleration, i) =>
    validateToleration(toleration, `${field}[${i}]`),
  );
}

function validateToleration(toleration: DeviceToleration, path: string): FieldError[] {
  const { key = '', operator = '', value = '', effect = '' } = toleration;
  const errors = key === '' ? [] : validateLabelKey(key, `${path}.key`);
  if (operator === 'Equal') errors.push(...validateValue(value, `${path}.value`));
  else if (operator !== 'Exists')
    errors.push(notSupported(`${path}.operator`, operator, OPERATORS));
  else if (value !== '') {
    errors.push(invalid(`${path}.value`, value, 'must be empty for operator `Exists`'));
  }
  if (effect !== '' && !EFFECTS.includes(effect)) {
    errors.push(notSupported(`${path}.effect`, effect, EFFECTS));
  }
  return errors;
}

/** Conditions are of no use without those that tell failure, and the other way round. */
export function validateBindingParameters(
  parameters: BindingParameters,
  path: string,
): FieldError[] {
  const conditions = parameters.bindingConditions ?? [];
  const failures = parameters.bindingFailureConditions ?? [];
  const at = `${path}.bindingConditions`;
  const failuresAt = `${path}.bindingFailureConditions`;
  const errors = [
    ...validateEach(conditions, MAX_BINDING_CONDITIONS, validateLabelKey, at),
    ...validateEach(failures, MAX_BINDING_CONDITIONS, validateLabelKey, failuresAt),
    ...repeated(conditions, at),
    ...repeated(failures, failuresAt),
  ];
  failures.forEach((failure, i) => {
    if (!conditions.includes(failure)) return;
    const detail = 'bindingFailureConditions must not overlap with bindingConditions';
    errors.push(invalid(`${failuresAt}[${i}]`, failure, detail));
  });
  if (conditions.length === 0 && failures.length > 0) {
    const detail = 'bindingConditions are required to use bindingFailureConditions';
    errors.push(invalid(at, parameters.bindingConditions, detail));
  }
  if (failures.length === 0 && conditions.length > 0) {
    const detail = 'bindingFailureConditions are required to use bindingConditions';
    errors.push(invalid(failuresAt, parameters.bindingFailureConditions, detail));
  }
  return errors;
}
