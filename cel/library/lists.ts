import {
  BOOL,
  BYTES,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  listOf,
  STRING,
  TIMESTAMP,
  typeParam,
  UINT,
  type CelType,
} from '../types/cel-type.ts';
import { add } from '../values/arithmetic.ts';
import { Duration } from '../values/duration.ts';
import { compare, equal } from '../values/equality.ts';
import { ErrorValue, isError } from '../values/error-value.ts';
import { ArrayList, ListValue } from '../values/list-value.ts';
import { runtimeType } from '../values/type-value.ts';
import { Uint } from '../values/uint.ts';
import type { Value } from '../values/value.ts';
import { asInt, asList } from './arguments.ts';
import {
  declare,
  globalOverload,
  memberOverload,
  type FunctionDeclaration,
  type Implementation,
} from './declaration.ts';

const T = typeParam('T');
const LIST = listOf(T);

/** Largest list that `lists.range` makes. */
const MAX_RANGE = 1_000_000n;

/** Types whose values have an order, with the word that overload ids have for each. */
export const ORDERED_TYPES: readonly (readonly [word: string, type: CelType])[] = [
  ['int', INT],
  ['uint', UINT],
  ['double', DOUBLE],
  ['bool', BOOL],
  ['duration', DURATION],
  ['timestamp', TIMESTAMP],
  ['string', STRING],
  ['bytes', BYTES],
];

function isSorted([list]: readonly Value[]): Value {
  const elements = asList(list).toArray();
  for (let i = 1; i < elements.length; i++) {
    if (compare(elements[i - 1] ?? null, elements[i] ?? null) === 1) return false;
  }
  return true;
}

/** The first element that no other is on the wrong side of: `sign` is 1 for min, -1 for max. */
const extreme =
  (name: string, sign: 1 | -1): Implementation =>
  ([list]) => {
    const elements = asList(list).toArray();
    let best = elements[0];
    if (best === undefined) return new ErrorValue(`${name} called on empty list`);
    for (const element of elements) if (compare(best, element) === sign) best = element;
    return best;
  };

const sumFrom =
  (zero: Value): Implementation =>
  ([list]) => {
    let total = zero;
    for (const element of asList(list).toArray()) {
      total = add(total, element);
      if (isError(total)) break;
    }
    return total;
  };

const overOrdered = (name: string, result: CelType | undefined, compute: Implementation) =>
  declare(
    name,
    ...ORDERED_TYPES.map(([word, type]) =>
      memberOverload(`list_${word}_${name}`, [listOf(type)], result ?? type, compute),
    ),
  );

/** Kubernetes' own list functions (apiserver pkg/cel/library/lists.go). */
const KUBERNETES_LISTS: readonly FunctionDeclaration[] = [
  overOrdered('isSorted', BOOL, isSorted),
  overOrdered('min', undefined, extreme('min', 1)),
  overOrdered('max', undefined, extreme('max', -1)),
  declare(
    'sum',
    memberOverload('list_int_sum', [listOf(INT)], INT, sumFrom(0n)),
    memberOverload('list_uint_sum', [listOf(UINT)], UINT, sumFrom(new Uint(0n))),
    memberOverload('list_double_sum', [listOf(DOUBLE)], DOUBLE, sumFrom(0)),
    memberOverload('list_duration_sum', [listOf(DURATION)], DURATION, sumFrom(new Duration(0n))),
  ),
  declare(
    'indexOf',
    memberOverload('list_a_index_of_int', [LIST, T], INT, ([list, wanted = null]) =>
      BigInt(
        asList(list)
          .toArray()
          .findIndex((element) => equal(element, wanted) === true),
      ),
    ),
  ),
  declare(
    'lastIndexOf',
    memberOverload('list_a_last_index_of_int', [LIST, T], INT, ([list, wanted = null]) =>
      BigInt(
        asList(list)
          .toArray()
          .findLastIndex((element) => equal(element, wanted) === true),
      ),
    ),
  ),
];

function slice([list, from, to]: readonly Value[]): Value {
  const elements = asList(list).toArray();
  const start = asInt(from);
  const end = asInt(to);
  const call = `cannot slice(${start}, ${end})`;
  if (start < 0n || end < 0n) return new ErrorValue(`${call}, negative indexes not supported`);
  if (start > end) {
    return new ErrorValue(`${call}, start index must be less than or equal to end index`);
  }
  if (end > elements.length) return new ErrorValue(`${call}, list is length ${elements.length}`);
  return new ArrayList(elements.slice(Number(start), Number(end)));
}

function flatten(list: ListValue, depth: bigint): readonly Value[] {
  return list
    .toArray()
    .flatMap((element) =>
      element instanceof ListValue && depth > 0n ? flatten(element, depth - 1n) : [element],
    );
}

function range([size]: readonly Value[]): Value {
  const length = asInt(size);
  if (length < 0n) return new ErrorValue(`lists.range: size must be non-negative, got ${length}`);
  if (length > MAX_RANGE) {
    return new ErrorValue(`lists.range: size ${length} exceeds maximum allowed (${MAX_RANGE})`);
  }
  return new ArrayList(Array.from({ length: Number(length) }, (_, i) => BigInt(i)));
}

/** Quadratic, as its cost says: equality across number types has no hash. */
function distinct([list]: readonly Value[]): Value {
  const kept: Value[] = [];
  const scalars = new Set<Value>();
  for (const element of asList(list).toArray()) {
    // Elements that were seen as they are need no search; the rest may equal one of another type.
    if (scalars.has(element) || kept.some((other) => equal(element, other) === true)) continue;
    if (typeof element === 'string' || typeof element === 'bigint') scalars.add(element);
    kept.push(element);
  }
  return new ArrayList(kept);
}

function sortByKeys([list, keyList]: readonly Value[]): Value {
  const elements = asList(list).toArray();
  const keys = asList(keyList).toArray();
  const [first] = keys;
  if (first === undefined) return asList(list);
  if (isError(asComparison(first, first))) {
    return new ErrorValue('list elements must be comparable');
  }
  const { kind, name } = runtimeType(first);
  const isMixed = keys.some((key) => {
    const type = runtimeType(key);
    return type.kind !== kind || type.name !== name;
  });
  if (isMixed && keys.length > 1) return new ErrorValue('list elements must have the same type');
  const order = Array.from(keys.keys()).sort((a, b) => {
    const compared = compare(keys[a] ?? null, keys[b] ?? null);
    return typeof compared === 'number' ? compared : 0;
  });
  return new ArrayList(order.map((index) => elements[index] as Value)); // as many as keys
}

const asComparison = (a: Value, b: Value): Value => {
  const compared = compare(a, b);
  return compared instanceof ErrorValue ? compared : true;
};

/** The lists extension (cel-go `ext.Lists`, with costs). */
const EXTENDED_LISTS: readonly FunctionDeclaration[] = [
  declare('slice', memberOverload('list_slice', [LIST, INT, INT], LIST, slice)),
  declare(
    'flatten',
    memberOverload(
      'list_flatten',
      [listOf(LIST)],
      LIST,
      ([list]) => new ArrayList(flatten(asList(list), 1n)),
    ),
    memberOverload('list_flatten_int', [listOf(DYN), INT], listOf(DYN), ([list, depth]) =>
      asInt(depth) < 0n
        ? new ErrorValue('level must be non-negative')
        : new ArrayList(flatten(asList(list), asInt(depth))),
    ),
  ),
  declare(
    'sort',
    ...ORDERED_TYPES.map(([, type]) =>
      memberOverload(`list_${type.name}_sort`, [listOf(type)], listOf(type), ([list = null]) =>
        sortByKeys([list, list]),
      ),
    ),
  ),
  declare(
    '@sortByAssociatedKeys',
    ...ORDERED_TYPES.map(([, type]) =>
      memberOverload(
        `list_${type.name}_sortByAssociatedKeys`,
        [LIST, listOf(type)],
        LIST,
        sortByKeys,
      ),
    ),
  ),
  declare('lists.range', globalOverload('lists_range', [INT], listOf(INT), range)),
  declare(
    'reverse',
    memberOverload(
      'list_reverse',
      [LIST],
      LIST,
      ([list]) => new ArrayList(asList(list).toArray().toReversed()),
    ),
  ),
  declare('distinct', memberOverload('list_distinct', [LIST], LIST, distinct)),
];

export const LISTS: readonly FunctionDeclaration[] = [...KUBERNETES_LISTS, ...EXTENDED_LISTS];
