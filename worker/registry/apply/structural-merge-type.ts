import {
  DEDUCED,
  UNTYPED_ATOMIC,
  type MergeList,
  type MergeMap,
  type MergeType,
} from './merge-type.ts';

/** The parts of a structural schema (a CRD's `openAPIV3Schema`) that say how values are merged. */
export interface StructuralSchema {
  readonly type?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly additionalProperties?: StructuralSchema | boolean;
  readonly items?: StructuralSchema;
  readonly default?: unknown;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: string;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-embedded-resource'?: boolean;
}

/** What the types below a schema take from above. */
interface Inherited {
  /** The type of ObjectMeta. */
  readonly metadata: MergeType;
  /** Somewhere above, unknown fields were let in. */
  readonly preserveUnknown: boolean;
}

const STRING: MergeType = { scalar: 'string' };
const NUMERIC: MergeType = { scalar: 'numeric' };
const BOOLEAN: MergeType = { scalar: 'boolean' };
const UNTYPED: MergeType = { scalar: 'untyped' };

/**
 * How custom objects are merged: as upstream converts the published schema of a CRD (kube-openapi's
 * schemaconv). Types are made as values meet them. `metadata` is the type of ObjectMeta: at the
 * root, and in embedded resources, apiVersion, kind and metadata are known whatever the schema says.
 */
export function structuralMergeType(schema: StructuralSchema, metadata: MergeType): MergeType {
  const preserveUnknown = schema['x-kubernetes-preserve-unknown-fields'] === true;
  return { map: mapOf(schema, { metadata, preserveUnknown }, true) };
}

function newType(schema: StructuralSchema, above: Inherited): MergeType {
  const preserveUnknown =
    above.preserveUnknown || schema['x-kubernetes-preserve-unknown-fields'] === true;
  const inherited =
    preserveUnknown === above.preserveUnknown ? above : { ...above, preserveUnknown };
  const isResource = schema['x-kubernetes-embedded-resource'] === true;
  switch (schema.type) {
    case 'string':
      // Formatted strings may be any scalar, bytes excepted.
      return (schema.format ?? '') === '' || schema.format === 'byte' ? STRING : UNTYPED;
    case 'integer':
    case 'number':
      return NUMERIC;
    case 'boolean':
      return BOOLEAN;
    case 'array':
      return { list: listOf(schema, inherited) };
    case 'object':
      return { map: mapOf(schema, inherited, isResource) };
    default:
      return {
        scalar: 'untyped',
        list: listOf(schema, inherited),
        map: mapOf(schema, inherited, isResource),
      };
  }
}

function listOf(schema: StructuralSchema, inherited: Inherited): MergeList {
  const kind = schema['x-kubernetes-list-type'];
  const { items } = schema;
  let element: MergeType | undefined;
  return {
    atomic: kind !== 'map' && kind !== 'set',
    keys: kind === 'map' ? (schema['x-kubernetes-list-map-keys'] ?? []) : [],
    keyDefault: (key) => ownField(items?.properties, key)?.default,
    get element() {
      element ??= items === undefined ? UNTYPED_ATOMIC : newType(items, inherited);
      return element;
    },
  };
}

function mapOf(schema: StructuralSchema, inherited: Inherited, isResource: boolean): MergeMap {
  const fields = new Map<string, MergeType>();
  if (isResource) {
    fields.set('apiVersion', STRING).set('kind', STRING).set('metadata', inherited.metadata);
  }
  const isUndeclared = !isResource && Object.keys(schema.properties ?? {}).length === 0;
  let element: MergeType | undefined | null = null;
  return {
    atomic: schema['x-kubernetes-map-type'] === 'atomic',
    field(name) {
      const known = fields.get(name);
      if (known !== undefined) return known;
      const property = ownField(schema.properties, name);
      if (property === undefined) return undefined;
      const type = newType(property, inherited);
      fields.set(name, type);
      return type;
    },
    get element() {
      if (element === null) element = elementOf(schema, inherited, isUndeclared);
      return element;
    },
    get isOpen() {
      return isUndeclared && this.element === DEDUCED;
    },
  };
}

/** Of an object that declares nothing every member is welcome, even if it does not say so. */
function elementOf(
  { additionalProperties }: StructuralSchema,
  inherited: Inherited,
  isUndeclared: boolean,
): MergeType | undefined {
  switch (typeof additionalProperties) {
    case 'undefined':
      return inherited.preserveUnknown || isUndeclared ? DEDUCED : undefined;
    case 'boolean':
      return additionalProperties ? DEDUCED : undefined;
    default:
      return newType(additionalProperties, inherited);
  }
}

function ownField<T>(fields: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return fields !== undefined && Object.hasOwn(fields, name) ? fields[name] : undefined;
}
