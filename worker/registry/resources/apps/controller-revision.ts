import { type FieldError, invalid, required } from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { nameIsDNSSubdomain } from '../../../../apimachinery/names.ts';
import { IMMUTABLE } from '../../../../apimachinery/object-meta-validation.ts';
import { deepEqual } from '../../rest/deep-equal.ts';
import type { Strategy } from '../../strategy.ts';
import { notNegative } from '../workload.ts';

export const controllerRevisionStrategy: Strategy = {
  validate: validateRevision,
  validateUpdate: (object, old) => [
    ...validateRevision(object),
    ...(deepEqual(object.data, old.data) ? [] : [invalid('data', object.data ?? null, IMMUTABLE)]),
  ],
  validateName: nameIsDNSSubdomain,
  allowUnconditionalUpdate: true,
};

function validateRevision(object: KubernetesObject): FieldError[] {
  const { data, revision } = object;
  return [
    ...(data === undefined || data === null ? [required('data', 'data is mandatory')] : []),
    ...notNegative(typeof revision === 'number' ? revision : undefined, 'revision'),
  ];
}
