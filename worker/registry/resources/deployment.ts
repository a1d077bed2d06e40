import type { DeploymentSpec } from 'kubernetes-types/apps/v1.js';
import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from '../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { nameIsDNSSubdomain } from '../../../apimachinery/names.ts';
import type { Strategy } from '../strategy.ts';
import { isZeroShare, validateAtMostAll, validateIntOrPercent } from './int-or-percent.ts';
import {
  setTemplateDefaults,
  templateWarnings,
  validateReplicatedTemplate,
} from './pod/template.ts';
import {
  validateAvailableAreReady,
  validateCollisionCount,
  validateCounts,
  validateWithinReplicas,
} from './replica-status.ts';
import { SCALE_SUBRESOURCE } from './scale-subresource.ts';
import { dropStatus, keepAllButStatus, keepMetadata, keepStatus } from './status-subresource.ts';
import { dropDisabledPodFields } from './pod/drop-disabled.ts';
import {
  notNegative,
  podNameWarnings,
  validateSelector,
  validateSelectorUnchanged,
} from './workload.ts';

const specOf = (object: KubernetesObject): Partial<DeploymentSpec> => object.spec ?? {};

export const deploymentStrategy: Strategy = {
  setDefaults(object) {
    const spec = specOf(object);
    object.spec = spec;
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
  prepareForCreate(object) {
    dropStatus(object);
    dropDisabledPodFields(specOf(object).template?.spec);
  },
  validate: validateDeployment,
  prepareForUpdate(object, old) {
    keepStatus(object, old);
    dropDisabledPodFields(specOf(object).template?.spec, specOf(old).template?.spec);
  },
  validateUpdate: (object, old) => [
    ...validateDeployment(object),
    ...validateSelectorUnchanged(object, old),
  ],
  warnings: (object, old) => [
    ...(old === null ? podNameWarnings(object) : []),
    ...templateWarnings(object, old, specOf(object).template, 'spec.template'),
  ],
  validateName: nameIsDNSSubdomain,
  subresources: {
    status: {
      resetFields: ['spec', 'metadata.labels'],
      prepareForUpdate(object, old) {
        keepAllButStatus(object, old);
        keepMetadata(object, old, 'labels');
      },
      validateUpdate: validateStatus,
    },
    scale: SCALE_SUBRESOURCE,
  },
  hasGeneration: true,
  generationCountsAnnotations: true,
  allowUnconditionalUpdate: true,
};

function validateDeployment(object: KubernetesObject): FieldError[] {
  const spec = specOf(object);
  const { parsed, errors } = validateSelector(
    spec.selector,
    'empty selector is invalid for deployment',
  );
  const problems = [...notNegative(spec.replicas, 'spec.replicas'), ...errors];
  if (parsed === undefined) {
    problems.push(invalid('spec.selector', spec.selector, 'invalid label selector'));
  } else {
    problems.push(
      ...validateReplicatedTemplate(spec.template, parsed, 'spec.template', 'ReplicaSet'),
    );
  }
  problems.push(
    ...validateStrategy(spec),
    ...notNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...notNegative(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit'),
    ...notNegative(spec.progressDeadlineSeconds, 'spec.progressDeadlineSeconds'),
  );
  if ((spec.progressDeadlineSeconds ?? Infinity) <= (spec.minReadySeconds ?? 0)) {
    const detail = 'must be greater than minReadySeconds';
    problems.push(invalid('spec.progressDeadlineSeconds', spec.progressDeadlineSeconds, detail));
  }
  return problems;
}

function validateStrategy(spec: Partial<DeploymentSpec>): FieldError[] {
  const { type = '', rollingUpdate } = spec.strategy ?? {};
  const path = 'spec.strategy';
  if (type === 'Recreate') {
    if (rollingUpdate === undefined) return [];
    const detail = "may not be specified when strategy `type` is 'Recreate'";
    return [forbidden(`${path}.rollingUpdate`, detail)];
  }
  if (type !== 'RollingUpdate') {
    const shown = { Type: type, RollingUpdate: shownRollingUpdate(rollingUpdate) };
    return [notSupported(path, shown, ['Recreate', 'RollingUpdate'])];
  }
  if (rollingUpdate === undefined) {
    return [required(`${path}.rollingUpdate`, 'this should be defaulted and never be nil')];
  }
  const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate;
  const field = `${path}.rollingUpdate.maxUnavailable`;
  const errors = [
    ...validateIntOrPercent(maxUnavailable, field),
    ...validateIntOrPercent(maxSurge, `${path}.rollingUpdate.maxSurge`),
  ];
  if (isZeroShare(maxUnavailable) && isZeroShare(maxSurge)) {
    errors.push(invalid(field, maxUnavailable, 'may not be 0 when `maxSurge` is 0'));
  }
  return [...errors, ...validateAtMostAll(maxUnavailable, field)];
}

/** As upstream's internal type prints it. */
function shownRollingUpdate(
  update: NonNullable<DeploymentSpec['strategy']>['rollingUpdate'],
): object | null {
  if (update === undefined) return null;
  return { MaxUnavailable: update.maxUnavailable ?? 0, MaxSurge: update.maxSurge ?? 0 };
}

function validateStatus(object: KubernetesObject, old: KubernetesObject): FieldError[] {
  return [
    ...validateCounts(object, [
      'observedGeneration',
      'replicas',
      'updatedReplicas',
      'readyReplicas',
      'availableReplicas',
      'unavailableReplicas',
      'terminatingReplicas',
      'collisionCount',
    ]),
    ...validateWithinReplicas(object, ['updatedReplicas', 'readyReplicas', 'availableReplicas']),
    ...validateAvailableAreReady(object, 'cannot be greater than readyReplicas'),
    ...validateCollisionCount(object, old),
  ];
}
