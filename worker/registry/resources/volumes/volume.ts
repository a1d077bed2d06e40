import type { PersistentVolumeSpec, PersistentVolumeStatus } from 'kubernetes-types/core/v1.js';
import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { formatTime } from '../../../../apimachinery/meta.ts';
import { nameIsDNSSubdomain } from '../../../../apimachinery/names.ts';
import { IMMUTABLE } from '../../../../apimachinery/object-meta-validation.ts';
import { deepEqual } from '../../rest/deep-equal.ts';
import type { Strategy } from '../../strategy.ts';
import { validateNodeSelector } from '../pod/validate-affinity.ts';
import { newNodeLabelOf } from '../pod/placement-warnings.ts';
import { quantityOf } from '../resource-names.ts';
import { keepAllButStatus, keepStatus } from '../status-subresource.ts';
import { validateNotNegative } from './claim-status.ts';
import { validateAccessModes, validateClassName, VOLUME_MODES } from './claim-spec.ts';
import { addProtection, VOLUME_FINALIZER } from './protection.ts';
import { setSourceDefaults } from './source-defaults.ts';
import { sourcesOf, validateVolumeSource } from './volume-sources.ts';
import { volumeWarnings } from './volume-warnings.ts';

type VolumeSpec = PersistentVolumeSpec & { volumeAttributesClassName?: string };
type VolumeStatus = PersistentVolumeStatus & { lastPhaseTransitionTime?: string };

const specOf = (object: KubernetesObject): VolumeSpec => object.spec ?? {};
const statusOf = (object: KubernetesObject): VolumeStatus => object.status ?? {};

export const volumeStrategy: Strategy = {
  setDefaults(object) {
    object.spec ??= {};
    const spec = specOf(object);
    object.status ??= {};
    statusOf(object).phase ||= 'Pending';
    spec.persistentVolumeReclaimPolicy ||= 'Retain';
    spec.volumeMode ||= 'Filesystem';
    setSourceDefaults(spec);
  },
  prepareForCreate(object, { now }) {
    addProtection(object, VOLUME_FINALIZER);
    object.status = { phase: 'Pending', lastPhaseTransitionTime: formatTime(now) };
  },
  validate: validateVolume,
  prepareForUpdate: keepStatus,
  validateUpdate: (object, old) => [...validateVolume(object), ...validateKept(object, old)],
  warnings: volumeWarnings,
  validateName: nameIsDNSSubdomain,
  subresources: {
    status: {
      prepareForUpdate(object, old, { now }) {
        keepAllButStatus(object, old);
        const status = statusOf(object);
        const { phase, lastPhaseTransitionTime: before } = statusOf(old);
        const { lastPhaseTransitionTime: sent } = status;
        if (status.phase === phase) {
          if (before !== undefined) status.lastPhaseTransitionTime ??= before;
        } else if (sent === undefined || sent === before) {
          status.lastPhaseTransitionTime = formatTime(now);
        }
      },
    },
  },
  allowUnconditionalUpdate: true,
};

const RECLAIM_POLICIES = ['Delete', 'Recycle', 'Retain'];

function validateVolume(object: KubernetesObject): FieldError[] {
  const spec = specOf(object);
  const errors = [
    ...((spec.accessModes ?? []).length === 0 ? [required('spec.accessModes')] : []),
    ...validateAccessModes(spec.accessModes ?? [], 'spec.accessModes'),
    ...validateCapacity(spec.capacity),
  ];
  const policy = spec.persistentVolumeReclaimPolicy ?? '';
  if (policy !== '' && !RECLAIM_POLICIES.includes(policy)) {
    errors.push(notSupported('spec.persistentVolumeReclaimPolicy', policy, RECLAIM_POLICIES));
  }
  errors.push(...validateNodeAffinity(spec), ...validateVolumeSource(spec, object.metadata.name));
  if (isRoot(spec.hostPath?.path) && policy === 'Recycle') {
    const detail = "may not be 'recycle' for a hostPath mount of '/'";
    errors.push(forbidden('spec.persistentVolumeReclaimPolicy', detail));
  }
  errors.push(...validateClassName(spec.storageClassName, 'spec.storageClassName'));
  const { volumeMode } = spec;
  if (volumeMode !== undefined && !VOLUME_MODES.includes(volumeMode)) {
    errors.push(notSupported('spec.volumeMode', volumeMode, VOLUME_MODES));
  }
  return [...errors, ...validateAttributesClass(spec)];
}

/** Whether it is another way to write `/`. */
const isRoot = (path: string | undefined): boolean =>
  path?.startsWith('/') === true && path.split('/').every((part) => part === '' || part === '.');

function validateCapacity(capacity: Readonly<Record<string, unknown>> | undefined): FieldError[] {
  const names = Object.keys(capacity ?? {});
  const errors: FieldError[] = [];
  if (names.length === 0) errors.push(required('spec.capacity'));
  if (names.length !== 1 || names[0] !== 'storage') {
    const sorted = Object.fromEntries(names.sort().map((name) => [name, capacity?.[name]]));
    errors.push(notSupported('spec.capacity', capacity === undefined ? null : sorted, ['storage']));
  }
  for (const name of names) {
    const field = `spec.capacity[${name}]`;
    const amount = quantityOf(capacity?.[name]);
    errors.push(...validateNotNegative(capacity?.[name], field));
    if (amount !== undefined && amount.nano <= 0n) {
      errors.push(invalid(field, amount.toString(), 'must be greater than zero'));
    }
  }
  return errors;
}

function validateNodeAffinity(spec: VolumeSpec): FieldError[] {
  const { nodeAffinity } = spec;
  const path = 'spec.nodeAffinity';
  if (nodeAffinity === undefined) return [];
  return nodeAffinity.required === undefined
    ? [required(`${path}.required`, 'must specify required node constraints')]
    : validateNodeSelector(nodeAffinity.required, `${path}.required`);
}

function validateAttributesClass(spec: VolumeSpec): FieldError[] {
  const { volumeAttributesClassName: name } = spec;
  const field = 'spec.volumeAttributesClassName';
  if (name === undefined) return [];
  if (name === '') return [required(field, 'an empty string is disallowed')];
  const errors = validateClassName(name, field);
  if (spec.csi !== undefined) return errors;
  const detail = 'has to be specified when using volumeAttributesClassName';
  return [...errors, required('spec.csi', detail)];
}

function validateKept(object: KubernetesObject, old: KubernetesObject): FieldError[] {
  const [spec, before] = [specOf(object), specOf(old)];
  const errors: FieldError[] = [];
  if (!deepEqual(sourcesOf(withoutNewExpandSecret(spec, before)), sourcesOf(before))) {
    const detail = 'spec.persistentvolumesource is immutable after creation\n';
    errors.push(forbidden('spec.persistentvolumesource', detail));
  }
  if (spec.volumeMode !== before.volumeMode) {
    errors.push(invalid('volumeMode', spec.volumeMode ?? null, IMMUTABLE));
  }
  if (
    before.nodeAffinity !== undefined &&
    !isSameButLabels(spec.nodeAffinity, before.nodeAffinity)
  ) {
    const detail = 'field is immutable, except for updating from beta label to GA';
    errors.push(invalid('nodeAffinity', spec.nodeAffinity ?? null, detail));
  }
  if (
    before.volumeAttributesClassName !== undefined &&
    spec.volumeAttributesClassName === undefined
  ) {
    const detail = 'update from non-nil value to nil is forbidden';
    errors.push(forbidden('spec.volumeAttributesClassName', detail));
  }
  return errors;
}

/** The secret that a volume grows with may be named later, once. */
function withoutNewExpandSecret(spec: VolumeSpec, old: VolumeSpec): VolumeSpec {
  if (spec.csi === undefined || old.csi === undefined) return spec;
  if (old.csi.controllerExpandSecretRef !== undefined) return spec;
  const { controllerExpandSecretRef: _, ...csi } = spec.csi;
  return { ...spec, csi };
}

/** Whether they ask for the same nodes, though labels may have their newer names in the first. */
function isSameButLabels(affinity: VolumeAffinity, old: VolumeAffinity): boolean {
  const terms = affinity?.required?.nodeSelectorTerms ?? [];
  const before = old?.required?.nodeSelectorTerms ?? [];
  const renamed = before.map((term, i) => ({
    ...term,
    matchExpressions: term.matchExpressions?.map((expression, j) => {
      const now = terms[i]?.matchExpressions?.[j]?.key;
      const isNewName = now !== undefined && newNodeLabelOf(expression.key) === now;
      return isNewName ? { ...expression, key: now } : expression;
    }),
  }));
  const required = old?.required && { ...old.required, nodeSelectorTerms: renamed };
  return deepEqual(affinity, { ...old, required });
}

type VolumeAffinity = VolumeSpec['nodeAffinity'];
