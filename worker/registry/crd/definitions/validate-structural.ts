import { RE2JS, RE2JSException } from 're2js';
import {
  type FieldError,
  forbidden,
  invalid,
  required,
} from '../../../../apimachinery/field-error.ts';
import { deepEqual } from '../../rest/deep-equal.ts';
import {
  additionalOf,
  isEmbeddedResource,
  isIntOrString,
  itemsOf,
  type JSONSchema,
  preservesUnknownFields,
  propertyOf,
  rulesOf,
} from '../schema/json-schema.ts';
import { childPath, keyPath } from '../schema/paths.ts';

type Level = 'root' | 'item' | 'field';

const INT_OR_STRING = [{ type: 'integer' }, { type: 'string' }];
const UNTYPED: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
};

/**
 * Checks that a schema is structural: every field has one type, and says of unknown fields what
 * becomes of them; alternatives only restrict (apiextensions-apiserver schema/validation.go).
 */
export function validateStructural(schema: JSONSchema, path: string): FieldError[] {
  const errors = [
    ...validateInvariants(schema, 'root', path),
    ...validateCompleteness(schema, schema, path, path),
  ];
  const text = ({ field, message }: FieldError) => `${field}: ${message}`;
  return errors.sort((a, b) => (text(a) < text(b) ? -1 : 1));
}

function validateInvariants(schema: JSONSchema, level: Level, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { type = '' } = schema;
  const at = (field: string): string => childPath(path, field);
  const items = itemsOf(schema);
  if (type === 'array' && items === undefined)
    errors.push(required(at('items'), 'must be specified'));
  if (items !== undefined) errors.push(...validateInvariants(items, 'item', at('items')));
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    errors.push(...validateInvariants(property, 'field', keyPath(at('properties'), name)));
  }
  if (schema.additionalProperties !== undefined && level === 'root') {
    errors.push(forbidden(at('additionalProperties'), 'must not be used at the root'));
  }
  const additional = additionalOf(schema);
  if (additional !== undefined) {
    errors.push(...validateInvariants(additional, 'field', at('additionalProperties')));
  }
  errors.push(
    ...validateExtensions(schema, at),
    ...validateAlternatives(schema, at, {
      skipAnyOf: deepEqual(schema.anyOf, INT_OR_STRING),
      skipFirstAllOf: deepEqual(schema.allOf?.[0]?.anyOf, INT_OR_STRING),
    }),
    ...validateType(schema, level, at),
    ...validateResource(schema, level, path),
  );
  return errors;
}

type At = (field: string) => string;

function validateExtensions(schema: JSONSchema, at: At): FieldError[] {
  const errors: FieldError[] = [];
  const tell = (field: string): void => {
    errors.push(invalid(at(field), true, 'must be false if x-kubernetes-int-or-string is true'));
  };
  if (!isIntOrString(schema)) return errors;
  if (preservesUnknownFields(schema)) tell('x-kubernetes-preserve-unknown-fields');
  if (isEmbeddedResource(schema)) tell('x-kubernetes-embedded-resource');
  return errors;
}

function validateType(schema: JSONSchema, level: Level, at: At): FieldError[] {
  const errors: FieldError[] = [];
  const { type = '' } = schema;
  if (isEmbeddedResource(schema) && type !== 'object') {
    const detail = 'must be object if x-kubernetes-embedded-resource is true';
    errors.push(type === '' ? required(at('type'), detail) : invalid(at('type'), type, detail));
  } else if (type === '' && !isIntOrString(schema) && !preservesUnknownFields(schema)) {
    errors.push(required(at('type'), UNTYPED[level]));
  }
  if (isEmbeddedResource(schema) && schema.additionalProperties !== undefined) {
    const detail = 'must not be used if x-kubernetes-embedded-resource is set';
    errors.push(forbidden(at('additionalProperties'), detail));
  }
  if (level === 'root' && type !== '' && type !== 'object') {
    errors.push(invalid(at('type'), type, 'must be object at the root'));
  }
  return errors;
}

function validateResource(schema: JSONSchema, level: Level, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const isResource = level === 'root' || isEmbeddedResource(schema);
  const properties = childPath(path, 'properties');
  if (isResource) {
    for (const name of ['kind', 'apiVersion']) {
      const property = propertyOf(schema, name);
      if (property === undefined || property.type === 'string') continue;
      const field = childPath(keyPath(properties, name), 'type');
      errors.push(invalid(field, property.type ?? '', 'must be string'));
    }
  }
  const metadata = propertyOf(schema, 'metadata');
  if (metadata !== undefined) {
    const field = keyPath(properties, 'metadata');
    if (isResource && metadata.type !== 'object') {
      errors.push(invalid(childPath(field, 'type'), metadata.type ?? '', 'must be object'));
    }
    if (level === 'root' && saysMoreThanNames(metadata)) {
      const detail =
        'must not specify anything other than name and generateName, but metadata is implicitly specified';
      errors.push(forbidden(field, detail));
    }
  }
  const isOpen = preservesUnknownFields(schema) || Object.keys(schema.properties ?? {}).length > 0;
  if (isEmbeddedResource(schema) && !isOpen) {
    const detail =
      'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields';
    errors.push(required(properties, detail));
  }
  return errors;
}

/** Defaults are refused elsewhere. */
const METADATA_KEYWORDS: ReadonlySet<string> = new Set(['type', 'properties', 'default']);

/** Metadata is what it is everywhere; only its names may be restricted. */
function saysMoreThanNames(metadata: JSONSchema): boolean {
  const { properties } = metadata;
  const names = properties === undefined ? ['name'] : Object.keys(properties);
  const isOnlyNames =
    names.length > 0 && names.every((name) => name === 'name' || name === 'generateName');
  const isMore = (keyword: string): boolean => !METADATA_KEYWORDS.has(keyword);
  return !isOnlyNames || Object.keys(metadata).some(isMore);
}

/** Alternatives at a schema, which may only restrict; and its pattern. */
function validateAlternatives(
  schema: JSONSchema,
  at: At,
  { skipAnyOf = false, skipFirstAllOf = false } = {},
): FieldError[] {
  const errors: FieldError[] = [];
  const check = (nested: JSONSchema, field: string, skipNestedAnyOf = false): void => {
    errors.push(...validateNested(nested, field, skipNestedAnyOf));
  };
  if (!skipAnyOf) schema.anyOf?.forEach((nested, i) => check(nested, keyPath(at('anyOf'), i)));
  schema.allOf?.forEach((nested, i) =>
    check(nested, keyPath(at('allOf'), i), skipFirstAllOf && i === 0),
  );
  schema.oneOf?.forEach((nested, i) => check(nested, keyPath(at('oneOf'), i)));
  if (schema.not !== undefined) check(schema.not, at('not'));
  if (schema.pattern) {
    const fault = patternFault(schema.pattern);
    if (fault !== undefined) {
      const detail = `must be a valid regular expression, but isn't: ${fault}`;
      errors.push(invalid(at('pattern'), schema.pattern, detail));
    }
  }
  return errors;
}

function patternFault(pattern: string): string | undefined {
  try {
    RE2JS.compile(pattern);
    return undefined;
  } catch (error) {
    if (error instanceof RE2JSException) return error.message;
    throw error;
  }
}

/** What alternatives may not say, and how that is put. */
const FORBIDDEN: readonly (readonly [keyof JSONSchema, string])[] = [
  ['type', 'must be empty to be structural'],
  ['additionalProperties', 'must be undefined to be structural'],
  ['default', 'must be undefined to be structural'],
  ['title', 'must be empty to be structural'],
  ['description', 'must be empty to be structural'],
  ['nullable', 'must be false to be structural'],
  ['x-kubernetes-preserve-unknown-fields', 'must be false to be structural'],
  ['x-kubernetes-embedded-resource', 'must be false to be structural'],
  ['x-kubernetes-int-or-string', 'must be false to be structural'],
  ['x-kubernetes-list-map-keys', 'must be empty to be structural'],
  ['x-kubernetes-list-type', 'must be undefined to be structural'],
  ['x-kubernetes-map-type', 'must be undefined to be structural'],
];

function validateNested(schema: JSONSchema, path: string, skipAnyOf: boolean): FieldError[] {
  const at: At = (field) => childPath(path, field);
  const errors = validateAlternatives(schema, at, { skipAnyOf });
  const items = itemsOf(schema);
  if (items !== undefined) errors.push(...validateNested(items, at('items'), false));
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    errors.push(...validateNested(property, keyPath(at('properties'), name), false));
  }
  for (const [field, detail] of FORBIDDEN) {
    const value = schema[field];
    const isAbsent = value === undefined || value === false || value === '';
    const isEmpty = Array.isArray(value) && value.length === 0;
    if (field === 'additionalProperties' ? value !== undefined : !isAbsent && !isEmpty) {
      errors.push(forbidden(at(field), detail));
    }
  }
  if (rulesOf(schema).length > 0) {
    errors.push(forbidden(at('x-kubernetes-validations'), 'must be empty to be structural'));
  }
  if (propertyOf(schema, 'metadata') !== undefined) {
    const field = keyPath(at('properties'), 'metadata');
    errors.push(forbidden(field, 'must not be specified in a nested context'));
  }
  return errors;
}

/** Everything that alternatives restrict must be declared outside of them. */
function validateCompleteness(
  value: JSONSchema,
  schema: JSONSchema,
  path: string,
  valuePath: string,
): FieldError[] {
  const nested: (readonly [JSONSchema, string])[] = [
    ...(value.not === undefined ? [] : [[value.not, childPath(valuePath, 'not')] as const]),
    ...(['allOf', 'anyOf', 'oneOf'] as const).flatMap((field) =>
      (value[field] ?? []).map(
        (part, i) => [part, keyPath(childPath(valuePath, field), i)] as const,
      ),
    ),
  ];
  return nested.flatMap(([part, at]) => validateNestedCompleteness(part, schema, path, at));
}

function validateNestedCompleteness(
  value: JSONSchema,
  schema: JSONSchema | undefined,
  path: string,
  valuePath: string,
): FieldError[] {
  if (schema === undefined) return [required(path, `because it is defined in ${valuePath}`)];
  const errors = validateCompleteness(value, schema, path, valuePath);
  const items = itemsOf(value);
  if (items !== undefined) {
    const [at, valueAt] = [childPath(path, 'items'), childPath(valuePath, 'items')];
    errors.push(...validateNestedCompleteness(items, itemsOf(schema), at, valueAt));
  }
  for (const [name, property] of Object.entries(value.properties ?? {})) {
    const at = keyPath(childPath(path, 'properties'), name);
    const valueAt = keyPath(childPath(valuePath, 'properties'), name);
    const declared = propertyOf(schema, name);
    errors.push(...validateNestedCompleteness(property, declared, at, valueAt));
  }
  return errors;
}
