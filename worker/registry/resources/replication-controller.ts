import type { ReplicationControllerSpec } from 'kubernetes-types/core/v1.js';
import { type FieldError, required } from '../../../apimachinery/field-error.ts';
import { selectorFromSet } from '../../../apimachinery/label-selector.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { nameIsDNSSubdomain } from '../../../apimachinery/names.ts';
import type { Strategy } from '../strategy.ts';
import {
  setTemplateDefaults,
  templateWarnings,
  validateReplicatedTemplate,
} from './pod/template.ts';
import { replicaCountFields, validateReplicaStatus } from './replica-set.ts';
import { SCALE_SUBRESOURCE } from './scale-subresource.ts';
import { keepStatus, newStatusSubresource } from './status-subresource.ts';
import { dropDisabledPodFields } from './pod/drop-disabled.ts';
import { notNegative, podNameWarnings } from './workload.ts';

const specOf = (object: KubernetesObject): ReplicationControllerSpec => object.spec ?? {};

const isEmpty = (map: Readonly<Record<string, string>> | undefined): boolean =>
  Object.keys(map ?? {}).length === 0;

export const replicationControllerStrategy: Strategy = {
  setDefaults(object) {
    const spec = specOf(object);
    object.spec = spec;
    const labels = spec.template?.metadata?.labels;
    if (labels !== undefined && isEmpty(spec.selector)) spec.selector = { ...labels };
    if (labels !== undefined && isEmpty(object.metadata.labels)) {
      object.metadata.labels = { ...labels };
    }
    spec.replicas ??= 1;
    setTemplateDefaults(spec.template);
  },
  prepareForCreate(object) {
    object.status = { replicas: 0 };
    dropDisabledPodFields(specOf(object).template?.spec);
  },
  validate: validateController,
  prepareForUpdate(object, old) {
    keepStatus(object, old);
    dropDisabledPodFields(specOf(object).template?.spec, specOf(old).template?.spec);
  },
  validateUpdate: validateController,
  warnings: (object, old) => [
    ...(old === null ? podNameWarnings(object) : []),
    ...templateWarnings(object, old, specOf(object).template, 'spec.template'),
  ],
  validateName: nameIsDNSSubdomain,
  selectableFields: replicaCountFields,
  subresources: { status: newStatusSubresource(validateReplicaStatus), scale: SCALE_SUBRESOURCE },
  hasGeneration: true,
  allowUnconditionalUpdate: true,
};

function validateController(object: KubernetesObject): FieldError[] {
  const spec = specOf(object);
  return [
    ...notNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...(isEmpty(spec.selector) ? [required('spec.selector')] : []),
    ...notNegative(spec.replicas, 'spec.replicas'),
    ...validateReplicatedTemplate(
      spec.template,
      selectorFromSet(spec.selector ?? {}),
      'spec.template',
      'ReplicationController',
    ),
  ];
}
