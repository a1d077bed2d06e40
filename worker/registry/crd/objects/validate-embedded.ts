import { type FieldError, invalid, required } from '../../../../apimachinery/field-error.ts';
import { validateDNS1035Label, validatePathSegmentName } from '../../../../apimachinery/names.ts';
import { validateObjectMeta } from '../../../../apimachinery/object-meta-validation.ts';
import {
  additionalOf,
  isEmbeddedResource,
  itemsOf,
  type JSONSchema,
  propertyOf,
} from '../schema/json-schema.ts';
import { isObject, type JSONObject } from '../schema/json-value.ts';
import { childPath } from '../schema/paths.ts';
import { coerceObjectMeta } from './coerce-metadata.ts';

/** Validates apiVersion, kind and metadata of embedded resources (apiserver/schema/objectmeta). */
export function validateEmbedded(
  value: unknown,
  schema: JSONSchema | undefined,
  path: string,
): FieldError[] {
  if (schema === undefined) return [];
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    return value.flatMap((item, i) => validateEmbedded(item, items, `${path}[${i}]`));
  }
  if (!isObject(value)) return [];
  const errors = isEmbeddedResource(schema) ? validateResource(value, path) : [];
  for (const key of Object.keys(value)) {
    const property = propertyOf(schema, key);
    const at = property === undefined ? `${path}[${key}]` : childPath(path, key);
    errors.push(...validateEmbedded(value[key], property ?? additionalOf(schema), at));
  }
  return errors;
}

function validateResource(object: JSONObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { apiVersion, kind } = object;
  const at = (field: string): string => childPath(path, field);
  if (apiVersion === undefined) errors.push(required(at('apiVersion')));
  if (kind === undefined) errors.push(required(at('kind')));
  if (apiVersion !== undefined) errors.push(...validateAPIVersion(apiVersion, at('apiVersion')));
  if (kind !== undefined) errors.push(...validateKind(kind, at('kind')));
  if (Object.hasOwn(object, 'metadata')) {
    errors.push(...validateMetadata(object['metadata'], at('metadata')));
  }
  return errors;
}

function validateAPIVersion(value: unknown, field: string): FieldError[] {
  if (typeof value !== 'string') return [invalid(field, value, 'must be a string')];
  if (value === '') return [invalid(field, value, 'must not be empty')];
  return value.split('/').length > 2
    ? [invalid(field, value, `unexpected GroupVersion string: ${value}`)]
    : [];
}

function validateKind(value: unknown, field: string): FieldError[] {
  if (typeof value !== 'string') return [invalid(field, value, 'must be a string')];
  if (value === '') return [invalid(field, value, 'must not be empty')];
  const messages = validateDNS1035Label(value.toLowerCase());
  if (messages.length === 0) return [];
  const detail = `may have mixed case, but should otherwise match: ${messages.join(',')}`;
  return [invalid(field, value, detail)];
}

function validateMetadata(value: unknown, field: string): FieldError[] {
  try {
    const { metadata } = coerceObjectMeta(value, field);
    const name = metadata['name'];
    // A name is not asked for here; any that is valid stands for it.
    if (name === undefined || name === '') metadata['name'] = 'fakename';
    const namespaced = metadata['namespace'] !== undefined && metadata['namespace'] !== '';
    return validateObjectMeta(metadata, {
      namespaced,
      validateName: validatePathSegmentName,
      path: field,
    });
  } catch (error) {
    return [invalid(field, value, error instanceof Error ? error.message : String(error))];
  }
}
