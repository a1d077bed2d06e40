import { formatAPIVersion, type KubernetesObject } from '../../../apimachinery/meta.ts';
import { StructDecoder } from '../schema/decode-struct.ts';
import { fromPlain, isObjectNode } from '../schema/json-node.ts';
import { findKindSchema } from '../schema/kind-schemas.ts';
import { storeAs, type ResourceView } from './matching/resource-view.ts';
import type { AdmissionAttributes } from './plugin.ts';

type PlainObject = Readonly<Record<string, unknown>>;

/**
 * Gives what a mutation made of an object the shape of its kind. Fields that the kind does not have
 * are dropped, and told as strict decoding tells them; of custom resources they are dropped alone.
 *
 * @throws Error with the decoder's text for a value of the wrong type.
 */
export function decodeMutated(
  view: ResourceView,
  value: PlainObject,
): { readonly object: KubernetesObject; readonly strictErrors: readonly string[] } {
  const { group, version, kind } = view.kind;
  const root = fromPlain({ ...value, apiVersion: formatAPIVersion(group, version), kind });
  if (!isObjectNode(root)) throw new Error('not an object');
  const { custom } = view.info;
  if (view.isOwnKind && custom !== undefined) {
    return { object: custom.decode(root).object, strictErrors: [] };
  }
  const schema = findKindSchema(group, version, kind);
  if (schema === undefined) return { object: value as KubernetesObject, strictErrors: [] };
  const decoder = new StructDecoder();
  const object = decoder.decode(root, schema) as KubernetesObject;
  return { object, strictErrors: decoder.strictErrors };
}

/** Puts a mutated object, as a view has it, in the place of the admitted one, with its defaults. */
export function replaceObject(
  attributes: AdmissionAttributes,
  view: ResourceView,
  object: KubernetesObject,
): void {
  const stored = storeAs(view, object);
  if (view.isOwnKind) attributes.info.strategy.setDefaults?.(stored);
  attributes.object = stored;
}
