import { lookupSchema } from '../schema/schema.ts';
import { structMergeType } from './compiled-merge-type.ts';
import type { ManagedTypes, ManagedVersion } from './managed-types.ts';
import { DEDUCED, type MergeType, type PlainObject } from './merge-type.ts';
import { structuralMergeType, type StructuralSchema } from './structural-merge-type.ts';

const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/** A version of a custom resource as the field manager needs it. */
export interface StructuralVersion {
  readonly apiVersion: string;
  readonly kind: string;
  /** Undefined where nothing is declared: then maps are merged by member and lists are atomic. */
  readonly schema: StructuralSchema | undefined;
  /** What becomes of a merged object before it is stored: pruning and coercion of metadata. */
  normalize(value: PlainObject): PlainObject;
  /** The other versions that are served. */
  version?(apiVersion: string): ManagedVersion | undefined;
}

/** The merge type of a custom resource's version. */
export function customMergeType(schema: StructuralSchema | undefined): MergeType {
  if (schema === undefined) return DEDUCED;
  return structuralMergeType(schema, structMergeType(lookupSchema(OBJECT_META)));
}

/** The types of a custom resource. Keep them for as long as its schema is the same. */
export function newStructuralTypes(custom: StructuralVersion): ManagedTypes {
  const { apiVersion, kind, schema } = custom;
  return {
    apiVersion,
    kind,
    type: customMergeType(schema),
    isDecoded: false,
    newEmpty: () => ({ apiVersion, kind, metadata: {} }),
    normalize: (value) => custom.normalize(value),
    version: (other) => custom.version?.(other),
  };
}
