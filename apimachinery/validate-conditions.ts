import {
  duplicate,
  type FieldError,
  invalid,
  notSupported,
  required,
  tooLong,
} from './field-error.ts';
import { validateLabelKey } from './label-selector.ts';
import { byteLength } from './names.ts';

interface SentCondition {
  readonly type?: string;
  readonly status?: string;
  readonly observedGeneration?: number;
  readonly lastTransitionTime?: string | null;
  readonly reason?: string;
  readonly message?: string;
}

const STATUSES = ['False', 'True', 'Unknown'];
const MAX_REASON_BYTES = 1024;
const MAX_MESSAGE_BYTES = 32 * 1024;
const REASON = /^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/;
const REASON_MESSAGE =
  "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?')";

/** Validates a list of metav1.Condition, which has one of each type. */
export function validateConditions(
  conditions: readonly SentCondition[],
  field: string,
): FieldError[] {
  const types = new Set<string>();
  return conditions.flatMap((condition, i) => {
    const { type = '' } = condition;
    const errors = types.has(type) ? [duplicate(`${field}[${i}].type`, type)] : [];
    types.add(type);
    return [...errors, ...validateCondition(condition, `${field}[${i}]`)];
  });
}

function validateCondition(condition: SentCondition, path: string): FieldError[] {
  const { type = '', status = '', observedGeneration = 0, reason = '', message = '' } = condition;
  const errors = validateLabelKey(type, `${path}.type`);
  if (!STATUSES.includes(status)) errors.push(notSupported(`${path}.status`, status, STATUSES));
  if (observedGeneration < 0) {
    const detail = 'must be greater than or equal to zero';
    errors.push(invalid(`${path}.observedGeneration`, observedGeneration, detail));
  }
  if (!condition.lastTransitionTime) errors.push(required(`${path}.lastTransitionTime`));
  if (reason === '') errors.push(required(`${path}.reason`));
  else {
    if (!REASON.test(reason)) errors.push(invalid(`${path}.reason`, reason, REASON_MESSAGE));
    if (byteLength(reason) > MAX_REASON_BYTES) {
      errors.push(tooLong(`${path}.reason`, MAX_REASON_BYTES));
    }
  }
  return byteLength(message) > MAX_MESSAGE_BYTES
    ? [...errors, tooLong(`${path}.message`, MAX_MESSAGE_BYTES)]
    : errors;
}
