import { type FieldError, forbidden } from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { nameIsDNSSubdomain } from '../../../../apimachinery/names.ts';
import { deepEqual } from '../../rest/deep-equal.ts';
import type { Strategy } from '../../strategy.ts';
import { validateParameters, validateProvisioner } from './parameters.ts';

interface ClassFields {
  driverName?: string;
  parameters?: Record<string, string>;
}

const classOf = (object: KubernetesObject): ClassFields => object as ClassFields;

export const volumeAttributesClassStrategy: Strategy = {
  validate: validateClass,
  validateUpdate(object, old) {
    const [fields, before] = [classOf(object), classOf(old)];
    const errors: FieldError[] = [];
    if (fields.driverName !== before.driverName) {
      errors.push(forbidden('driverName', 'updates to driverName are forbidden.'));
    }
    if (!deepEqual(fields.parameters, before.parameters)) {
      errors.push(forbidden('parameters', 'updates to parameters are forbidden.'));
    }
    return [...errors, ...validateClass(object)];
  },
  validateName: nameIsDNSSubdomain,
  allowUnconditionalUpdate: false,
};

function validateClass(object: KubernetesObject): FieldError[] {
  const { driverName = '', parameters = {} } = classOf(object);
  return [
    ...validateProvisioner(driverName, 'driverName'),
    ...validateParameters(parameters, 'parameters', false),
  ];
}
