import type {
  PersistentVolumeClaimSpec,
  PersistentVolumeClaimStatus,
} from 'kubernetes-types/core/v1.js';
import {
  type FieldError,
  forbidden,
  invalid,
  required,
} from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { nameIsDNSSubdomain } from '../../../../apimachinery/names.ts';
import { IMMUTABLE } from '../../../../apimachinery/object-meta-validation.ts';
import { deepEqual } from '../../rest/deep-equal.ts';
import type { Strategy } from '../../strategy.ts';
import { setClaimDefaults } from '../claim-defaults.ts';
import { quantityOf } from '../resource-names.ts';
import { keepStatus, newStatusSubresource } from '../status-subresource.ts';
import { type ClaimSpecFields, validateClaimSpec } from './claim-spec.ts';
import { claimSpecWarnings } from './claim-warnings.ts';
import { dropForeignSource, normalizeDataSources } from './data-sources.ts';

type ClaimStatus = PersistentVolumeClaimStatus & { currentVolumeAttributesClassName?: string };

const specOf = (object: KubernetesObject): ClaimSpecFields => object.spec ?? {};
const statusOf = (object: KubernetesObject): ClaimStatus => object.status ?? {};

export const claimStrategy: Strategy = {
  setDefaults: (object) => setClaimDefaults(object as { spec?: PersistentVolumeClaimSpec }),
  prepareForCreate(object) {
    object.status = { phase: 'Pending' };
    dropForeignSource(specOf(object), undefined);
    normalizeDataSources(specOf(object));
  },
  validate: (object) => validateClaimSpec(specOf(object), 'spec'),
  prepareForUpdate(object, old) {
    keepStatus(object, old);
    dropForeignSource(specOf(object), specOf(old));
    normalizeDataSources(specOf(object));
  },
  validateUpdate: (object, old) => [
    // A group that was taken once is not looked at again.
    ...validateClaimSpec(specOf(object), 'spec', hasBadGroup(specOf(old))),
    ...validateUpdate(object, old),
  ],
  warnings: (object) => claimSpecWarnings(specOf(object), 'spec'),
  validateName: nameIsDNSSubdomain,
  subresources: { status: newStatusSubresource(validateStatus) },
  allowUnconditionalUpdate: true,
};

const hasBadGroup = (spec: ClaimSpecFields): boolean =>
  [spec.dataSource, spec.dataSourceRef].some(
    (source) => source?.apiGroup && nameIsDNSSubdomain(source.apiGroup, false).length > 0,
  );

const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';
const SPEC_KEPT =
  'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n';

function validateUpdate(object: KubernetesObject, old: KubernetesObject): FieldError[] {
  const [spec, before] = [specOf(object), specOf(old)];
  const errors: FieldError[] = [];
  const annotation = object.metadata.annotations?.[CLASS_ANNOTATION];
  const oldAnnotation = old.metadata.annotations?.[CLASS_ANNOTATION];
  const isMoved =
    oldAnnotation !== undefined &&
    annotation === undefined &&
    before.storageClassName === undefined &&
    spec.storageClassName === oldAnnotation;
  if (!isMoved && (annotation ?? '') !== (oldAnnotation ?? '')) {
    const field = `metadata.annotations.${CLASS_ANNOTATION}`;
    errors.push(invalid(field, annotation ?? '', IMMUTABLE));
  }
  // A claim that had no class may get one.
  const takesClass =
    before.storageClassName === undefined &&
    spec.storageClassName !== undefined &&
    (oldAnnotation === undefined || spec.storageClassName === oldAnnotation);
  const storage = quantityOf(spec.resources?.requests?.storage);
  const oldStorage = quantityOf(before.resources?.requests?.storage);
  const isBound = statusOf(object).phase === 'Bound';
  const compared = (of: ClaimSpecFields): object => {
    const requests = { ...of.resources?.requests };
    if (isBound) delete requests.storage;
    return {
      ...of,
      resources: { ...of.resources, requests },
      volumeName: before.volumeName ? of.volumeName : undefined,
      volumeAttributesClassName: undefined,
      storageClassName: isMoved || takesClass ? undefined : of.storageClassName,
    };
  };
  if (!deepEqual(compared(spec), compared(before))) errors.push(forbidden('spec', SPEC_KEPT));
  if (storage !== undefined && oldStorage !== undefined && storage.nano < oldStorage.nano) {
    const capacity = quantityOf(statusOf(old).capacity?.storage);
    if (storage.nano <= (capacity?.nano ?? 0n)) {
      const detail = 'field can not be less than status.capacity';
      errors.push(forbidden('spec.resources.requests.storage', detail));
    }
  }
  if (spec.volumeMode !== before.volumeMode) {
    errors.push(invalid('volumeMode', spec.volumeMode ?? null, IMMUTABLE));
  }
  return [...errors, ...validateClassKept(spec, before, statusOf(old))];
}

/** Attributes that a volume has got are changed, not taken away. */
function validateClassKept(
  { volumeAttributesClassName: name }: ClaimSpecFields,
  { volumeAttributesClassName: before }: ClaimSpecFields,
  status: ClaimStatus,
): FieldError[] {
  if (name === before || before === undefined) return [];
  if (status.currentVolumeAttributesClassName === undefined) return [];
  const field = 'spec.volumeAttributesClassName';
  if (name === undefined) {
    return [forbidden(field, 'update from non-nil value to nil is forbidden')];
  }
  return name === '' && before !== ''
    ? [forbidden(field, 'update from non-nil value to an empty string is forbidden')]
    : [];
}

function validateStatus(object: KubernetesObject): FieldError[] {
  const { capacity, allocatedResources } = statusOf(object);
  const amounts = { capacity, allocatedResources };
  return [
    ...((specOf(object).accessModes ?? []).length === 0 ? [required('Spec.accessModes')] : []),
    ...Object.entries(amounts).flatMap(([list, values]) =>
      Object.entries(values ?? {}).flatMap(([name, text]) => {
        const amount = quantityOf(text);
        if (amount === undefined || amount.nano >= 0n) return [];
        const detail = 'must be a valid resource quantity';
        return [invalid(`status.${list}[${name}]`, amount.toValue().toString(), detail)];
      }),
    ),
  ];
}
