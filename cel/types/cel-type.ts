export type TypeKind =
  | 'bool'
  | 'bytes'
  | 'double'
  | 'duration'
  | 'dyn'
  | 'error'
  | 'int'
  | 'list'
  | 'map'
  | 'null'
  | 'opaque'
  | 'string'
  | 'struct'
  | 'timestamp'
  | 'type'
  | 'typeParam'
  | 'uint';

/** One field of a struct type. */
export interface FieldDeclaration {
  readonly type: CelType;
  /** The property's name in JSON; the map's key is the name that expressions use (`escapeIdentifier`). */
  readonly jsonName: string;
}

/** The fields of a struct by the names that expressions use. A `Map` is one. */
export interface Fields {
  get(name: string): FieldDeclaration | undefined;
}

/** How `==` and `+` treat a list (x-kubernetes-list-type): atomic where it is not said. */
export type ListSemantics =
  | { readonly kind: 'set' }
  | { readonly kind: 'map'; readonly keys: readonly string[] };

/** A static type. Types are compared by kind, name and parameters, never by identity. */
export interface CelType {
  readonly kind: TypeKind;
  /** What `type()` and error messages call it, without parameters. */
  readonly name: string;
  readonly parameters: readonly CelType[];
  /** Structs only. Opaque structs of the libraries have none. */
  readonly fields?: Fields;
  readonly listSemantics?: ListSemantics;
  /** Largest size() of a value: code points, bytes, items or properties. For cost estimates. */
  readonly maxSize?: bigint;
  /** Strings, numbers and structs that JSON may have as null. */
  readonly nullable?: boolean;
}

const simple = (kind: TypeKind, name: string): CelType => ({ kind, name, parameters: [] });

export const BOOL = simple('bool', 'bool');
export const BYTES = simple('bytes', 'bytes');
export const DOUBLE = simple('double', 'double');
export const DURATION = simple('duration', 'google.protobuf.Duration');
export const DYN = simple('dyn', 'dyn');
export const ERROR = simple('error', '!error!');
export const INT = simple('int', 'int');
export const NULL = simple('null', 'null_type');
export const STRING = simple('string', 'string');
export const TIMESTAMP = simple('timestamp', 'google.protobuf.Timestamp');
export const TYPE = simple('type', 'type');
export const UINT = simple('uint', 'uint');

export const listOf = (element: CelType, limits: Partial<CelType> = {}): CelType => ({
  ...limits,
  kind: 'list',
  name: 'list',
  parameters: [element],
});

export const mapOf = (key: CelType, value: CelType, limits: Partial<CelType> = {}): CelType => ({
  ...limits,
  kind: 'map',
  name: 'map',
  parameters: [key, value],
});

export const optionalOf = (value: CelType): CelType => opaque('optional_type', value);
export const typeOf = (type: CelType): CelType => ({ ...TYPE, parameters: [type] });
export const typeParam = (name: string): CelType => simple('typeParam', name);

export const opaque = (name: string, ...parameters: CelType[]): CelType => ({
  kind: 'opaque',
  name,
  parameters,
});

/** A type with named fields. The name is what error messages show and what makes it equal to another. */
export const structType = (
  name: string,
  fields: Fields = new Map(),
  limits: Partial<CelType> = {},
): CelType => ({ ...limits, kind: 'struct', name, parameters: [], fields });

/** The same type with a largest size, for cost estimates. */
export const withMaxSize = (type: CelType, maxSize: bigint): CelType => ({ ...type, maxSize });

export const isDyn = (type: CelType): boolean => type.kind === 'dyn';
export const isDynOrError = (type: CelType): boolean =>
  type.kind === 'dyn' || type.kind === 'error';

export const isOptionalType = (type: CelType): boolean =>
  type.kind === 'opaque' && type.name === 'optional_type';

/** Parameter i of a type, dyn where it has none. */
export const parameterOf = (type: CelType, index: number): CelType => type.parameters[index] ?? DYN;

export function isSameType(a: CelType, b: CelType): boolean {
  if (a === b) return true;
  return (
    a.kind === b.kind &&
    a.name === b.name &&
    a.parameters.length === b.parameters.length &&
    a.parameters.every((parameter, i) => isSameType(parameter, parameterOf(b, i)))
  );
}

/** As cel-go's Type.String: `list(int)`, `google.protobuf.Timestamp`, `null_type`. */
export function typeName(type: CelType): string {
  if (type.parameters.length === 0) return type.name;
  return `${type.name}(${type.parameters.map(typeName).join(', ')})`;
}

const NAMES_IN_ERRORS: Partial<Record<TypeKind, string>> = {
  null: 'null',
  timestamp: 'timestamp',
  duration: 'duration',
};

/** As type errors name it, which differs for null, timestamps and durations. */
export function formatType(type: CelType): string {
  const name = NAMES_IN_ERRORS[type.kind] ?? type.name;
  if (type.parameters.length === 0) return name;
  return `${name}(${type.parameters.map(formatType).join(', ')})`;
}
