import type {
  PersistentVolumeClaimSpec,
  PersistentVolumeClaimStatus,
} from 'kubernetes-types/core/v1.js';
import { type FieldError, forbidden, invalid } from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { nameIsDNSSubdomain } from '../../../../apimachinery/names.ts';
import { IMMUTABLE } from '../../../../apimachinery/object-meta-validation.ts';
import { deepEqual } from '../../rest/deep-equal.ts';
import type { Strategy } from '../../strategy.ts';
import { setClaimDefaults } from '../claim-defaults.ts';
import { quantityOf } from '../resource-names.ts';
import { keepStatus, newStatusSubresource } from '../status-subresource.ts';
import { type ClaimSpecFields, validateClaimSpec } from './claim-spec.ts';
import { validateClaimStatus } from './claim-status.ts';
import { claimSpecWarnings } from './claim-warnings.ts';
import { CLASS_ANNOTATION, classAnnotationWarnings } from './class-annotation.ts';
import { dropForeignSource, normalizeDataSources } from './data-sources.ts';
import { addProtection, CLAIM_FINALIZER } from './protection.ts';

type ClaimStatus = PersistentVolumeClaimStatus & { currentVolumeAttributesClassName?: string };

const specOf = (object: KubernetesObject): ClaimSpecFields => object.spec ?? {};
const statusOf = (object: KubernetesObject): ClaimStatus => object.status ?? {};

export const claimStrategy: Strategy = {
  setDefaults: (object) => setClaimDefaults(object as { spec?: PersistentVolumeClaimSpec }),
  prepareForCreate(object) {
    addProtection(object, CLAIM_FINALIZER);
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
    // Where there was a group, groups are not looked at again.
    ...validateClaimSpec(specOf(object), 'spec', hasGroup(specOf(old))),
    ...validateUpdate(object, old),
  ],
  warnings: (object) => [
    ...classAnnotationWarnings(object),
    ...claimSpecWarnings(specOf(object), 'spec'),
  ],
  validateName: nameIsDNSSubdomain,
  subresources: { status: newStatusSubresource(validateClaimStatus) },
  allowUnconditionalUpdate: true,
};

const hasGroup = (spec: ClaimSpecFields): boolean =>
  [spec.dataSource, spec.dataSourceRef].some((source) => source?.apiGroup !== undefined);

const SPEC_KEPT =
  'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n';

function validateUpdate(object: KubernetesObject, old: KubernetesObject): FieldError[] {
  const [spec, before] = [specOf(object), specOf(old)];
  const errors: FieldError[] = [];
  const annotation = object.metadata.annotations?.[CLASS_ANNOTATION];
  const oldAnnotation = old.metadata.annotations?.[CLASS_ANNOTATION];
  const isMoved =
    oldAnnotation !== undefined &&
    (annotation === undefined || annotation === oldAnnotation) &&
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
  const storage = bytesOf(spec.resources?.requests?.storage);
  const isBound = statusOf(object).phase === 'Bound';
  const compared = (of: ClaimSpecFields): object => {
    const requests = { ...of.resources?.requests };
    if (isBound) delete requests.storage;
    return {
      ...of,
      resources: { ...of.resources, requests },
      volumeName: before.volumeName ? of.volumeName : undefined,
      volumeAttributesClassName: isBound ? undefined : of.volumeAttributesClassName,
      storageClassName: isMoved || takesClass ? undefined : of.storageClassName,
    };
  };
  if (!deepEqual(compared(spec), compared(before))) errors.push(forbidden('spec', SPEC_KEPT));
  const isLess = storage < bytesOf(before.resources?.requests?.storage);
  if (isLess && storage <= bytesOf(statusOf(old).capacity?.storage)) {
    const detail = 'field can not be less than status.capacity';
    errors.push(forbidden('spec.resources.requests.storage', detail));
  }
  if (spec.volumeMode !== before.volumeMode) {
    errors.push(invalid('volumeMode', spec.volumeMode ?? null, IMMUTABLE));
  }
  return [...errors, ...validateClassKept(spec, before, statusOf(old))];
}

/** In billionths; 0 for no amount. */
const bytesOf = (amount: unknown): bigint => quantityOf(amount)?.nano ?? 0n;

/** Attributes that a volume has got are changed, not taken away. */
function validateClassKept(
  { volumeAttributesClassName: name }: ClaimSpecFields,
  { volumeAttributesClassName: before }: ClaimSpecFields,
  status: ClaimStatus,
): FieldError[] {
  if (name === before || status.currentVolumeAttributesClassName === undefined) return [];
  if (name !== undefined && name !== '') return [];
  const to = name === undefined ? 'nil' : 'empty string';
  const detail = `update to ${to} is forbidden when status.currentVolumeAttributesClassName is not nil`;
  return [forbidden('spec.volumeAttributesClassName', detail)];
}
