import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from '../../../../apimachinery/field-error.ts';
import { isSchemaList, itemsOf, type JSONSchema, propertyOf } from '../schema/json-schema.ts';
import { childPath, keyPath } from '../schema/paths.ts';

export interface ListTypeRules {
  readonly requireAtomicSets: boolean;
  readonly requireMapKeys: boolean;
}

type At = (field: string) => string;

/** Checks x-kubernetes-map-type, -list-type and -list-map-keys. */
export function validateListType(
  schema: JSONSchema,
  path: string,
  rules: ListTypeRules,
): FieldError[] {
  const at: At = (field) => childPath(path, field);
  const listType = schema['x-kubernetes-list-type'];
  const errors = [
    ...validateMapType(schema, at),
    ...(listType === undefined ? [] : validateKnownListType(schema, listType, at, rules)),
  ];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  if (keys.length > 0 && listType !== 'map') {
    const detail = 'must be map if x-kubernetes-list-map-keys is non-empty';
    const field = at('x-kubernetes-list-type');
    errors.push(
      listType === undefined ? required(field, detail) : invalid(field, listType, detail),
    );
  }
  if (listType === 'map') errors.push(...validateListMap(schema, keys, at));
  return rules.requireMapKeys ? [...errors, ...validateMapKeys(schema, path)] : errors;
}

function validateMapType(schema: JSONSchema, at: At): FieldError[] {
  const mapType = schema['x-kubernetes-map-type'];
  if (mapType === undefined) return [];
  const { type = '' } = schema;
  const errors: FieldError[] = [];
  if (type !== 'object') {
    const detail = 'must be object if x-kubernetes-map-type is specified';
    errors.push(type === '' ? required(at('type'), detail) : invalid(at('type'), type, detail));
  }
  if (mapType !== 'atomic' && mapType !== 'granular') {
    errors.push(notSupported(at('x-kubernetes-map-type'), mapType, ['atomic', 'granular']));
  }
  return errors;
}

function validateKnownListType(
  schema: JSONSchema,
  listType: string,
  at: At,
  rules: ListTypeRules,
): FieldError[] {
  const { type = '' } = schema;
  const errors: FieldError[] = [];
  if (type !== 'array') {
    const detail = 'must be array if x-kubernetes-list-type is specified';
    errors.push(type === '' ? required(at('type'), detail) : invalid(at('type'), type, detail));
  } else if (rules.requireAtomicSets && isSetOfParts(schema)) {
    const items = itemsOf(schema);
    const which = items?.type === 'array' ? 'x-kubernetes-list-type' : 'x-kubernetes-map-type';
    const detail = 'must be atomic as item of a list with x-kubernetes-list-type=set';
    // Upstream shows the list type in both cases.
    const shown = items?.['x-kubernetes-list-type'];
    errors.push(invalid(childPath(at('items'), which), shown, detail));
  }
  if (!['atomic', 'set', 'map'].includes(listType)) {
    errors.push(notSupported(at('x-kubernetes-list-type'), listType, ['atomic', 'set', 'map']));
  }
  return errors;
}

/** Whether a set has items that could change in part. */
export function isSetOfParts(schema: JSONSchema): boolean {
  if (schema['x-kubernetes-list-type'] !== 'set') return false;
  const items = itemsOf(schema);
  switch (items?.type) {
    case 'array':
      return (items['x-kubernetes-list-type'] ?? 'atomic') !== 'atomic';
    case 'object':
      return items['x-kubernetes-map-type'] !== 'atomic';
    default:
      return false;
  }
}

function validateListMap(schema: JSONSchema, keys: readonly string[], at: At): FieldError[] {
  const errors: FieldError[] = [];
  const field = at('x-kubernetes-list-map-keys');
  if (keys.length === 0) {
    errors.push(required(field, 'must not be empty if x-kubernetes-list-type is map'));
  }
  if (schema.items === undefined) {
    const detail = 'must have a schema if x-kubernetes-list-type is map';
    return [...errors, required(at('items'), detail)];
  }
  if (isSchemaList(schema.items)) {
    const detail = 'must only have a single schema if x-kubernetes-list-type is map';
    return [...errors, invalid(at('items'), schema.items, detail)];
  }
  const { items } = schema;
  if (items.type !== 'object') {
    const detail = "must be object if parent array's x-kubernetes-list-type is map";
    return [...errors, invalid(childPath(at('items'), 'type'), items.type ?? '', detail)];
  }
  for (const [i, key] of keys.entries()) {
    const property = propertyOf(items, key);
    if (property === undefined) {
      errors.push(invalid(field, keys, 'entries must all be names of item properties'));
    } else if (property.type === 'array' || property.type === 'object') {
      const detail = "must be a scalar type if parent array's x-kubernetes-list-type is map";
      const type = childPath(keyPath(childPath(at('items'), 'properties'), key), 'type');
      errors.push(invalid(type, items.type, detail));
    }
    if (keys.indexOf(key) < i) {
      errors.push(invalid(field, keys, 'must not contain duplicate entries'));
    }
  }
  return errors;
}

/** Items of sets and list maps are never null, and the keys of maps are always there. */
export function validateMapKeys(schema: JSONSchema, path: string): FieldError[] {
  const listType = schema['x-kubernetes-list-type'];
  const items = itemsOf(schema);
  if (items === undefined || (listType !== 'set' && listType !== 'map')) return [];
  const at = childPath(path, 'items');
  const errors: FieldError[] = [];
  if (items.nullable === true) {
    const detail = `cannot be nullable when x-kubernetes-list-type is ${listType}`;
    errors.push(forbidden(childPath(at, 'nullable'), detail));
  }
  if (listType === 'set') return errors;
  for (const key of schema['x-kubernetes-list-map-keys'] ?? []) {
    const property = propertyOf(items, key);
    if (property === undefined) continue;
    const field = keyPath(childPath(at, 'properties'), key);
    const what = 'this property is in x-kubernetes-list-map-keys, so it';
    if (items.required?.includes(key) !== true && property.default === undefined) {
      const detail = `${what} must have a default or be a required property`;
      errors.push(required(childPath(field, 'default'), detail));
    }
    if (property.nullable === true) {
      errors.push(forbidden(childPath(field, 'nullable'), `${what} cannot be nullable`));
    }
  }
  return errors;
}
