import { type FieldError, invalid } from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { nameIsDNSSubdomain } from '../../../../apimachinery/names.ts';
import { deepEqual } from '../../rest/deep-equal.ts';
import type { Strategy } from '../../strategy.ts';
import { isExtendedResource } from '../resource-names.ts';
import { validateEach } from './collections.ts';
import { MAX_CONFIGURATIONS } from './device-claim.ts';
import { validateConfiguration } from './device-configuration.ts';
import { validateSelectors } from './device-selectors.ts';
import type { ClassSpec } from './device-types.ts';

const specOf = (object: KubernetesObject): ClassSpec => object.spec ?? {};

export const deviceClassStrategy: Strategy = {
  validate: (object) => validateClass(specOf(object)),
  validateUpdate: (object, old) => validateClass(specOf(object), specOf(old)),
  validateName: nameIsDNSSubdomain,
  hasGeneration: true,
  allowUnconditionalUpdate: true,
};

function validateClass(spec: ClassSpec, old?: ClassSpec): FieldError[] {
  const { selectors = [], config = [], extendedResourceName: name } = spec;
  const isStored = (field: 'selectors' | 'config'): boolean =>
    old !== undefined && deepEqual(spec[field] ?? [], old[field] ?? []);
  const errors = [
    ...validateSelectors(selectors, 'spec.selectors', isStored('selectors')),
    ...validateEach(
      config,
      MAX_CONFIGURATIONS,
      (item, field) => validateConfiguration(item, field, isStored('config')),
      'spec.config',
    ),
  ];
  if (name !== undefined && !isExtendedResource(name)) {
    const detail = 'must be a valid extended resource name';
    errors.push(invalid('spec.extendedResourceName', name, detail));
  }
  return errors;
}
