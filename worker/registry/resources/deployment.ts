import type { DeploymentSpec } from 'kubernetes-types/apps/v1.js';
import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
} from '../../../apimachinery/field-error.ts';
import { percentOf } from '../../../apimachinery/int-or-string.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { nameIsDNSSubdomain, validatePercent } from '../../../apimachinery/names.ts';
import type { Strategy } from '../strategy.ts';
import { podSpecWarnings } from './pod/warnings.ts';
import { setTemplateDefaults } from './pod/template.ts';
import { SCALE_SUBRESOURCE } from './scale-subresource.ts';
import { dropStatus, keepStatus, STATUS_SUBRESOURCE } from './status-subresource.ts';
import {
  notNegative,
  validateSelectorUnchanged,
  validateWorkload,
  workloadSpec,
} from './workload.ts';

const specOf = (object: KubernetesObject): DeploymentSpec => object.spec as DeploymentSpec;

export const deploymentStrategy: Strategy = {
  setDefaults(object) {
    const spec = specOf(object);
    spec.replicas ??= 1;
    spec.strategy ??= {};
    spec.strategy.type ||= 'RollingUpdate';
    if (spec.strategy.type === 'RollingUpdate') {
      spec.strategy.rollingUpdate ??= {};
      spec.strategy.rollingUpdate.maxUnavailable ??= '25%';
      spec.strategy.rollingUpdate.maxSurge ??= '25%';
    }
    spec.revisionHistoryLimit ??= 10;
    spec.progressDeadlineSeconds ??= 600;
    setTemplateDefaults(spec.template);
  },
  prepareForCreate: dropStatus,
  validate: validateDeployment,
  prepareForUpdate: keepStatus,
  validateUpdate: (object, old) => [
    ...validateDeployment(object),
    ...validateSelectorUnchanged(object, old),
  ],
  warnings(object, old) {
    const { template } = specOf(object);
    if (old !== null || template?.spec === undefined) return [];
    return podSpecWarnings(template.spec, 'spec.template.spec');
  },
  validateName: nameIsDNSSubdomain,
  subresources: {
    status: { ...STATUS_SUBRESOURCE, resetFields: ['spec', 'metadata.labels'] },
    scale: SCALE_SUBRESOURCE,
  },
  hasGeneration: true,
  generationCountsAnnotations: true,
  allowUnconditionalUpdate: true,
};

function validateDeployment(object: KubernetesObject): FieldError[] {
  const spec = specOf(object);
  const errors = [
    ...validateWorkload(workloadSpec(object), 'deployment'),
    ...validateUpdateStrategy(spec),
    ...notNegative(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit'),
    ...notNegative(spec.progressDeadlineSeconds, 'spec.progressDeadlineSeconds'),
  ];
  if ((spec.progressDeadlineSeconds ?? Infinity) <= (spec.minReadySeconds ?? 0)) {
    const detail = 'must be greater than minReadySeconds';
    errors.push(invalid('spec.progressDeadlineSeconds', spec.progressDeadlineSeconds, detail));
  }
  return errors;
}

function validateUpdateStrategy(spec: DeploymentSpec): FieldError[] {
  const { type, rollingUpdate } = spec.strategy ?? {};
  const path = 'spec.strategy';
  if (type === 'Recreate') {
    if (rollingUpdate === undefined) return [];
    const detail = "may not be specified when strategy `type` is 'Recreate'";
    return [forbidden(`${path}.rollingUpdate`, detail)];
  }
  if (type !== 'RollingUpdate') {
    return [notSupported(`${path}.type`, type ?? '', ['Recreate', 'RollingUpdate'])];
  }
  const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate ?? {};
  const errors = [
    ...validateShare(maxUnavailable, `${path}.rollingUpdate.maxUnavailable`),
    ...validateShare(maxSurge, `${path}.rollingUpdate.maxSurge`),
  ];
  const isZero = (value: number | string): boolean => value === 0 || percentOf(value) === 0;
  if (isZero(maxUnavailable) && isZero(maxSurge)) {
    const detail = 'may not be 0 when `maxSurge` is 0';
    errors.push(invalid(`${path}.rollingUpdate.maxUnavailable`, maxUnavailable, detail));
  }
  const percent = percentOf(maxUnavailable);
  if (percent !== undefined && percent > 100) {
    const detail = 'must not be greater than 100%';
    errors.push(invalid(`${path}.rollingUpdate.maxUnavailable`, maxUnavailable, detail));
  }
  return errors;
}

/** A count of pods, or a percentage of the replicas. */
function validateShare(value: number | string, field: string): FieldError[] {
  if (typeof value === 'number') return notNegative(value, field);
  return validatePercent(value).map((message) => invalid(field, value, message));
}
