import { canonicalJSON, isObject, type JSONObject } from '../schema/json-value.ts';
import { fieldOf, isEmbeddedResource, itemsOf, type JSONSchema } from '../schema/json-schema.ts';
import { StructDecoder } from '../../schema/decode-struct.ts';
import { fromPlain, isObjectNode } from '../../schema/json-node.ts';
import { lookupSchema } from '../../schema/schema.ts';

const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/**
 * Gives metadata the shape of ObjectMeta: fields that it does not have are dropped.
 *
 * @param path of the metadata, for what is told: `metadata`.
 * @returns the metadata, and paths of what was dropped.
 * @throws Error with Go's text when a field has the wrong type.
 */
export function coerceObjectMeta(
  metadata: unknown,
  path: string,
): { metadata: JSONObject; unknown: string[] } {
  const decoder = new StructDecoder();
  const node = fromPlain(metadata ?? {});
  if (!isObjectNode(node)) {
    const what = Array.isArray(metadata)
      ? 'array'
      : typeof metadata === 'boolean'
        ? 'bool'
        : typeof metadata;
    throw new Error(`json: cannot unmarshal ${what} into Go value of type v1.ObjectMeta`);
  }
  const decoded = decoder.decode(node, lookupSchema(OBJECT_META), path);
  return { metadata: decoded, unknown: decoder.unknownFields };
}

/** Checks a default, or what else is no request's, without dropping anything: errors come as text. */
export function coerceMetadata(
  value: unknown,
  schema: JSONSchema | undefined,
  path: string,
  unknown: string[],
): void {
  if (schema === undefined) return;
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    value.forEach((item, i) => {
      coerceMetadata(item, items, `${path}[${i}]`, unknown);
    });
    return;
  }
  if (!isObject(value)) return;
  if (isEmbeddedResource(schema)) coerceResource(value, path, unknown);
  for (const key of Object.keys(value)) {
    const at = path === '' ? key : `${path}.${key}`;
    coerceMetadata(value[key], fieldOf(schema, key), at, unknown);
  }
}

function coerceResource(object: JSONObject, path: string, unknown: string[]): void {
  const at = (field: string): string => (path === '' ? field : `${path}.${field}`);
  for (const field of ['apiVersion', 'kind']) {
    const value = object[field];
    if (value === undefined || typeof value === 'string') continue;
    throw new Error(`${at(field)}: Invalid value: ${canonicalJSON(value)}: must be a string`);
  }
  if (!Object.hasOwn(object, 'metadata')) return;
  try {
    const coerced = coerceObjectMeta(object['metadata'], at('metadata'));
    object['metadata'] = coerced.metadata;
    unknown.push(...coerced.unknown);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const value = canonicalJSON(object['metadata']);
    throw new Error(`${at('metadata')}: Invalid value: ${value}: ${text}`, { cause: error });
  }
}
