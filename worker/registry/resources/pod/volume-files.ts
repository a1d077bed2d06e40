import type { DownwardAPIVolumeFile, KeyToPath } from 'kubernetes-types/core/v1.js';
import { type FieldError, invalid, required } from '../../../../apimachinery/field-error.ts';
import { validateFieldRef, validateResourceFieldRef, VOLUME_FIELD_PATHS } from './field-refs.ts';
import { validateFilePath } from './validate-local-path.ts';

/** Rules of volumes that are made of files: what they are called, and their permission bits. */

const MODE_MESSAGE = 'must be a number between 0 and 0777 (octal), both inclusive';

export function validateMode(mode: number | undefined, field: string): FieldError[] {
  return mode === undefined || (mode >= 0 && mode <= 0o777)
    ? []
    : [invalid(field, mode, MODE_MESSAGE)];
}

export function validateKeyToPath(item: Partial<KeyToPath>, path: string): FieldError[] {
  return [
    ...(item.key ? [] : [required(`${path}.key`)]),
    ...(item.path ? [] : [required(`${path}.path`)]),
    ...validateFilePath(item.path ?? '', `${path}.path`),
    ...validateMode(item.mode, `${path}.mode`),
  ];
}

/** A file with a field of the pod. Its errors are at the path of the list, as upstream has it. */
export function validateDownwardFile(
  file: Partial<DownwardAPIVolumeFile>,
  path: string,
): FieldError[] {
  const errors = file.path ? [] : [required(`${path}.path`)];
  errors.push(...validateFilePath(file.path ?? '', `${path}.path`));
  const { fieldRef, resourceFieldRef } = file;
  if (fieldRef !== undefined) {
    errors.push(...validateFieldRef(fieldRef, `${path}.fieldRef`, VOLUME_FIELD_PATHS));
    if (resourceFieldRef !== undefined) {
      const detail = 'fieldRef and resourceFieldRef can not be specified simultaneously';
      errors.push(invalid(path, 'resource', detail));
    }
  } else if (resourceFieldRef !== undefined) {
    errors.push(...validateResourceFieldRef(resourceFieldRef, `${path}.resourceFieldRef`, true));
  } else {
    errors.push(required(path, 'one of fieldRef and resourceFieldRef is required'));
  }
  return [...errors, ...validateMode(file.mode, `${path}.mode`)];
}
