import type { ReplicaSetSpec } from 'kubernetes-types/apps/v1.js';
import { type FieldError, invalid } from '../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { nameIsDNSSubdomain } from '../../../apimachinery/names.ts';
import type { Strategy } from '../strategy.ts';
import {
  setTemplateDefaults,
  templateWarnings,
  validateReplicatedTemplate,
} from './pod/template.ts';
import {
  validateAvailableAreReady,
  validateCounts,
  validateWithinReplicas,
} from './replica-status.ts';
import { SCALE_SUBRESOURCE } from './scale-subresource.ts';
import { keepStatus, newStatusSubresource } from './status-subresource.ts';
import { dropDisabledPodFields } from './pod/drop-disabled.ts';
import {
  notNegative,
  podNameWarnings,
  validateSelector,
  validateSelectorUnchanged,
  workloadSpec,
} from './workload.ts';

export const replicaSetStrategy: Strategy = {
  setDefaults(object) {
    const spec = (object.spec ?? {}) as ReplicaSetSpec;
    object.spec = spec;
    spec.replicas ??= 1;
    setTemplateDefaults(spec.template);
  },
  prepareForCreate(object) {
    object.status = { replicas: 0 };
    dropDisabledPodFields(workloadSpec(object).template?.spec);
  },
  validate: validateReplicaSet,
  prepareForUpdate(object, old) {
    keepStatus(object, old);
    dropDisabledPodFields(workloadSpec(object).template?.spec, workloadSpec(old).template?.spec);
  },
  validateUpdate: (object, old) => [
    ...validateReplicaSet(object),
    ...validateSelectorUnchanged(object, old),
  ],
  warnings: (object, old) => [
    ...(old === null ? podNameWarnings(object) : []),
    ...templateWarnings(object, old, workloadSpec(object).template, 'spec.template'),
  ],
  validateName: nameIsDNSSubdomain,
  selectableFields: replicaCountFields,
  subresources: { status: newStatusSubresource(validateReplicaStatus), scale: SCALE_SUBRESOURCE },
  hasGeneration: true,
  allowUnconditionalUpdate: true,
};

function validateReplicaSet(object: KubernetesObject): FieldError[] {
  const spec = workloadSpec(object);
  // The text names deployments upstream, whose rules these once were.
  const { parsed, errors } = validateSelector(
    spec.selector,
    'empty selector is invalid for deployment',
  );
  return [
    ...notNegative(spec.replicas, 'spec.replicas'),
    ...notNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...errors,
    ...(parsed === undefined
      ? [invalid('spec.selector', spec.selector, 'invalid label selector')]
      : validateReplicatedTemplate(spec.template ?? {}, parsed, 'spec.template', 'ReplicaSet')),
  ];
}

/** The status of replica sets, and of replication controllers. */
export function validateReplicaStatus(object: KubernetesObject): FieldError[] {
  return [
    ...validateCounts(object, [
      'replicas',
      'fullyLabeledReplicas',
      'readyReplicas',
      'availableReplicas',
      'terminatingReplicas',
      'observedGeneration',
    ]),
    ...validateWithinReplicas(object, [
      'fullyLabeledReplicas',
      'readyReplicas',
      'availableReplicas',
    ]),
    ...validateAvailableAreReady(object, 'cannot be greater than readyReplicas'),
  ];
}

/** `status.replicas`, which replica sets and replication controllers can be selected by. */
export function replicaCountFields(object: KubernetesObject): Record<string, string> {
  const { replicas } = (object.status ?? {}) as { replicas?: number };
  return { 'status.replicas': String(replicas ?? 0) };
}
