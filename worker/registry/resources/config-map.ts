import { type FieldError, forbidden, invalid, tooLong } from '../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import {
  byteLength,
  nameIsDNSSubdomain,
  validateConfigMapKey,
} from '../../../apimachinery/names.ts';
import { deepEqual } from '../rest/deep-equal.ts';
import type { Strategy } from '../strategy.ts';

/** All values of one ConfigMap or Secret together. Bytes. */
export const MAX_DATA_BYTES = 1024 * 1024;

interface ConfigMapFields {
  data?: Record<string, string>;
  binaryData?: Record<string, string>;
  immutable?: boolean;
}

const fieldsOf = (object: KubernetesObject): ConfigMapFields => object as ConfigMapFields;

export const configMapStrategy: Strategy = {
  validate: validateConfigMap,
  validateUpdate: (object, old) => [
    ...validateImmutable(object, old, ['data', 'binaryData']),
    ...validateConfigMap(object),
  ],
  validateName: nameIsDNSSubdomain,
  allowUnconditionalUpdate: true,
};

/** Length of what a base64 text stands for; bytes that are null are none. */
export function decodedLength(base64: string | null): number {
  if (base64 === null) return 0;
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
  return Math.max(0, (base64.length / 4) * 3 - padding);
}

function validateConfigMap(object: KubernetesObject): FieldError[] {
  const { data = {}, binaryData = {} } = fieldsOf(object);
  const errors: FieldError[] = [];
  let bytes = 0;
  for (const [key, value] of Object.entries(data)) {
    errors.push(...validateConfigMapKey(key).map((m) => invalid(`data[${key}]`, key, m)));
    if (Object.hasOwn(binaryData, key)) {
      errors.push(invalid(`data[${key}]`, key, 'duplicate of key present in binaryData'));
    }
    bytes += byteLength(value);
  }
  for (const [key, value] of Object.entries(binaryData)) {
    errors.push(...validateConfigMapKey(key).map((m) => invalid(`binaryData[${key}]`, key, m)));
    bytes += decodedLength(value);
  }
  if (bytes > MAX_DATA_BYTES) errors.push(tooLong('', MAX_DATA_BYTES));
  return errors;
}

/** An object marked immutable keeps its data, and its mark, for life. */
export function validateImmutable(
  object: KubernetesObject,
  old: KubernetesObject,
  fields: readonly string[],
): FieldError[] {
  if (old.immutable !== true) return [];
  const detail = 'field is immutable when `immutable` is set';
  const errors = object.immutable === true ? [] : [forbidden('immutable', detail)];
  for (const field of fields) {
    if (!deepEqual(object[field] ?? {}, old[field] ?? {})) errors.push(forbidden(field, detail));
  }
  return errors;
}
