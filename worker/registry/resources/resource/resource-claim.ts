import { type FieldError, invalid } from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { nameIsDNSSubdomain } from '../../../../apimachinery/names.ts';
import { deepEqual } from '../../rest/deep-equal.ts';
import type { Strategy } from '../../strategy.ts';
import {
  dropStatus,
  keepAllButStatus,
  keepMetadataOfStatus,
  keepStatus,
} from '../status-subresource.ts';
import { allocatedDevices, validateStatusUpdate } from './claim-status.ts';
import { setClaimDefaults, validateClaimSpec } from './device-claim.ts';
import { referenceKey } from './device-names.ts';
import type { ClaimSpec, ClaimStatus } from './device-types.ts';

const specOf = (object: KubernetesObject): ClaimSpec => object.spec ?? {};
const statusOf = (object: KubernetesObject): ClaimStatus => object.status ?? {};

/** A claim, or a template of claims, is what it was made as. */
export function validateSpecKept(object: KubernetesObject, old: KubernetesObject): FieldError[] {
  return deepEqual(object.spec, old.spec)
    ? []
    : [invalid('spec', object.spec, 'field is immutable')];
}

export const resourceClaimStrategy: Strategy = {
  setDefaults(object) {
    setClaimDefaults(specOf(object));
    for (const result of statusOf(object).allocation?.devices?.results ?? []) {
      for (const toleration of result.tolerations ?? []) toleration.operator ||= 'Equal';
    }
  },
  prepareForCreate: dropStatus,
  validate: (object) => validateClaimSpec(specOf(object), 'spec'),
  prepareForUpdate: keepStatus,
  validateUpdate: validateSpecKept,
  validateName: nameIsDNSSubdomain,
  subresources: {
    status: {
      resetFields: ['metadata', 'spec'],
      prepareForUpdate(object, old) {
        keepAllButStatus(object, old);
        keepMetadataOfStatus(object, old);
        dropStaleDevices(object, old);
      },
      validateUpdate: (object, old) =>
        validateStatusUpdate(
          {
            spec: specOf(object),
            status: statusOf(object),
            isTerminating: object.metadata.deletionTimestamp !== undefined,
          },
          statusOf(old),
        ),
    },
  },
  allowUnconditionalUpdate: true,
};

/** Devices that are no longer allocated have no status. */
function dropStaleDevices(object: KubernetesObject, old: KubernetesObject): void {
  const { devices, ...status } = statusOf(object);
  if (!devices) return;
  const before = allocatedDevices(statusOf(old));
  const now = allocatedDevices(statusOf(object));
  const kept = devices.filter((device) => {
    const key = referenceKey(device);
    return now.has(key) || !before.has(key);
  });
  object.status = kept.length === 0 ? status : { ...status, devices: kept };
}
