/** What a leaf may hold; `untyped` is any scalar. */
export type MergeScalar = 'string' | 'numeric' | 'boolean' | 'untyped';

/**
 * How values at one place of an object are merged, compared and owned. Usually one of the three
 * shapes; a type that leaves the shape open has several, and the value decides.
 */
export interface MergeType {
  readonly scalar?: MergeScalar | undefined;
  readonly list?: MergeList | undefined;
  readonly map?: MergeMap | undefined;
}

export interface MergeList {
  /**
   * Atomic lists are owned as a whole. The elements of an associative list are owned one by one:
   * told apart by the fields of `keys`, or, where there are none, by their value (a set).
   */
  readonly atomic: boolean;
  readonly keys: readonly string[];
  /** Stands in for a key field that an element leaves out; undefined where there is none. */
  keyDefault(key: string): unknown;
  readonly element: MergeType;
}

export interface MergeMap {
  readonly atomic: boolean;
  /** The type of a declared field; undefined where the name is not declared. */
  field(name: string): MergeType | undefined;
  /** The type of every member that is not declared; undefined where there may be none. */
  readonly element: MergeType | undefined;
  /** Nothing is declared and anything goes. */
  readonly isOpen: boolean;
}

const NO_FIELD = (): undefined => undefined;

/** Whatever it is, it has one owner. */
export const UNTYPED_ATOMIC: MergeType = {
  scalar: 'untyped',
  get list() {
    return ATOMIC_LIST;
  },
  get map() {
    return ATOMIC_MAP;
  },
};

const ATOMIC_MAP: MergeMap = {
  atomic: true,
  field: NO_FIELD,
  element: UNTYPED_ATOMIC,
  isOpen: false,
};

const ATOMIC_LIST: MergeList = {
  atomic: true,
  keys: [],
  keyDefault: NO_FIELD,
  element: UNTYPED_ATOMIC,
};

/** What has no schema: maps are merged member by member, lists are atomic. */
export const DEDUCED: MergeType = {
  scalar: 'untyped',
  list: ATOMIC_LIST,
  get map() {
    return DEDUCED_MAP;
  },
};

const DEDUCED_MAP: MergeMap = { atomic: false, field: NO_FIELD, element: DEDUCED, isOpen: true };

/** The type of a member of a map, declared or not. */
export function memberType(map: MergeMap, name: string): MergeType | undefined {
  return map.field(name) ?? map.element;
}

export type PlainObject = Readonly<Record<string, unknown>>;

export const isMapValue = (value: unknown): value is PlainObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isListValue = (value: unknown): value is readonly unknown[] => Array.isArray(value);

/** A member of a map by its name; undefined where there is none, whatever objects inherit. */
export const memberOf = (map: PlainObject | undefined, name: string): unknown =>
  map !== undefined && Object.hasOwn(map, name) ? map[name] : undefined;

/**
 * The shape of a type that a value has. Null and undefined fit every shape, and a value that fits
 * none is judged by the type as a whole.
 */
export function resolveShape(type: MergeType, value: unknown): MergeType {
  if (value === null || value === undefined) return type;
  if (isListValue(value)) {
    return type.list === undefined || isSingle(type) ? type : { list: type.list };
  }
  if (typeof value === 'object') {
    return type.map === undefined || isSingle(type) ? type : { map: type.map };
  }
  return type.scalar === undefined || isSingle(type) ? type : { scalar: type.scalar };
}

function isSingle(type: MergeType): boolean {
  const { scalar, list, map } = type;
  return list === undefined
    ? scalar === undefined || map === undefined
    : scalar === undefined && map === undefined;
}

/** Whether two resolved types are the same shape. */
export function isSameShape(a: MergeType, b: MergeType): boolean {
  return a === b || (a.map === b.map && a.list === b.list && a.scalar === b.scalar);
}
