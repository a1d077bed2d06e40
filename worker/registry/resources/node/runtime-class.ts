import type { RuntimeClass } from 'kubernetes-types/node/v1.js';
import { type FieldError, invalid } from '../../../../apimachinery/field-error.ts';
import { validateLabels } from '../../../../apimachinery/label-selector.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { nameIsDNSLabel, nameIsDNSSubdomain } from '../../../../apimachinery/names.ts';
import { immutable } from '../../../../apimachinery/object-meta-validation.ts';
import type { Strategy } from '../../strategy.ts';
import { replacementOf } from '../pod/placement-warnings.ts';
import { validateContainerResources } from '../pod/validate-resources.ts';
import { validateTolerations } from '../pod/validate-scheduling.ts';

const classOf = (object: KubernetesObject): Partial<RuntimeClass> =>
  object as unknown as Partial<RuntimeClass>;

export const runtimeClassStrategy: Strategy = {
  validate: validateClass,
  validateUpdate: (object, old) => [
    ...validateClass(object),
    ...immutable(classOf(object).handler ?? '', classOf(old).handler ?? '', 'handler'),
  ],
  warnings: (object) =>
    Object.keys(classOf(object).scheduling?.nodeSelector ?? {}).flatMap((key) => {
      const text = replacementOf(key);
      return text === undefined ? [] : [`scheduling.nodeSelector: ${text}`];
    }),
  validateName: nameIsDNSSubdomain,
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
};

function validateClass(object: KubernetesObject): FieldError[] {
  const { handler = '', overhead, scheduling } = classOf(object);
  const errors = nameIsDNSLabel(handler, false).map((m) => invalid('handler', handler, m));
  if (overhead !== undefined) {
    // The words of a container's limits, as upstream has it.
    const limits = overhead.podFixed === undefined ? {} : { limits: overhead.podFixed };
    errors.push(...validateContainerResources(limits, new Set(), 'overhead'));
  }
  if (scheduling === undefined) return errors;
  return [
    ...errors,
    ...validateLabels(scheduling.nodeSelector, 'scheduling.nodeSelector'),
    ...validateTolerations(scheduling.tolerations ?? [], 'scheduling.tolerations'),
  ];
}
