import { duplicate, type FieldError, required } from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import type { SubresourceStrategy } from '../../strategy.ts';
import { keepAllButStatus, keepMetadataOfStatus } from '../status-subresource.ts';

/** Of flow schemas and priority levels, whose conditions need a type and no more. */
export function validateFlowStatus(object: KubernetesObject): FieldError[] {
  const { conditions = [] } = (object.status ?? {}) as { conditions?: { type?: string }[] };
  const types = new Set<string>();
  return conditions.flatMap(({ type = '' }, i) => {
    const field = `status.conditions[${i}].type`;
    const errors = types.has(type) ? [duplicate(field, type)] : [];
    types.add(type);
    return type === '' ? [...errors, required(field, 'must not be empty')] : errors;
  });
}

export const FLOW_STATUS: SubresourceStrategy = {
  resetFields: ['metadata', 'spec'],
  prepareForUpdate(object, old) {
    keepAllButStatus(object, old);
    keepMetadataOfStatus(object, old);
  },
  validateUpdate: validateFlowStatus,
};
