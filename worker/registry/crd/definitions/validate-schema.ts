import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
} from '../../../../apimachinery/field-error.ts';
import {
  additionalOf,
  isEmbeddedResource,
  isSchemaList,
  itemsOf,
  type JSONSchema,
  META_FIELDS,
  rulesOf,
} from '../schema/json-schema.ts';
import { childPath, keyPath } from '../schema/paths.ts';
import { childCosts, type CostContext } from './rule-costs.ts';
import { validateListType } from './validate-list-type.ts';
import { validateCompiledRules, validateRuleForms } from './validate-rules.ts';

export const SCHEMA_TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string'];

/** What older versions of a definition had is not refused in newer ones. */
export interface SchemaRules {
  readonly requireValidType: boolean;
  readonly requireAtomicSets: boolean;
  readonly requireMapKeys: boolean;
  readonly toleratesCost: boolean;
}

/** How a schema hangs together with those above. */
interface Place {
  readonly isRoot: boolean;
  /** Why there can be no defaults here. */
  readonly noDefaults: string | undefined;
  readonly isInsideMeta: boolean;
  readonly uncorrelated: string | undefined;
  /** Set where rules are compiled. */
  readonly costs: CostContext | undefined;
}

/** Errors of rules are told after all others, and rules are not compiled where there are any. */
interface Faults {
  readonly schema: FieldError[];
  readonly rules: FieldError[];
}

/** Checks every keyword of a schema (ValidateCustomResourceDefinitionOpenAPISchema). */
export function validateSchema(
  schema: JSONSchema,
  path: string,
  rules: SchemaRules,
  costs: CostContext | undefined,
): FieldError[] {
  const place: Place = {
    isRoot: true,
    noDefaults: undefined,
    isInsideMeta: false,
    uncorrelated: undefined,
    costs,
  };
  const faults = visit(schema, path, place, rules);
  return [...faults.schema, ...faults.rules];
}

function visit(schema: JSONSchema, path: string, place: Place, rules: SchemaRules): Faults {
  const faults: Faults = { schema: validateKeywords(schema, path, place, rules), rules: [] };
  for (const child of childPlaces(schema, path, place)) {
    const below = visit(child.schema, child.path, child.place, rules);
    faults.schema.push(...below.schema);
    faults.rules.push(...below.rules);
  }
  faults.schema.push(
    ...validateExtensions(schema, path, rules),
    ...validateRuleForms(schema, path),
  );
  if (rulesOf(schema).length > 0 && faults.schema.length === 0 && place.costs !== undefined) {
    const context = {
      ...place.costs,
      isResourceRoot: place.isRoot || isEmbeddedResource(schema),
      uncorrelated: place.uncorrelated,
      toleratesCost: rules.toleratesCost,
    };
    faults.rules.push(...validateCompiledRules(schema, path, context));
  }
  return faults;
}

interface Child {
  readonly schema: JSONSchema;
  readonly path: string;
  readonly place: Place;
}

function childPlaces(schema: JSONSchema, path: string, place: Place): Child[] {
  const children: Child[] = [];
  const at = (field: string): string => childPath(path, field);
  const below: Place = { ...place, isRoot: false, costs: childCosts(place.costs, schema) };
  const nested: Place = { ...place, isRoot: false, costs: undefined };
  const additional = additionalOf(schema);
  if (additional !== undefined) {
    const noDefaults = place.isInsideMeta
      ? 'inside additionalProperties applying to object metadata'
      : place.noDefaults;
    const child = { ...below, noDefaults };
    children.push({ schema: additional, path: at('additionalProperties'), place: child });
  }
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const child = propertyPlace(schema, name, path, place, below);
    children.push({ schema: property, path: keyPath(at('properties'), name), place: child });
  }
  if (schema.not !== undefined)
    children.push({ schema: schema.not, path: at('not'), place: nested });
  for (const field of ['allOf', 'oneOf', 'anyOf'] as const) {
    schema[field]?.forEach((part, i) =>
      children.push({ schema: part, path: keyPath(at(field), i), place: nested }),
    );
  }
  for (const [name, part] of Object.entries(schema.definitions ?? {})) {
    children.push({ schema: part, path: keyPath(at('definitions'), name), place: nested });
  }
  const items = itemsOf(schema);
  if (items !== undefined) {
    // Only items of list maps are known again after an update.
    const isMap = schema['x-kubernetes-list-type'] === 'map';
    const uncorrelated = isMap ? place.uncorrelated : (place.uncorrelated ?? path);
    children.push({ schema: items, path: at('items'), place: { ...below, uncorrelated } });
  }
  return children;
}

function propertyPlace(
  schema: JSONSchema,
  name: string,
  path: string,
  place: Place,
  below: Place,
): Place {
  const mapType = schema['x-kubernetes-map-type'];
  const isKnown = mapType === undefined || mapType === 'granular' || mapType === 'atomic';
  const isMeta = (place.isRoot || isEmbeddedResource(schema)) && META_FIELDS.has(name);
  return {
    ...below,
    uncorrelated: isKnown ? place.uncorrelated : (place.uncorrelated ?? path),
    isInsideMeta: place.isInsideMeta || isMeta,
    noDefaults: isMeta && place.isRoot ? `in top-level ${name}` : place.noDefaults,
  };
}

/** Keywords that JSON Schema has and definitions do not. */
const UNSUPPORTED = [
  'id',
  'additionalItems',
  'patternProperties',
  'definitions',
  'dependencies',
  '$ref',
] as const;

function validateKeywords(
  schema: JSONSchema,
  path: string,
  place: Place,
  rules: SchemaRules,
): FieldError[] {
  const at = (field: string): string => childPath(path, field);
  const errors: FieldError[] = [];
  const { type = '', items } = schema;
  if (rules.requireValidType && type !== '' && !SCHEMA_TYPES.includes(type)) {
    errors.push(notSupported(at('type'), type, SCHEMA_TYPES));
  }
  if (schema.default !== undefined && place.noDefaults !== undefined) {
    errors.push(forbidden(at('default'), `must not be set ${place.noDefaults}`));
  }
  for (const field of UNSUPPORTED) {
    if (schema[field] === undefined || schema[field] === '') continue;
    errors.push(forbidden(at(field), `${field} is not supported`));
  }
  if (type === 'null') {
    const detail = 'type cannot be set to null, use nullable as an alternative';
    errors.push(forbidden(at('type'), detail));
  }
  if (items !== undefined && isSchemaList(items) && items.length > 0) {
    errors.push(forbidden(at('items'), 'items must be a schema object and not an array'));
  }
  if (place.isInsideMeta && isEmbeddedResource(schema)) {
    const detail = 'must not be used inside of resource meta';
    errors.push(forbidden(at('x-kubernetes-embedded-resource'), detail));
  }
  if (schema.uniqueItems === true) {
    const detail =
      'uniqueItems cannot be set to true since the runtime complexity becomes quadratic';
    errors.push(forbidden(at('uniqueItems'), detail));
  }
  const { additionalProperties: additional, properties = {} } = schema;
  if (additional !== undefined && additional !== true && Object.keys(properties).length > 0) {
    const detail = 'additionalProperties and properties are mutual exclusive';
    errors.push(forbidden(at('additionalProperties'), detail));
  }
  return errors;
}

function validateExtensions(schema: JSONSchema, path: string, rules: SchemaRules): FieldError[] {
  const at = (field: string): string => childPath(path, field);
  const errors: FieldError[] = [];
  if (schema['x-kubernetes-preserve-unknown-fields'] === false) {
    const field = at('x-kubernetes-preserve-unknown-fields');
    errors.push(invalid(field, false, 'must be true or undefined'));
  }
  return [...errors, ...validateListType(schema, path, rules)];
}
