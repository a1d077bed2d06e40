import { BOOL, listOf, optionalOf, typeParam } from '../types/cel-type.ts';
import { ErrorValue } from '../values/error-value.ts';
import { ArrayList } from '../values/list-value.ts';
import { EntryMap } from '../values/map-value.ts';
import { NONE, Optional } from '../values/optional.ts';
import { CelObject, type Value } from '../values/value.ts';
import { mapOf } from '../types/cel-type.ts';
import { asList, asMap, asOptional } from './arguments.ts';
import { isError } from '../values/error-value.ts';
import {
  declare,
  globalOverload,
  memberOverload,
  type FunctionDeclaration,
  type Implementation,
} from './declaration.ts';

const T = typeParam('T');
const OPTIONAL = optionalOf(T);

const DEREFERENCE = new ErrorValue('optional.none() dereference');

function isZero(value: Value): boolean {
  if (value === null || value === false || value === '' || value === 0n || value === 0) return true;
  if (value instanceof Uint8Array) return value.length === 0;
  return value instanceof CelObject && value.isZero();
}

const unwrap: Implementation = ([list]) =>
  new ArrayList(
    asList(list)
      .toArray()
      .flatMap((element) =>
        element instanceof Optional ? (element.value ?? []) : [element],
      ) as Value[], // lists are objects, so nothing is flattened twice
  );

/** Optional values (cel-go `cel.OptionalTypes`); `or` and `orValue` are the planner's. */
export const OPTIONALS: readonly FunctionDeclaration[] = [
  declare(
    'optional.of',
    globalOverload('optional_of', [T], OPTIONAL, ([value = null]) => new Optional(value)),
  ),
  declare(
    'optional.ofNonZeroValue',
    globalOverload('optional_ofNonZeroValue', [T], OPTIONAL, ([value = null]) =>
      isZero(value) ? NONE : new Optional(value),
    ),
  ),
  declare(
    'optional.none',
    globalOverload('optional_none', [], OPTIONAL, () => NONE),
  ),
  declare(
    'value',
    memberOverload('optional_value', [OPTIONAL], T, ([optional]) => {
      const { value } = asOptional(optional);
      return value === undefined ? DEREFERENCE : value;
    }),
  ),
  declare(
    'hasValue',
    memberOverload(
      'optional_hasValue',
      [OPTIONAL],
      BOOL,
      ([optional]) => asOptional(optional).value !== undefined,
    ),
  ),
  declare('or', memberOverload('optional_or_optional', [OPTIONAL, OPTIONAL], OPTIONAL)),
  declare('orValue', memberOverload('optional_orValue_value', [OPTIONAL, T], T)),
  declare(
    'first',
    memberOverload('list_first', [listOf(T)], OPTIONAL, ([list]) => {
      const elements = asList(list);
      return elements.size === 0 ? NONE : new Optional(elements.get(0));
    }),
  ),
  declare(
    'last',
    memberOverload('list_last', [listOf(T)], OPTIONAL, ([list]) => {
      const elements = asList(list);
      return elements.size === 0 ? NONE : new Optional(elements.get(elements.size - 1));
    }),
  ),
  declare(
    'optional.unwrap',
    globalOverload('optional_unwrap', [listOf(OPTIONAL)], listOf(T), unwrap),
  ),
  declare('unwrapOpt', memberOverload('optional_unwrapOpt', [listOf(OPTIONAL)], listOf(T), unwrap)),
];

const K = typeParam('K');
const V = typeParam('V');
const MAP = mapOf(K, V);

/** A map that a fold may add to: the accumulator itself, or a copy of a map that is somebody else's. */
const growing = (value: Value | undefined): EntryMap => {
  if (value instanceof EntryMap) return value;
  const map = asMap(value);
  return new EntryMap(Array.from(map.keys(), (key) => [key, map.find(key) ?? null] as const));
};

/** What the macros over two variables collect maps with; no expression can name it. */
export const MAP_INSERT: readonly FunctionDeclaration[] = [
  declare(
    'cel.@mapInsert',
    globalOverload(
      '@mapInsert_map_key_value',
      [MAP, K, V],
      MAP,
      ([map, key = null, value = null]) => growing(map).insert(key, value),
    ),
    globalOverload('@mapInsert_map_map', [MAP, MAP], MAP, ([map, additions]) => {
      const target = growing(map);
      const source = asMap(additions);
      for (const key of source.keys()) {
        const inserted = target.insert(key, source.find(key) ?? null);
        if (isError(inserted)) return inserted;
      }
      return target;
    }),
  ),
];
