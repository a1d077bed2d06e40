import type { ManagedTypes } from './managed-types.ts';
import type { MergeType, PlainObject } from './merge-type.ts';

/** An object in one of the versions of its kind. */
export interface VersionedValue {
  readonly apiVersion: string;
  readonly type: MergeType;
  readonly value: PlainObject;
}

/** An object in the version of the endpoint. */
export function servedValue(types: ManagedTypes, value: PlainObject): VersionedValue {
  return { apiVersion: types.apiVersion, type: types.type, value };
}

/** The object in another version; undefined when that is not served. */
export function convertValue(
  types: ManagedTypes,
  object: VersionedValue,
  apiVersion: string,
): VersionedValue | undefined {
  if (object.apiVersion === apiVersion) return object;
  const from = types.version(object.apiVersion);
  const isServed = object.apiVersion === types.apiVersion;
  if (!isServed && from === undefined) return undefined;
  const served = isServed ? object.value : (from?.convertBack(object.value) ?? object.value);
  if (apiVersion === types.apiVersion) return servedValue(types, served);
  const to = types.version(apiVersion);
  return to === undefined ? undefined : { apiVersion, type: to.type, value: to.convert(served) };
}
