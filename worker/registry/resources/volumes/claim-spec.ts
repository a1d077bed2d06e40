import type { PersistentVolumeClaimSpec } from 'kubernetes-types/core/v1.js';
import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from '../../../../apimachinery/field-error.ts';
import { validateLabels, validateLabelSelector } from '../../../../apimachinery/label-selector.ts';
import type { ObjectMeta } from '../../../../apimachinery/meta.ts';
import {
  nameIsDNSLabel,
  nameIsDNSSubdomain,
  validateDNS1123Subdomain,
} from '../../../../apimachinery/names.ts';
import { validateAnnotations } from '../../../../apimachinery/object-meta-validation.ts';
import { deepEqual } from '../../rest/deep-equal.ts';
import { quantityOf } from '../resource-names.ts';

const ACCESS_MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
export const VOLUME_MODES = ['Block', 'Filesystem'];

interface DataSource {
  apiGroup?: string;
  kind?: string;
  name?: string;
  namespace?: string;
}

/** The spec of a claim, with the field that the package of types does not know yet. */
export interface ClaimSpecFields extends Omit<
  PersistentVolumeClaimSpec,
  'dataSource' | 'dataSourceRef'
> {
  volumeAttributesClassName?: string;
  dataSource?: DataSource;
  dataSourceRef?: DataSource;
}

/** Modes that are known, and ReadWriteOncePod, which means that there is no other, alone. */
export function validateAccessModes(modes: readonly string[], field: string): FieldError[] {
  const errors = modes.flatMap((mode) =>
    ACCESS_MODES.includes(mode) ? [] : [notSupported(field, mode, ACCESS_MODES)],
  );
  const known = modes.filter((mode) => ACCESS_MODES.includes(mode));
  const isOnePod = (mode: string): boolean => mode === 'ReadWriteOncePod';
  if (known.some(isOnePod) && !known.every(isOnePod)) {
    errors.push(forbidden(field, 'may not use ReadWriteOncePod with other access modes'));
  }
  return errors;
}

/** The name of a class; empty stands for none. */
export function validateClassName(name: string | undefined, field: string): FieldError[] {
  if (!name) return [];
  return nameIsDNSSubdomain(name, false).map((m) => invalid(field, name, m));
}

/** Validates the spec of a claim (ValidatePersistentVolumeClaimSpec). */
export function validateClaimSpec(
  spec: ClaimSpecFields,
  path: string,
  toleratesGroups = false,
): FieldError[] {
  const modes = spec.accessModes ?? [];
  const errors: FieldError[] = [];
  if (modes.length === 0) {
    errors.push(required(`${path}.accessModes`, 'at least 1 access mode is required'));
  }
  errors.push(
    ...validateLabelSelector(spec.selector, `${path}.selector`),
    ...validateAccessModes(modes, `${path}.accessModes`),
  );
  const storage = quantityOf(spec.resources?.requests?.storage);
  const field = `${path}.resources[storage]`;
  if (storage === undefined) errors.push(required(field));
  else if (storage.nano <= 0n) {
    errors.push(invalid(field, storage.toString(), 'must be greater than zero'));
  }
  errors.push(...validateClassName(spec.storageClassName, `${path}.storageClassName`));
  const { volumeMode } = spec;
  if (volumeMode !== undefined && !VOLUME_MODES.includes(volumeMode)) {
    errors.push(notSupported(`${path}.volumeMode`, volumeMode, VOLUME_MODES));
  }
  return [
    ...errors,
    ...validateDataSources(spec, path, toleratesGroups),
    ...validateClassName(spec.volumeAttributesClassName, `${path}.volumeAttributesClassName`),
  ];
}

function validateDataSources(
  { dataSource, dataSourceRef }: ClaimSpecFields,
  path: string,
  toleratesGroups: boolean,
): FieldError[] {
  const errors: FieldError[] = [];
  if (dataSource !== undefined) {
    errors.push(...validateDataSource(dataSource, `${path}.dataSource`, toleratesGroups));
  }
  if (dataSourceRef === undefined) return errors;
  errors.push(...validateDataSource(dataSourceRef, `${path}.dataSourceRef`, toleratesGroups));
  const { namespace } = dataSourceRef;
  if (namespace) {
    const field = `${path}.dataSourceRef.namespace`;
    errors.push(...nameIsDNSLabel(namespace, false).map((m) => invalid(field, namespace, m)));
  }
  if (dataSource === undefined) return errors;
  // Upstream shows the path of the other field as if it were the value.
  const shown = {};
  if (namespace) {
    const detail = 'may not be specified when dataSourceRef.namespace is specified';
    errors.push(invalid(path, shown, detail));
  } else if (!deepEqual(withoutNamespace(dataSource), withoutNamespace(dataSourceRef))) {
    errors.push(invalid(path, shown, 'must match dataSourceRef'));
  }
  return errors;
}

const withoutNamespace = ({ apiGroup, kind, name }: DataSource): DataSource =>
  ({ apiGroup, kind, name }) as DataSource;

function validateDataSource(
  source: DataSource,
  path: string,
  toleratesGroups: boolean,
): FieldError[] {
  const { name, kind = '', apiGroup = '' } = source;
  const errors: FieldError[] = [];
  if (!name) errors.push(required(`${path}.name`));
  if (kind === '') errors.push(required(`${path}.kind`));
  if (apiGroup === '') {
    if (kind !== 'PersistentVolumeClaim') {
      const detail = "must be 'PersistentVolumeClaim' when referencing the default apiGroup";
      errors.push(invalid(path, kind, detail));
    }
  } else if (!toleratesGroups) {
    const messages = validateDNS1123Subdomain(apiGroup);
    errors.push(...messages.map((m) => invalid(`${path}.apiGroup`, apiGroup, m)));
  }
  return errors;
}

/** Labels and annotations are all of the metadata that a template of claims has. */
const TEMPLATE_METADATA = new Set(['labels', 'annotations']);

export function validateTemplateMetadata(metadata: ObjectMeta, path: string): FieldError[] {
  return [
    ...validateAnnotations(metadata.annotations, `${path}.annotations`),
    ...validateLabels(metadata.labels, `${path}.labels`),
    ...Object.entries(metadata).flatMap(([name, value]) =>
      TEMPLATE_METADATA.has(name) || value === undefined || value === null
        ? []
        : [forbidden(`${path}.${name}`, 'cannot be set')],
    ),
  ];
}

/** A template that the claims of ephemeral volumes are made of. */
export function validateClaimTemplate(
  template: { metadata?: object; spec?: object },
  path: string,
): FieldError[] {
  return [
    ...validateTemplateMetadata(template.metadata ?? {}, `${path}.metadata`),
    ...validateClaimSpec(template.spec ?? {}, `${path}.spec`),
  ];
}
