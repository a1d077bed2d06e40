import type { FieldSchema, FieldType, ScalarName, StructSchema } from '../schema/schema.ts';
import {
  UNTYPED_ATOMIC,
  type MergeList,
  type MergeMap,
  type MergeScalar,
  type MergeType,
} from './merge-type.ts';

const SCALARS: Readonly<Record<ScalarName, MergeScalar>> = {
  string: 'string',
  bytes: 'string',
  duration: 'string',
  int32: 'numeric',
  int64: 'numeric',
  double: 'numeric',
  boolean: 'boolean',
  time: 'untyped',
  microTime: 'untyped',
  quantity: 'untyped',
  intOrString: 'untyped',
};

const SCALAR_TYPES = new Map<MergeScalar, MergeType>(
  (['string', 'numeric', 'boolean', 'untyped'] as const).map((scalar) => [scalar, { scalar }]),
);

const structs = new WeakMap<StructSchema, MergeType>();
const atomicStructs = new WeakMap<StructSchema, MergeType>();

/**
 * How objects of a built-in type are merged, by its list types, list map keys, map types and
 * defaults. Fields are looked up as they are met, and kept.
 */
export function structMergeType(struct: StructSchema): MergeType {
  const known = structs.get(struct);
  if (known !== undefined) return known;
  const type = newStructType(struct, struct.mapType === 'atomic');
  structs.set(struct, type);
  return type;
}

/** The same where the field that holds the struct makes it atomic. */
function atomicStructType(struct: StructSchema): MergeType {
  const known = atomicStructs.get(struct);
  if (known !== undefined) return known;
  const type = newStructType(struct, true);
  atomicStructs.set(struct, type);
  return type;
}

function newStructType(struct: StructSchema, atomic: boolean): MergeType {
  const fields = new Map<string, MergeType>();
  const field = (name: string): MergeType | undefined => {
    const known = fields.get(name);
    if (known !== undefined) return known;
    const schema = struct.fields.get(name);
    if (schema === undefined) return undefined;
    const type = typeOf(schema.type, schema);
    fields.set(name, type);
    return type;
  };
  return { map: { atomic, field, element: undefined, isOpen: false } };
}

/** `schema` is the field that has the type; elements of lists and maps have none of their own. */
function typeOf(type: FieldType, schema: FieldSchema | undefined): MergeType {
  switch (type.kind) {
    case 'any':
      return UNTYPED_ATOMIC;
    case 'scalar':
      return SCALAR_TYPES.get(SCALARS[type.name]) ?? UNTYPED_ATOMIC;
    case 'struct':
      return schema?.mapType === 'atomic'
        ? atomicStructType(type.struct)
        : schema?.mapType === undefined
          ? structMergeType(type.struct)
          : newStructType(type.struct, false);
    case 'list':
      return { list: listOf(type.element, schema) };
    case 'map':
      return { map: mapOf(type.element, schema) };
    default:
      return type satisfies never;
  }
}

function listOf(element: FieldType, schema: FieldSchema | undefined): MergeList {
  const isAssociative = schema?.listType === 'map' || schema?.listType === 'set';
  return {
    atomic: !isAssociative,
    keys: schema?.listMapKeys ?? [],
    keyDefault: (key) =>
      element.kind === 'struct' ? element.struct.fields.get(key)?.default : undefined,
    element: typeOf(element, undefined),
  };
}

function mapOf(element: FieldType, schema: FieldSchema | undefined): MergeMap {
  return {
    atomic: schema?.mapType === 'atomic',
    field: () => undefined,
    element: typeOf(element, undefined),
    isOpen: false,
  };
}
