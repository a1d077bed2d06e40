import type { PodTemplateSpec } from 'kubernetes-types/core/v1.js';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { nameIsDNSSubdomain } from '../../../apimachinery/names.ts';
import type { Strategy } from '../strategy.ts';
import { dropDisabledPodFields } from './pod/drop-disabled.ts';
import { setTemplateDefaults, templateWarnings, validatePodTemplate } from './pod/template.ts';
import { podNameWarnings } from './workload.ts';

const templateOf = (object: KubernetesObject): PodTemplateSpec =>
  object.template as PodTemplateSpec;

export const podTemplateStrategy: Strategy = {
  setDefaults(object) {
    object.template ??= {};
    setTemplateDefaults(templateOf(object));
  },
  prepareForCreate: (object) => dropDisabledPodFields(templateOf(object).spec),
  validate: (object) => validatePodTemplate(templateOf(object), 'template'),
  prepareForUpdate: (object, old) =>
    dropDisabledPodFields(templateOf(object).spec, templateOf(old).spec),
  validateUpdate: (object) => validatePodTemplate(templateOf(object), 'template'),
  warnings: (object, old) => [
    ...(old === null ? podNameWarnings(object) : []),
    ...templateWarnings(object, old, templateOf(object), 'template'),
  ],
  validateName: nameIsDNSSubdomain,
  hasGeneration: true,
  allowUnconditionalUpdate: true,
};
