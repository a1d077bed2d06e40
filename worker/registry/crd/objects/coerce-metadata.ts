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

/** What is done about embedded metadata. */
export interface Coercion {
  /** Takes the paths of fields that ObjectMeta does not have. They are dropped. */
  readonly unknown: string[];
  /** Whether malformed fields are dropped as well; else an error is thrown. */
  readonly dropsMalformed: boolean;
}

/**
 * Gives the metadata of embedded resources the shape of ObjectMeta, in place. Idempotent.
 *
 * @throws Error with upstream's text when something is malformed.
 */
export function coerceMetadata(
  value: unknown,
  schema: JSONSchema | undefined,
  path: string,
  coercion: Coercion,
): void {
  if (schema === undefined) return;
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    value.forEach((item, i) => {
      coerceMetadata(item, items, `${path}[${i}]`, coercion);
    });
    return;
  }
  if (!isObject(value)) return;
  if (isEmbeddedResource(schema)) coerceResource(value, path, coercion);
  for (const key of Object.keys(value)) {
    const at = path === '' ? key : `${path}.${key}`;
    coerceMetadata(value[key], fieldOf(schema, key), at, coercion);
  }
}

function coerceResource(object: JSONObject, path: string, coercion: Coercion): void {
  const at = (field: string): string => (path === '' ? field : `${path}.${field}`);
  for (const field of ['apiVersion', 'kind']) {
    const value = object[field];
    if (value === undefined || typeof value === 'string') continue;
    if (!coercion.dropsMalformed) {
      throw new Error(`${at(field)}: Invalid value: ${canonicalJSON(value)}: must be a string`);
    }
    delete object[field];
  }
  if (!Object.hasOwn(object, 'metadata')) return;
  if (coercion.dropsMalformed) {
    const metadata = wellFormedMetadata(object['metadata']);
    if (metadata === undefined) delete object['metadata'];
    else object['metadata'] = metadata;
    return;
  }
  try {
    const coerced = coerceObjectMeta(object['metadata'], at('metadata'));
    object['metadata'] = coerced.metadata;
    coercion.unknown.push(...coerced.unknown);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const value = canonicalJSON(object['metadata']);
    throw new Error(`${at('metadata')}: Invalid value: ${value}: ${text}`, { cause: error });
  }
}

/** The fields of metadata that ObjectMeta takes; undefined where it is none at all. */
function wellFormedMetadata(metadata: unknown): JSONObject | undefined {
  if (!isObject(metadata)) return undefined;
  const kept: JSONObject = {};
  for (const [field, value] of Object.entries(metadata)) {
    try {
      Object.assign(kept, coerceObjectMeta({ [field]: value }, '').metadata);
    } catch {
      // Stored before the definition called this metadata: the object can still be read.
    }
  }
  return kept;
}
