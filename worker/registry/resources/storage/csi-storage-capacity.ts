import { type FieldError, invalid } from '../../../../apimachinery/field-error.ts';
import {
  type LabelSelectorSource,
  validateLabelSelector,
} from '../../../../apimachinery/label-selector.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { nameIsDNSSubdomain } from '../../../../apimachinery/names.ts';
import { immutable, IMMUTABLE } from '../../../../apimachinery/object-meta-validation.ts';
import { deepEqual } from '../../rest/deep-equal.ts';
import type { Strategy } from '../../strategy.ts';
import { replacementOf } from '../pod/placement-warnings.ts';
import { quantityOf } from '../resource-names.ts';
import { NOT_NEGATIVE } from '../workload.ts';

interface CapacityFields {
  nodeTopology?: LabelSelectorSource;
  storageClassName?: string;
  capacity?: string;
}

const fieldsOf = (object: KubernetesObject): CapacityFields => object as CapacityFields;

export const csiStorageCapacityStrategy: Strategy = {
  validate: validateCapacity,
  validateUpdate(object, old) {
    const [fields, before] = [fieldsOf(object), fieldsOf(old)];
    return [
      ...validateCapacity(object),
      ...(deepEqual(fields.nodeTopology, before.nodeTopology)
        ? []
        : [invalid('nodeTopology', fields.nodeTopology ?? null, IMMUTABLE)]),
      ...immutable(
        fields.storageClassName ?? '',
        before.storageClassName ?? '',
        'storageClassName',
      ),
    ];
  },
  warnings: capacityWarnings,
  validateName: nameIsDNSSubdomain,
  allowUnconditionalUpdate: false,
};

function validateCapacity(object: KubernetesObject): FieldError[] {
  const { nodeTopology, storageClassName = '', capacity } = fieldsOf(object);
  const amount = quantityOf(capacity);
  return [
    ...validateLabelSelector(nodeTopology, 'nodeTopology'),
    ...nameIsDNSSubdomain(storageClassName, false).map((m) =>
      invalid('storageClassName', storageClassName, m),
    ),
    ...(amount !== undefined && amount.nano < 0n
      ? [invalid('capacity', amount.toString(), NOT_NEGATIVE)]
      : []),
  ];
}

function capacityWarnings(object: KubernetesObject): string[] {
  const { matchExpressions = [], matchLabels = {} } = fieldsOf(object).nodeTopology ?? {};
  return [
    ...matchExpressions.flatMap(({ key }, i) => {
      const text = replacementOf(key);
      return text === undefined
        ? []
        : [`nodeTopology.matchExpressions[${i}].key: ${key ?? ''} is ${text}`];
    }),
    ...Object.keys(matchLabels).flatMap((key) => {
      const text = replacementOf(key);
      return text === undefined ? [] : [`nodeTopology.matchLabels.${key}: ${text}`];
    }),
  ];
}
