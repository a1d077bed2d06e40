import type { ReplicationControllerSpec } from 'kubernetes-types/core/v1.js';
import { type FieldError, required } from '../../../apimachinery/field-error.ts';
import { selectorFromSet, validateLabels } from '../../../apimachinery/label-selector.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { nameIsDNSSubdomain } from '../../../apimachinery/names.ts';
import type { Strategy } from '../strategy.ts';
import { setTemplateDefaults, validateTemplate } from './pod/template.ts';
import { replicaCountFields } from './replica-set.ts';
import { SCALE_SUBRESOURCE } from './scale-subresource.ts';
import { keepStatus, STATUS_SUBRESOURCE } from './status-subresource.ts';
import { notNegative } from './workload.ts';

const specOf = (object: KubernetesObject): ReplicationControllerSpec =>
  object.spec as ReplicationControllerSpec;

const isEmpty = (map: Readonly<Record<string, string>> | undefined): boolean =>
  Object.keys(map ?? {}).length === 0;

export const replicationControllerStrategy: Strategy = {
  setDefaults(object) {
    const spec = specOf(object);
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
  },
  validate: validateController,
  prepareForUpdate: keepStatus,
  validateUpdate: validateController,
  validateName: nameIsDNSSubdomain,
  selectableFields: replicaCountFields,
  subresources: { status: STATUS_SUBRESOURCE, scale: SCALE_SUBRESOURCE },
  hasGeneration: true,
  allowUnconditionalUpdate: true,
};

function validateController(object: KubernetesObject): FieldError[] {
  const spec = specOf(object);
  const errors = [
    ...notNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...validateLabels(spec.selector, 'spec.selector'),
    ...notNegative(spec.replicas, 'spec.replicas'),
  ];
  if (isEmpty(spec.selector)) errors.push(required('spec.selector'));
  if (spec.template === undefined) return [...errors, required('spec.template')];
  const selector = selectorFromSet(spec.selector ?? {});
  return [...errors, ...validateTemplate(spec.template, selector, 'spec.template')];
}
