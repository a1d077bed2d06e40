import { type FieldError, invalid } from '../../../../apimachinery/field-error.ts';
import { coerceMetadata } from '../objects/coerce-metadata.ts';
import { pruneUnknownFields } from '../objects/prune.ts';
import { validateEmbedded } from '../objects/validate-embedded.ts';
import {
  asResourceRoot,
  isEmbeddedResource,
  itemsOf,
  type JSONSchema,
  META_FIELDS,
} from '../schema/json-schema.ts';
import { childPath, keyPath } from '../schema/paths.ts';
import { toFieldErrors } from '../schema/problems.ts';
import { newDefaultValidator } from '../schema/schema-validator.ts';
import { RuleValidator } from '../rules/rule-validator.ts';

/** Where a schema is, seen from the resource that it is part of. */
interface Surroundings {
  /** The schema of the resource. */
  readonly root: JSONSchema;
  /** The resource with a value in the schema's place. */
  readonly around: (value: unknown) => Record<string, unknown>;
  readonly isInsideMeta: boolean;
}

const TYPE_META = { apiVersion: 'validation/v1', kind: 'Validation' };
const newResource = (value: unknown): Record<string, unknown> => ({
  ...(value as object), // The root of a resource: its default is an object, or none.
  ...TYPE_META,
});

/**
 * Checks that the defaults in a structural schema are valid by it, and have no unknown fields
 * (apiserver/schema/defaulting). `requirePruned` is false where older ones had some.
 */
export function validateDefaults(
  schema: JSONSchema,
  path: string,
  requirePruned: boolean,
): FieldError[] {
  const root = asResourceRoot(schema);
  return visit(root, path, { root, around: newResource, isInsideMeta: false }, requirePruned);
}

function visit(
  schema: JSONSchema,
  path: string,
  outside: Surroundings,
  requirePruned: boolean,
): FieldError[] {
  const isResource = isEmbeddedResource(schema);
  const place = isResource ? { root: schema, around: newResource, isInsideMeta: false } : outside;
  const errors =
    schema.default === undefined
      ? []
      : validateDefault(schema, childPath(path, 'default'), place, requirePruned);
  const items = itemsOf(schema);
  if (items !== undefined) {
    const around = (value: unknown) => place.around([value]);
    errors.push(...visit(items, childPath(path, 'items'), { ...place, around }, requirePruned));
  }
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const below: Surroundings = {
      root: place.root,
      around: (value) => place.around({ [name]: value }),
      isInsideMeta: place.isInsideMeta || (isResource && META_FIELDS.has(name)),
    };
    const at = keyPath(childPath(path, 'properties'), name);
    errors.push(...visit(property, at, below, requirePruned));
  }
  return errors;
}

function validateDefault(
  schema: JSONSchema,
  path: string,
  place: Surroundings,
  requirePruned: boolean,
): FieldError[] {
  const value = schema.default;
  const copy = () => JSON.parse(JSON.stringify(value)) as unknown;
  if (place.isInsideMeta)
    return validateMetaDefault(schema, path, place.around(copy()), place.root);
  if (requirePruned && pruneUnknownFields(copy(), schema).length > 0) {
    return [invalid(path, value, 'must not have unknown fields')];
  }
  const fault = coerceFault(copy(), schema, '');
  if (fault !== undefined) return [at(path, fault)];
  for (const check of [validateEmbedded, validateAgainst, validateRules]) {
    const errors = check(value, schema, path);
    if (errors.length > 0) return errors;
  }
  return [];
}

function validateMetaDefault(
  schema: JSONSchema,
  path: string,
  resource: Record<string, unknown>,
  root: JSONSchema,
): FieldError[] {
  const value = schema.default;
  const fault = coerceFault(resource, root, '');
  const faults = fault === undefined ? validateEmbedded(resource, root, '') : [];
  const texts = fault === undefined ? faults.map((f) => `${f.field}: ${f.message}`) : [fault];
  if (texts.length > 0) {
    const list = texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`;
    return [invalid(path, value, `must result in valid metadata: ${list}`)];
  }
  return validateAgainst(value, schema, path);
}

function coerceFault(value: unknown, schema: JSONSchema, path: string): string | undefined {
  try {
    coerceMetadata(value, schema, path, []);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** A fault of coercion, `field: message`, as an error below a path. */
function at(path: string, fault: string): FieldError {
  const colon = fault.indexOf(': ');
  const field = fault.slice(0, colon);
  return {
    reason: 'FieldValueInvalid',
    field: field.startsWith('[') ? `${path}${field}` : childPath(path, field),
    message: fault.slice(colon + 2),
  };
}

const validateAgainst = (value: unknown, schema: JSONSchema, path: string): FieldError[] =>
  toFieldErrors(newDefaultValidator(schema).validate(value).problems, path);

/** Rules of transition see the default as if it had been there before. */
function validateRules(value: unknown, schema: JSONSchema, path: string): FieldError[] {
  const rules = RuleValidator.of(schema, isEmbeddedResource(schema));
  return rules?.validate(value, { old: value }, path) ?? [];
}
