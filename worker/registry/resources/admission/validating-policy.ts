import type { Environment } from '../../../../cel/environment.ts';
import { BOOL, NULL, STRING } from '../../../../cel/types/cel-type.ts';
import {
  duplicate,
  type FieldError,
  invalid,
  notSupported,
  required,
} from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import {
  byteLength,
  nameIsDNSSubdomain,
  validateQualifiedName,
} from '../../../../apimachinery/names.ts';
import { validateConditions } from '../../../../apimachinery/validate-conditions.ts';
import { newPolicyEnvironment } from '../../admission/policy-environment.ts';
import { deepEqual } from '../../rest/deep-equal.ts';
import type { Strategy } from '../../strategy.ts';
import {
  dropStatus,
  keepAllButStatus,
  keepMetadataOfStatus,
  keepStatus,
} from '../status-subresource.ts';
import { checkExpression } from './check-expression.ts';
import { type PolicySpec, setPolicyDefaults, validatePolicyFrame } from './policy-frame.ts';

export interface Validation {
  expression?: string;
  message?: string;
  reason?: string;
  messageExpression?: string;
}

export interface AuditAnnotation {
  key?: string;
  valueExpression?: string;
}

export interface ValidatingSpec extends PolicySpec {
  validations?: Validation[];
  auditAnnotations?: AuditAnnotation[];
}

interface PolicyStatus {
  typeChecking?: { expressionWarnings?: { fieldRef?: string; warning?: string }[] };
  conditions?: { type?: string }[];
}

const REASONS = ['Forbidden', 'Invalid', 'RequestEntityTooLarge'];
const MAX_ANNOTATIONS = 20;
const MAX_ANNOTATION_BYTES = 5 * 1024;

const specOf = (object: KubernetesObject): ValidatingSpec => object.spec ?? {};

export const validatingPolicyStrategy: Strategy = {
  setDefaults: setPolicyDefaults,
  prepareForCreate: dropStatus,
  validate: (object) => validatePolicy(object, true),
  prepareForUpdate: keepStatus,
  validateUpdate(object, old) {
    const [spec, before] = [specOf(object), specOf(old)];
    const isNew =
      !deepEqual(spec.paramKind, before.paramKind) ||
      !deepEqual(spec.matchConditions, before.matchConditions);
    return validatePolicy(object, isNew);
  },
  validateName: nameIsDNSSubdomain,
  subresources: {
    status: {
      resetFields: ['metadata', 'spec'],
      prepareForUpdate(object, old) {
        keepAllButStatus(object, old);
        keepMetadataOfStatus(object, old);
      },
      validateUpdate: validateStatus,
    },
  },
  hasGeneration: true,
  allowUnconditionalUpdate: false,
};

function validatePolicy(object: KubernetesObject, judgesConditions: boolean): FieldError[] {
  const spec = specOf(object);
  const { validations = [], auditAnnotations = [] } = spec;
  const options = { hasParams: spec.paramKind !== undefined, hasAuthorizer: true };
  const { errors, types } = validatePolicyFrame(spec, options, judgesConditions);
  const variables = types === undefined ? {} : { variables: types };
  const environment = newPolicyEnvironment({ ...options, ...variables });
  // Messages are made when the request was judged: nobody is asked for permissions any more.
  const messages = newPolicyEnvironment({ ...options, hasAuthorizer: false, ...variables });
  if (validations.length === 0 && auditAnnotations.length === 0) {
    const detail = 'validations or auditAnnotations must contain at least one item';
    return [
      ...errors,
      required('spec.validations', detail),
      required('spec.auditAnnotations', detail),
    ];
  }
  validations.forEach((validation, i) =>
    errors.push(...validateValidation(validation, `spec.validations[${i}]`, environment, messages)),
  );
  const name = object.metadata.name ?? '';
  return [...errors, ...validateAnnotations(auditAnnotations, name, environment)];
}

function validateValidation(
  validation: Validation,
  at: string,
  environment: Environment,
  messages: Environment,
): FieldError[] {
  const { expression = '', message = '', reason, messageExpression = '' } = validation;
  const errors: FieldError[] = [];
  if (expression.trim() === '') {
    errors.push(required(`${at}.expression`, 'expression is not specified'));
  } else {
    errors.push(...checkExpression(expression, environment, `${at}.expression`, [BOOL]).errors);
  }
  const field = `${at}.messageExpression`;
  if (messageExpression.trim() !== '') {
    errors.push(...checkExpression(messageExpression, messages, field, [STRING]).errors);
  } else if (messageExpression !== '') {
    errors.push(invalid(field, messageExpression, 'must be non-empty if specified'));
  }
  if (message !== '' && message.trim() === '') {
    errors.push(invalid(`${at}.message`, message, 'message must be non-empty if specified'));
  } else if (/[\n\r]/.test(message.trim())) {
    errors.push(invalid(`${at}.message`, message, 'message must not contain line breaks'));
  }
  if (reason !== undefined && !REASONS.includes(reason)) {
    errors.push(notSupported(`${at}.reason`, reason, REASONS));
  }
  return errors;
}

function validateAnnotations(
  annotations: readonly AuditAnnotation[],
  policyName: string,
  environment: Environment,
): FieldError[] {
  const errors: FieldError[] = [];
  if (annotations.length > MAX_ANNOTATIONS) {
    const detail = `must not have more than ${MAX_ANNOTATIONS} auditAnnotations`;
    errors.push(invalid('spec.auditAnnotations', annotations, detail));
  }
  const keys = new Set<string>();
  annotations.forEach(({ key = '', valueExpression = '' }, i) => {
    const at = `spec.auditAnnotations[${i}]`;
    if (policyName === '') {
      errors.push(invalid(`${at}.key`, key, 'requires metadata.name be non-empty'));
    } else {
      const full = `${policyName}/${key}`;
      errors.push(...validateQualifiedName(full).map((m) => invalid(`${at}.key`, full, m)));
    }
    errors.push(...validateValue(valueExpression, `${at}.valueExpression`, environment));
    if (keys.has(key)) errors.push(duplicate(`${at}.key`, key));
    keys.add(key);
  });
  return errors;
}

function validateValue(expression: string, field: string, environment: Environment): FieldError[] {
  const trimmed = expression.trim();
  if (trimmed === '') return [required(field, 'valueExpression is not specified')];
  if (byteLength(trimmed) > MAX_ANNOTATION_BYTES) {
    return [required(field, `must not exceed ${MAX_ANNOTATION_BYTES} bytes in length`)];
  }
  return checkExpression(trimmed, environment, field, [STRING, NULL]).errors;
}

function validateStatus(object: KubernetesObject): FieldError[] {
  const { typeChecking, conditions = [] } = (object.status ?? {}) as PolicyStatus;
  const warnings = (typeChecking?.expressionWarnings ?? []).flatMap(
    ({ fieldRef = '', warning = '' }, i) => {
      const at = `status.typeChecking.expressionWarnings[${i}]`;
      return [
        ...(warning === '' ? [required(`${at}.warning`)] : []),
        ...(fieldRef.trim() === '' ? [required(`${at}.fieldRef`)] : []),
      ];
    },
  );
  return [...warnings, ...validateConditions(conditions, 'status.conditions')];
}
