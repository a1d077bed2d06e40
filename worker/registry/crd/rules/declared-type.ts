import { escapeIdentifier } from '../../../../cel/identifiers.ts';
import {
  BOOL,
  BYTES,
  type CelType,
  DOUBLE,
  DURATION,
  DYN,
  type FieldDeclaration,
  INT,
  listOf,
  type ListSemantics,
  mapOf,
  STRING,
  structType,
  TIMESTAMP,
} from '../../../../cel/types/cel-type.ts';
import {
  additionalOf,
  isEmbeddedResource,
  isIntOrString,
  itemsOf,
  type JSONSchema,
  propertyOf,
} from '../schema/json-schema.ts';

/** Largest body of a request: what bounds sizes that a schema leaves open. Bytes. */
export const MAX_REQUEST_BYTES = 3 * 1024 * 1024;

/** Least sizes of values in JSON, in bytes, and largest of texts with a format (apiserver/pkg/cel). */
const MIN_STRING = 2;
const MIN_BOOL = 4;
const MIN_NUMBER = 1;
const MIN_DURATION = 3;
const MIN_DATE_TIME = 21;
const DATE_SIZE = 12;
const MAX_FORMATTED = 32;
const MIN_CONTAINER = 2;
/** A code point takes at most so many bytes. */
const BYTES_PER_CODE_POINT = 4;

/**
 * What expressions know of a schema: its type, and the least that a value takes in JSON, from which
 * follows how many fit into a request.
 */
export interface DeclaredType {
  readonly type: CelType;
  readonly minBytes: number;
}

/** What metadata rules can see: two of its fields, at the root of every resource. */
const TEXT: JSONSchema = { type: 'string' };
const METADATA: JSONSchema = { type: 'object', properties: { name: TEXT, generateName: TEXT } };

/** A resource's schema with apiVersion, kind and metadata as rules see them. */
export function withTypeAndObjectMeta(schema: JSONSchema): JSONSchema {
  const metadata = propertyOf(schema, 'metadata');
  const isText = (of: JSONSchema | undefined, name: string): boolean =>
    propertyOf(of, name)?.type === 'string';
  const isComplete =
    isText(schema, 'kind') &&
    isText(schema, 'apiVersion') &&
    metadata?.type === 'object' &&
    isText(metadata, 'name') &&
    isText(metadata, 'generateName');
  if (isComplete) return schema;
  const properties = { ...schema.properties, kind: TEXT, apiVersion: TEXT, metadata: METADATA };
  return { ...schema, properties };
}

/**
 * The type of a structural schema in expressions; undefined for what rules cannot see (apiserver's
 * SchemaDeclType). `name` is what messages call it.
 */
export function declaredType(
  schema: JSONSchema,
  isResourceRoot: boolean,
  name: string,
): DeclaredType | undefined {
  if (isIntOrString(schema)) {
    return { type: { ...DYN, maxSize: BigInt(MAX_REQUEST_BYTES - 2) }, minBytes: 1 };
  }
  const known = isResourceRoot ? withTypeAndObjectMeta(schema) : schema;
  const declared = typeOf(known, name);
  if (declared === undefined || schema.nullable !== true) return declared;
  return { ...declared, type: { ...declared.type, nullable: true } };
}

function typeOf(schema: JSONSchema, name: string): DeclaredType | undefined {
  switch (schema.type) {
    case 'array':
      return listType(schema, name);
    case 'object':
      return schema.additionalProperties === undefined || additionalOf(schema) === undefined
        ? objectType(schema, name)
        : mapType(schema, name);
    case 'string':
      return textType(schema);
    case 'boolean':
      return { type: BOOL, minBytes: MIN_BOOL };
    case 'number':
      return { type: DOUBLE, minBytes: MIN_NUMBER };
    case 'integer':
      return { type: INT, minBytes: MIN_NUMBER };
    default:
      return undefined;
  }
}

const sized = (type: CelType, maxSize: number, minBytes: number): DeclaredType => ({
  type: { ...type, maxSize: BigInt(Math.max(0, Math.trunc(maxSize))) },
  minBytes,
});

function textType(schema: JSONSchema): DeclaredType {
  const { maxLength, enum: values } = schema;
  switch (schema.format) {
    case 'byte':
      return sized(BYTES, maxLength ?? MAX_REQUEST_BYTES - MIN_STRING, MIN_STRING);
    case 'duration':
      return sized(DURATION, MAX_FORMATTED, MIN_DURATION);
    case 'date':
      return sized(TIMESTAMP, DATE_SIZE, DATE_SIZE);
    case 'date-time':
      return sized(TIMESTAMP, MAX_FORMATTED, MIN_DATE_TIME);
    default:
  }
  if (maxLength !== undefined) return sized(STRING, maxLength * BYTES_PER_CODE_POINT, MIN_STRING);
  if (values !== undefined && values.length > 0) {
    const longest = Math.max(...values.map((v) => (typeof v === 'string' ? v.length : 0)));
    return sized(STRING, longest, MIN_STRING);
  }
  return sized(STRING, MAX_REQUEST_BYTES - MIN_STRING, MIN_STRING);
}

function listType(schema: JSONSchema, name: string): DeclaredType | undefined {
  const items = itemsOf(schema);
  if (items === undefined) return undefined;
  const element = declaredType(items, isEmbeddedResource(items), `${name}.@idx`);
  if (element === undefined) return undefined;
  const maxItems =
    schema.maxItems ?? Math.trunc((MAX_REQUEST_BYTES - MIN_CONTAINER) / (element.minBytes + 1));
  const listSemantics = semanticsOf(schema);
  const type = listOf(element.type, listSemantics === undefined ? {} : { listSemantics });
  return sized(type, maxItems, MIN_CONTAINER);
}

function semanticsOf(schema: JSONSchema): ListSemantics | undefined {
  switch (schema['x-kubernetes-list-type']) {
    case 'set':
      return { kind: 'set' };
    case 'map':
      return { kind: 'map', keys: schema['x-kubernetes-list-map-keys'] ?? [] };
    default:
      return undefined;
  }
}

function mapType(schema: JSONSchema, name: string): DeclaredType | undefined {
  const values = additionalOf(schema);
  if (values === undefined) return undefined;
  const value = declaredType(values, isEmbeddedResource(values), `${name}.@elem`);
  if (value === undefined) return undefined;
  // An entry has at least quotes, a colon, a comma and two bytes of a key beside its value.
  const maxProperties =
    schema.maxProperties ?? Math.trunc((MAX_REQUEST_BYTES - MIN_CONTAINER) / (value.minBytes + 6));
  return sized(mapOf(STRING, value.type), maxProperties, MIN_CONTAINER);
}

function objectType(schema: JSONSchema, name: string): DeclaredType {
  const fields = new Map<string, FieldDeclaration>();
  const required = new Set(schema.required);
  let minBytes = MIN_CONTAINER;
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    const field = declaredType(property, isEmbeddedResource(property), `${name}.${key}`);
    if (field === undefined) continue;
    const escaped = escapeIdentifier(key);
    if (escaped !== undefined) fields.set(escaped, { type: field.type, jsonName: key });
    // Defaults are filled in by the server, so they take nothing of the request.
    if (required.has(key) && property.default === undefined) {
      minBytes += key.length + field.minBytes + 4;
    }
  }
  return { type: structType(name, fields), minBytes };
}
