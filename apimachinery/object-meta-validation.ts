import { type FieldError, forbidden, invalid, required, tooLong } from './field-error.ts';
import { validateLabels } from './label-selector.ts';
import { type ManagedFieldsEntry, type ObjectMeta, parseAPIVersion } from './meta.ts';
import { byteLength, nameIsDNSLabel, type NameRule, validateQualifiedName } from './names.ts';

/** All annotations of an object together, keys and values. Bytes. */
const MAX_ANNOTATIONS_BYTES = 256 * 1024;
const MAX_FIELD_MANAGER_BYTES = 128;
/** What Go's `unicode.IsPrint` accepts. */
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;
export const IMMUTABLE = 'field is immutable';

export interface ObjectMetaRules {
  readonly namespaced: boolean;
  readonly validateName: NameRule;
  /** Where the metadata is in the object, usually `metadata`. */
  readonly path: string;
}

/** Validates metadata by itself, as on create. */
export function validateObjectMeta(meta: ObjectMeta, rules: ObjectMetaRules): FieldError[] {
  const { namespaced, validateName, path: field } = rules;
  const errors: FieldError[] = [];
  if (meta.generateName) {
    const value = meta.generateName;
    errors.push(
      ...validateName(value, true).map((m) => invalid(`${field}.generateName`, value, m)),
    );
  }
  if (!meta.name) {
    errors.push(required(`${field}.name`, 'name or generateName is required'));
  } else {
    const value = meta.name;
    errors.push(...validateName(value, false).map((m) => invalid(`${field}.name`, value, m)));
  }
  errors.push(...validateNamespace(meta.namespace ?? '', namespaced, `${field}.namespace`));
  errors.push(...validateCommon(meta, field));
  return errors;
}

/** Validates a change of metadata: what never changes, and what only grows. */
export function validateObjectMetaUpdate(
  meta: ObjectMeta,
  old: ObjectMeta,
  field = 'metadata',
): FieldError[] {
  const errors: FieldError[] = [];
  errors.push(...validateFinalizersWhileDeleting(meta, old, `${field}.finalizers`));
  if ((meta.generation ?? 0) < (old.generation ?? 0)) {
    errors.push(invalid(`${field}.generation`, meta.generation ?? 0, 'must not be decremented'));
  }
  if (!meta.resourceVersion) {
    errors.push(invalid(`${field}.resourceVersion`, '', 'must be specified for an update'));
  }
  errors.push(...immutable(meta.name ?? '', old.name ?? '', `${field}.name`));
  errors.push(...immutable(meta.namespace ?? '', old.namespace ?? '', `${field}.namespace`));
  errors.push(...immutable(meta.uid ?? '', old.uid ?? '', `${field}.uid`));
  for (const key of [
    'creationTimestamp',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
  ] as const) {
    errors.push(...immutable(meta[key] ?? null, old[key] ?? null, `${field}.${key}`));
  }
  errors.push(...validateLabels(meta.labels, `${field}.labels`));
  errors.push(...validateAnnotations(meta.annotations, `${field}.annotations`));
  errors.push(...validateOwnerReferences(meta, `${field}.ownerReferences`));
  errors.push(...validateManagedFields(meta.managedFields, `${field}.managedFields`));
  return errors;
}

/** An error when a scalar changed. */
export function immutable(value: unknown, old: unknown, field: string): FieldError[] {
  return value === old ? [] : [invalid(field, value, IMMUTABLE)];
}

function validateNamespace(namespace: string, namespaced: boolean, field: string): FieldError[] {
  if (!namespaced) return namespace === '' ? [] : [forbidden(field, 'not allowed on this type')];
  if (namespace === '') return [required(field)];
  return nameIsDNSLabel(namespace, false).map((message) => invalid(field, namespace, message));
}

function validateCommon(meta: ObjectMeta, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if ((meta.generation ?? 0) < 0) {
    const detail = 'must be greater than or equal to 0';
    errors.push(invalid(`${field}.generation`, meta.generation, detail));
  }
  errors.push(...validateLabels(meta.labels, `${field}.labels`));
  errors.push(...validateAnnotations(meta.annotations, `${field}.annotations`));
  errors.push(...validateOwnerReferences(meta, `${field}.ownerReferences`));
  errors.push(...validateFinalizers(meta.finalizers ?? [], `${field}.finalizers`));
  errors.push(...validateManagedFields(meta.managedFields, `${field}.managedFields`));
  return errors;
}

/** Annotation keys may have upper-case prefixes; only the total size bounds the values. */
export function validateAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  field: string,
): FieldError[] {
  const errors: FieldError[] = [];
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    bytes += byteLength(key) + byteLength(value);
    errors.push(...validateQualifiedName(key.toLowerCase()).map((m) => invalid(field, key, m)));
  }
  if (bytes > MAX_ANNOTATIONS_BYTES) errors.push(tooLong(field, MAX_ANNOTATIONS_BYTES));
  return errors;
}

export function validateOwnerReferences(meta: ObjectMeta, field: string): FieldError[] {
  const errors: FieldError[] = [];
  let controller: string | undefined;
  for (const reference of meta.ownerReferences ?? []) {
    const { group, version } = parseAPIVersion(reference.apiVersion ?? '');
    if (version === '' || version.includes('/')) {
      const detail = 'version must not be empty';
      errors.push(invalid(`${field}.apiVersion`, reference.apiVersion ?? '', detail));
    }
    for (const key of ['kind', 'name', 'uid'] as const) {
      if (!reference[key]) errors.push(invalid(`${field}.${key}`, '', 'must not be empty'));
    }
    if (group === '' && version === 'v1' && reference.kind === 'Event') {
      const detail = '/v1, Kind=Event is disallowed from being an owner';
      errors.push(invalid(field, reference, detail));
    }
    if (reference.controller !== true) continue;
    const subject = `${reference.kind}/${reference.name}`;
    if (controller !== undefined) {
      const detail = `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${subject}`;
      errors.push(invalid(field, meta.ownerReferences, detail));
    } else {
      controller = subject;
    }
  }
  return errors;
}

export function validateFinalizers(finalizers: readonly string[], field: string): FieldError[] {
  const errors = finalizers.flatMap((name) =>
    validateQualifiedName(name).map((message) => invalid(field, name, message)),
  );
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    const detail = 'finalizer orphan and foregroundDeletion cannot be both set';
    errors.push(invalid(field, finalizers, detail));
  }
  return errors;
}

/** Once deletion began, finalizers may only be taken away. */
function validateFinalizersWhileDeleting(
  meta: ObjectMeta,
  old: ObjectMeta,
  field: string,
): FieldError[] {
  if (old.deletionTimestamp === undefined) return [];
  const before = new Set(old.finalizers);
  const added = (meta.finalizers ?? []).filter((name) => !before.has(name));
  if (added.length === 0) return [];
  const shown = added.map((name) => JSON.stringify(name)).join(', ');
  return [
    forbidden(
      field,
      `no new finalizers can be added if the object is being deleted, found new finalizers []string{${shown}}`,
    ),
  ];
}

export function validateManagedFields(
  entries: readonly ManagedFieldsEntry[] | undefined,
  field: string,
): FieldError[] {
  return (entries ?? []).flatMap((entry, i) => {
    const path = `${field}[${i}]`;
    const errors: FieldError[] = [];
    if (entry.operation !== 'Apply' && entry.operation !== 'Update') {
      const detail = 'must be `Apply` or `Update`';
      errors.push(invalid(`${path}.operation`, entry.operation ?? '', detail));
    }
    if (
      entry.fieldsType !== undefined &&
      entry.fieldsType !== '' &&
      entry.fieldsType !== 'FieldsV1'
    ) {
      errors.push(invalid(`${path}.fieldsType`, entry.fieldsType, 'must be `FieldsV1`'));
    }
    errors.push(...validateFieldManager(entry.manager ?? '', `${path}.manager`));
    if (byteLength(entry.subresource ?? '') > 256) errors.push(tooLong(`${path}.subresource`, 256));
    return errors;
  });
}

/** The `fieldManager` of a request or of a managedFields entry. */
export function validateFieldManager(manager: string, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (byteLength(manager) > MAX_FIELD_MANAGER_BYTES) {
    errors.push(tooLong(field, MAX_FIELD_MANAGER_BYTES));
  }
  const unprintable = Array.from(manager).find((c) => !PRINTABLE.test(c));
  if (unprintable !== undefined) {
    const code = (unprintable.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    const position = byteLength(manager.slice(0, manager.indexOf(unprintable)));
    const detail = `invalid character U+${code} (at position ${position})`;
    errors.push(invalid(field, manager, detail));
  }
  return errors;
}
