import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { duplicatesIn } from '../../schema/duplicate-fields.ts';
import {
  isList,
  isNumberNode,
  isObjectNode,
  type JSONNode,
  type JSONObjectNode,
  toPlain,
} from '../../schema/json-node.ts';
import { asResourceRoot, type JSONSchema } from '../schema/json-schema.ts';
import { coerceMetadata, coerceObjectMeta } from './coerce-metadata.ts';
import { pruneNulls } from './defaults.ts';
import { pruneUnknownFields } from './prune.ts';

export interface DecodedCustom {
  readonly object: KubernetesObject;
  readonly strictErrors: string[];
}

/**
 * Gives a document the shape of a version of a custom resource, as apiextensions-apiserver decodes
 * it: metadata becomes ObjectMeta, fields that the schema does not know are dropped and told.
 *
 * @param schema structural; without one only apiVersion, kind and metadata are known.
 * @returns texts as `unknown field "spec.x"`; repeated fields first.
 * @throws Error with upstream's text when metadata, or a number, is malformed.
 */
export function decodeCustom(root: JSONObjectNode, schema: JSONSchema | undefined): DecodedCustom {
  refuseHugeNumbers(root);
  const object = toPlain(root) as KubernetesObject;
  const { metadata, unknown } = coerceObjectMeta(object.metadata, 'metadata');
  object.metadata = metadata;
  unknown.push(...shapeCustom(object, schema));
  return {
    object,
    strictErrors: [
      ...duplicatesIn(root),
      ...unknown.map((path) => `unknown field ${JSON.stringify(path)}`),
    ],
  };
}

/**
 * Prunes an object by a schema, embedded metadata included; in place. Idempotent.
 *
 * @returns paths of what was dropped.
 * @throws Error when embedded metadata is malformed.
 */
export function shapeCustom(object: KubernetesObject, schema: JSONSchema | undefined): string[] {
  const dropped = pruneUnknownFields(object, asResourceRoot(schema));
  pruneNulls(object, schema);
  const unknown: string[] = [];
  const { metadata, ...rest } = object;
  // The root's own metadata is none of an embedded resource, even where the schema says so.
  coerceMetadata(
    rest,
    schema && { ...schema, 'x-kubernetes-embedded-resource': false },
    '',
    unknown,
  );
  Object.assign(object, rest, { metadata });
  return [...dropped, ...unknown.sort()];
}

/** Go's decoder has no infinities. */
function refuseHugeNumbers(node: JSONNode): void {
  if (isNumberNode(node)) {
    if (Number.isFinite(Number(node.number))) return;
    throw new Error(`json: cannot unmarshal number ${node.number} into Go value of type float64`);
  }
  if (isList(node)) for (const item of node) refuseHugeNumbers(item);
  else if (isObjectNode(node)) for (const value of node.values) refuseHugeNumbers(value);
}
