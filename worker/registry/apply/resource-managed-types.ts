import { formatAPIVersion, type KubernetesObject } from '../../../apimachinery/meta.ts';
import type { ResourceInfo } from '../kind-table.ts';
import { fromPlain, isObjectNode } from '../schema/json-node.ts';
import { lookupSchema } from '../schema/schema.ts';
import { newCompiledTypes } from './compiled-managed-types.ts';
import { structMergeType } from './compiled-merge-type.ts';
import type { ManagedTypes, ManagedVersion } from './managed-types.ts';
import type { MergeType, PlainObject } from './merge-type.ts';
import { customMergeType, newStructuralTypes } from './structural-managed-types.ts';

/** A resource's view in another version; undefined where that is not served. */
export type ViewOf = (apiVersion: string) => ResourceInfo | undefined;

/**
 * What the field manager must know of a resource, built-in or custom, as one of its versions shows
 * it. Keep the result for as long as the resource is the same: types are made as they are met.
 */
export function newResourceTypes(info: ResourceInfo, viewOf: ViewOf): ManagedTypes {
  const apiVersion = formatAPIVersion(info.group, info.version);
  const { kind, custom } = info;
  const version = (other: string): ManagedVersion | undefined => {
    const view = viewOf(other);
    return view === undefined ? undefined : versionOf(info, view);
  };
  if (custom === undefined) {
    return { ...newCompiledTypes(apiVersion, kind, lookupSchema(info.schema)), version };
  }
  return newStructuralTypes({
    apiVersion,
    kind,
    schema: custom.schema,
    normalize(value) {
      const root = fromPlain(value);
      if (!isObjectNode(root)) throw new Error('not an object');
      return custom.decode(root).object;
    },
    version,
  });
}

function versionOf(from: ResourceInfo, to: ResourceInfo): ManagedVersion {
  return {
    type: mergeTypeOf(to),
    convert: (object) => convert(from, to, object),
    convertBack: (object) => convert(to, from, object),
  };
}

const mergeTypes = new WeakMap<ResourceInfo, MergeType>();

/** How objects of a resource are merged, as a version of it shows them. */
export function mergeTypeOf(info: ResourceInfo): MergeType {
  const known = mergeTypes.get(info);
  if (known !== undefined) return known;
  const type =
    info.custom === undefined
      ? structMergeType(lookupSchema(info.schema))
      : customMergeType(info.custom.schema);
  mergeTypes.set(info, type);
  return type;
}

/** From one view of a stored object to another, by what is stored. */
function convert(from: ResourceInfo, to: ResourceInfo, object: PlainObject): PlainObject {
  // What is merged here are whole objects: all of them have metadata.
  const view = object as KubernetesObject;
  const stored = from.conversion?.toStored(view) ?? view;
  return to.conversion?.fromStored(stored) ?? stored;
}
