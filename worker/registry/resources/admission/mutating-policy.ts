import type { Environment } from '../../../../cel/environment.ts';
import { listOf, structType, type CelType } from '../../../../cel/types/cel-type.ts';
import {
  type FieldError,
  invalid,
  notSupported,
  required,
} from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { nameIsDNSSubdomain } from '../../../../apimachinery/names.ts';
import { newPolicyEnvironment } from '../../admission/policy-environment.ts';
import { deepEqual } from '../../rest/deep-equal.ts';
import type { Strategy } from '../../strategy.ts';
import { checkExpression } from './check-expression.ts';
import type { MatchResources } from './match-resources.ts';
import { type PolicySpec, setPolicyDefaults, validatePolicyFrame } from './policy-frame.ts';
import { REINVOCATION_POLICIES } from './webhook-configuration.ts';

export interface Mutation {
  patchType?: string;
  applyConfiguration?: { expression?: string };
  jsonPatch?: { expression?: string };
}

export interface MutatingSpec extends PolicySpec {
  mutations?: Mutation[];
  reinvocationPolicy?: string;
}

/** What is deleted is not changed before. */
const MUTABLE_OPERATIONS = ['*', 'CONNECT', 'CREATE', 'UPDATE'];
const PATCH_TYPES = ['ApplyConfiguration', 'JSONPatch'];

const specOf = (object: KubernetesObject): MutatingSpec => object.spec ?? {};

export const mutatingPolicyStrategy: Strategy = {
  setDefaults: setPolicyDefaults,
  validate: (object) => validatePolicy(specOf(object), true),
  validateUpdate(object, old) {
    const [spec, before] = [specOf(object), specOf(old)];
    const isNew =
      !deepEqual(spec.paramKind, before.paramKind) ||
      !deepEqual(spec.matchConditions, before.matchConditions);
    return validatePolicy(spec, isNew);
  },
  validateName: nameIsDNSSubdomain,
  hasGeneration: true,
  allowUnconditionalUpdate: false,
};

/** Errors have no index, as upstream has it. */
export function validateMutableOperations(resources: MatchResources, at: string): FieldError[] {
  return (resources.resourceRules ?? []).flatMap(({ operations = [] }) =>
    operations
      .filter((operation) => !MUTABLE_OPERATIONS.includes(operation))
      .map((operation) =>
        notSupported(`${at}.resourceRules.operations`, operation, MUTABLE_OPERATIONS),
      ),
  );
}

function validatePolicy(spec: MutatingSpec, judgesConditions: boolean): FieldError[] {
  const { mutations = [], reinvocationPolicy: policy = '' } = spec;
  const options = { hasParams: spec.paramKind !== undefined, hasAuthorizer: true };
  const { errors, types } = validatePolicyFrame(spec, options, judgesConditions, (resources) =>
    validateMutableOperations(resources, 'spec.matchConstraints'),
  );
  if (mutations.length === 0) {
    errors.push(required('spec.mutations', 'mutations must contain at least one item'));
  }
  const environment = newPolicyEnvironment({
    ...options,
    hasPatchTypes: true,
    ...(types === undefined ? {} : { variables: types }),
  });
  mutations.forEach((mutation, i) =>
    errors.push(...validateMutation(mutation, `spec.mutations[${i}]`, environment)),
  );
  if (policy === '') errors.push(required('spec.reinvocationPolicy'));
  else if (!REINVOCATION_POLICIES.includes(policy)) {
    errors.push(notSupported('spec.reinvocationPolicy', policy, REINVOCATION_POLICIES));
  }
  return errors;
}

/** By the field that a patch type needs: the other one, and what the expression has to give. */
const PATCHES: Readonly<
  Record<string, { field: 'applyConfiguration' | 'jsonPatch'; type: CelType }>
> = {
  ApplyConfiguration: { field: 'applyConfiguration', type: structType('Object') },
  JSONPatch: { field: 'jsonPatch', type: listOf(structType('JSONPatch')) },
};

function validateMutation(mutation: Mutation, at: string, environment: Environment): FieldError[] {
  const { patchType = '' } = mutation;
  if (patchType === '') return [required(`${at}.patchType`)];
  const patch = Object.hasOwn(PATCHES, patchType) ? PATCHES[patchType] : undefined;
  if (patch === undefined) return [notSupported(`${at}.patchType`, patchType, PATCH_TYPES)];
  const { field, type } = patch;
  const other = field === 'jsonPatch' ? 'applyConfiguration' : 'jsonPatch';
  const errors: FieldError[] = [];
  const expression = mutation[field]?.expression?.trim() ?? '';
  if (mutation[field] === undefined) {
    errors.push(required(`${at}.${field}`, `must be specified when patchType is ${patchType}`));
  } else if (expression === '') {
    errors.push(required(`${at}.${field}.expression`));
  } else {
    const where = `${at}.${field}.expression`;
    errors.push(...checkExpression(expression, environment, where, [type]).errors);
  }
  if (mutation[other] !== undefined) {
    const detail = `must not be specified when patchType is ${patchType}`;
    errors.push(invalid(`${at}.${other}`, `{${other}}`, detail));
  }
  return errors;
}
