import { CIDR } from '../library/cidr.ts';
import { IP } from '../library/ip.ts';
import { NamedFormat } from '../library/named-formats.ts';
import { QuantityValue } from '../library/quantities.ts';
import { SemverValue } from '../library/semvers.ts';
import { URLValue } from '../library/urls.ts';
import { ListValue } from '../values/list-value.ts';
import { MapValue } from '../values/map-value.ts';
import { Optional } from '../values/optional.ts';
import { sizeOf } from '../values/size.ts';
import type { Value } from '../values/value.ts';
import { encodeUTF8 } from '../../apimachinery/utf8.ts';
import {
  AUTHORIZATION_COST,
  LIST_CREATE_COST,
  NOMINAL_FUNCTIONS,
  PATTERN_FACTOR,
  REQUIREMENT_COST,
  REQUIREMENTS_PER_CHARACTER,
  SET_FACTORS,
  TRAVERSAL_FACTOR,
} from './constants.ts';

/** What a call costs, told after it was computed. Arguments may be errors. */
export type CallCost = (args: readonly Value[], result: Value) => number;

const ONE: CallCost = () => 1;

const argument = (args: readonly Value[], index: number): Value => args[index] ?? null;

/** Size for the price; one for what has none. */
function weightOf(value: Value): number {
  const size = sizeOf(value);
  if (size !== undefined) return size;
  return value instanceof Optional && value.value !== undefined ? weightOf(value.value) : 1;
}

/** The weight that Kubernetes' own rules use, which do not look into optionals. */
const plainWeightOf = (value: Value): number => sizeOf(value) ?? 1;

const traversal =
  (index: number, factor = TRAVERSAL_FACTOR): CallCost =>
  (args) =>
    Math.ceil(plainWeightOf(argument(args, index)) * factor);

/** Of walking a value as a tree: text by its bytes, anything else by its leaves. */
function traversalCost(value: Value): number {
  if (typeof value === 'string') return Math.trunc(encodeUTF8(value).length * TRAVERSAL_FACTOR);
  if (value instanceof Uint8Array) return Math.trunc(value.length * TRAVERSAL_FACTOR);
  if (value instanceof ListValue) {
    return value.toArray().reduce<number>((sum, element) => sum + traversalCost(element), 0);
  }
  if (!(value instanceof MapValue)) return 1;
  let cost = 0;
  for (const key of value.keys()) {
    cost += traversalCost(key) + traversalCost(value.find(key) ?? null);
  }
  return cost;
}

const patternCost =
  (weigh: (value: Value) => number): CallCost =>
  (args) =>
    Math.ceil((1 + weigh(argument(args, 0))) * TRAVERSAL_FACTOR) *
    Math.ceil(weigh(argument(args, 1)) * PATTERN_FACTOR);

/** A call that makes a list of `size` elements. */
const allocation = (factor: number, size: number): number =>
  Math.trunc(size * factor) + 1 + LIST_CREATE_COST;

function selfComparison(list: Value): number {
  const size = weightOf(list);
  const first = list instanceof ListValue && size > 0 ? list.get(0) : null;
  const isText = typeof first === 'string' || first instanceof Uint8Array;
  return allocation(isText ? 2 + TRAVERSAL_FACTOR : 2, size * size);
}

const LIST_OUTPUT: CallCost = (_args, result) => allocation(1, weightOf(result));
const FLATTEN: CallCost = (args) => {
  const depth = args[1];
  return allocation(typeof depth === 'bigint' ? Number(depth) : 1, weightOf(argument(args, 0)));
};

const containsIP =
  (isText: boolean): CallCost =>
  (args) => {
    const prefix = Math.ceil(2 * plainWeightOf(argument(args, 0)) * TRAVERSAL_FACTOR);
    return prefix + (isText ? traversal(1)(args, null) : 0);
  };
const containsCIDR =
  (isText: boolean): CallCost =>
  (args, result) =>
    containsIP(isText)(args, result) + traversal(0)(args, result) + 1;

const selectorCost: CallCost = (args) => {
  const length = plainWeightOf(argument(args, 1));
  return (
    LIST_CREATE_COST +
    Math.ceil(length * TRAVERSAL_FACTOR) +
    Math.ceil(Math.ceil(length * REQUIREMENTS_PER_CHARACTER) * REQUIREMENT_COST)
  );
};

const validateCost: CallCost = (args) => {
  const format = args[0];
  if (!(format instanceof NamedFormat)) return 1;
  return (
    Math.ceil((1 + plainWeightOf(argument(args, 1))) * TRAVERSAL_FACTOR) *
    Math.ceil(format.patternSize * PATTERN_FACTOR)
  );
};

const smallerSize: CallCost = (args) =>
  Math.ceil(Math.min(weightOf(argument(args, 0)), weightOf(argument(args, 1))) * TRAVERSAL_FACTOR);

/** Library values that are compared at the price of one, whatever their size. */
const hasNominalEquality = (value: Value): boolean =>
  value instanceof QuantityValue ||
  value instanceof IP ||
  value instanceof CIDR ||
  value instanceof NamedFormat ||
  value instanceof URLValue ||
  value instanceof SemverValue;

/** The price of `==`, whose operands need no array. */
export function equalityCost(a: Value, b: Value): number {
  switch (typeof a) {
    case 'boolean':
    case 'bigint':
    case 'number':
      return weightOf(b) === 0 ? 0 : 1;
    default:
      return hasNominalEquality(a) ? 1 : smallerSize([a, b], null);
  }
}

/** By function name, which Kubernetes' estimator looks at, before the overload counts. */
const BY_FUNCTION: ReadonlyMap<string, CallCost> = new Map<string, CallCost>([
  ['check', () => AUTHORIZATION_COST],
  ['fieldSelector', selectorCost],
  ['labelSelector', selectorCost],
  ...['isSorted', 'sum', 'max', 'min', 'indexOf', 'lastIndexOf'].map((name): [string, CallCost] => [
    name,
    (args) => traversalCost(argument(args, 0)),
  ]),
  ...[
    'url',
    'lowerAscii',
    'upperAscii',
    'substring',
    'trim',
    'jsonpatch.escapeKey',
    'cidr',
    'isIP',
    'isCIDR',
    'ip',
    'quantity',
    'isQuantity',
    'semver',
    'isSemver',
  ].map((name): [string, CallCost] => [name, traversal(0)]),
  ...['replace', 'split', 'ip.isCanonical'].map((name): [string, CallCost] => [
    name,
    traversal(0, 2 * TRAVERSAL_FACTOR),
  ]),
  ['join', (_args, result) => Math.ceil(plainWeightOf(result) * 2 * TRAVERSAL_FACTOR)],
  ['find', patternCost(plainWeightOf)],
  ['findAll', patternCost(plainWeightOf)],
  ['validate', validateCost],
]);

const generalTraversal: CallCost = (args) =>
  Math.ceil(weightOf(argument(args, 0)) * TRAVERSAL_FACTOR);

const BY_OVERLOAD: ReadonlyMap<string, CallCost> = new Map<string, CallCost>([
  ['cidr_ip', ONE],
  ['cidr_contains_ip_string', containsIP(true)],
  ['cidr_contains_ip_ip', containsIP(false)],
  ['cidr_contains_cidr_string', containsCIDR(true)],
  ['cidr_contains_cidr', containsCIDR(false)],
  ['list_slice', LIST_OUTPUT],
  ['lists_range', LIST_OUTPUT],
  ['list_reverse', LIST_OUTPUT],
  ['list_flatten', FLATTEN],
  ['list_flatten_int', FLATTEN],
  ['list_distinct', (args) => selfComparison(argument(args, 0))],
  ...['starts_with_string', 'ends_with_string'].map((id): [string, CallCost] => [
    id,
    (args) => Math.ceil(weightOf(argument(args, 1)) * TRAVERSAL_FACTOR),
  ]),
  ...['string_to_bytes', 'bytes_to_string', 'strings_quote', 'string_format'].map(
    (id): [string, CallCost] => [id, generalTraversal],
  ),
  ['in_list', (args) => weightOf(argument(args, 1))],
  ...['less', 'less_equals', 'greater', 'greater_equals'].flatMap((word): [string, CallCost][] => [
    [`${word}_string`, smallerSize],
    [`${word}_bytes`, smallerSize],
  ]),
  ...['add_string', 'add_bytes'].map((id): [string, CallCost] => [
    id,
    (args) =>
      Math.ceil((weightOf(argument(args, 0)) + weightOf(argument(args, 1))) * TRAVERSAL_FACTOR),
  ]),
  ['matches_string', patternCost(weightOf)],
  [
    'contains_string',
    (args, result) =>
      generalTraversal(args, result) * Math.ceil(weightOf(argument(args, 1)) * TRAVERSAL_FACTOR),
  ],
]);

/**
 * The price of calling a function (cel-go interpreter/runtimecost.go with Kubernetes' estimator).
 * `overload` is its id, undefined where the types leave several.
 */
export function callCost(functionName: string, overload: string | undefined): CallCost {
  if (overload !== undefined) {
    const factor = SET_FACTORS.get(overload);
    if (factor !== undefined) {
      return (args) =>
        1 + Math.trunc(weightOf(argument(args, 0)) * weightOf(argument(args, 1)) * factor);
    }
    if (overload.endsWith('_sort')) return (args) => selfComparison(argument(args, 0));
    if (overload.endsWith('_sortByAssociatedKeys')) {
      return (args) => selfComparison(argument(args, 1));
    }
    const special = BY_OVERLOAD.get(overload);
    if (special !== undefined && !BY_FUNCTION.has(functionName)) return special;
    if (overload === 'cidr_ip') return ONE;
  }
  if (NOMINAL_FUNCTIONS.has(functionName)) return ONE;
  const byFunction = BY_FUNCTION.get(functionName);
  if (byFunction !== undefined) return byFunction;
  // Without an overload the function is taken for the variant on addresses.
  if (functionName === 'containsIP') return containsIP(false);
  if (functionName === 'containsCIDR') return containsCIDR(false);
  return ONE;
}
