import {
  BOOL,
  BYTES,
  DOUBLE,
  DURATION,
  INT,
  listOf,
  mapOf,
  optionalOf,
  STRING,
  TIMESTAMP,
  typeParam,
  UINT,
  type CelType,
} from '../types/cel-type.ts';
import { declare, globalOverload, type FunctionDeclaration } from './declaration.ts';

const A = typeParam('A');
const B = typeParam('B');
const LIST_OF_A = listOf(A);
const MAP_OF_A_B = mapOf(A, B);

const arithmetic = (
  name: string,
  word: string,
  ...signatures: readonly (readonly [id: string, left: CelType, right: CelType, result: CelType])[]
): FunctionDeclaration =>
  declare(
    name,
    ...signatures.map(([id, left, right, result]) =>
      globalOverload(`${word}_${id}`, [left, right], result),
    ),
  );

const ORDERED: readonly (readonly [id: string, left: CelType, right: CelType])[] = [
  ['bool', BOOL, BOOL],
  ['int64', INT, INT],
  ['int64_double', INT, DOUBLE],
  ['int64_uint64', INT, UINT],
  ['uint64', UINT, UINT],
  ['uint64_double', UINT, DOUBLE],
  ['uint64_int64', UINT, INT],
  ['double', DOUBLE, DOUBLE],
  ['double_int64', DOUBLE, INT],
  ['double_uint64', DOUBLE, UINT],
  ['string', STRING, STRING],
  ['bytes', BYTES, BYTES],
  ['timestamp', TIMESTAMP, TIMESTAMP],
  ['duration', DURATION, DURATION],
];

const relation = (name: string, word: string): FunctionDeclaration =>
  declare(
    name,
    ...ORDERED.map(([id, left, right]) => globalOverload(`${word}_${id}`, [left, right], BOOL)),
  );

/**
 * Operators, which the planner computes itself (cel-go common/stdlib). Numbers of different types can
 * be ordered, but not added.
 */
export const OPERATORS: readonly FunctionDeclaration[] = [
  declare('_?_:_', globalOverload('conditional', [BOOL, A, A], A)),
  declare('_&&_', globalOverload('logical_and', [BOOL, BOOL], BOOL)),
  declare('_||_', globalOverload('logical_or', [BOOL, BOOL], BOOL)),
  declare('!_', globalOverload('logical_not', [BOOL], BOOL)),
  declare('@not_strictly_false', globalOverload('not_strictly_false', [BOOL], BOOL)),
  declare('_==_', globalOverload('equals', [A, A], BOOL)),
  declare('_!=_', globalOverload('not_equals', [A, A], BOOL)),
  declare(
    '-_',
    globalOverload('negate_double', [DOUBLE], DOUBLE),
    globalOverload('negate_int64', [INT], INT),
  ),
  arithmetic(
    '_+_',
    'add',
    ['bytes', BYTES, BYTES, BYTES],
    ['double', DOUBLE, DOUBLE, DOUBLE],
    ['duration_duration', DURATION, DURATION, DURATION],
    ['duration_timestamp', DURATION, TIMESTAMP, TIMESTAMP],
    ['timestamp_duration', TIMESTAMP, DURATION, TIMESTAMP],
    ['int64', INT, INT, INT],
    ['list', LIST_OF_A, LIST_OF_A, LIST_OF_A],
    ['string', STRING, STRING, STRING],
    ['uint64', UINT, UINT, UINT],
  ),
  arithmetic(
    '_-_',
    'subtract',
    ['double', DOUBLE, DOUBLE, DOUBLE],
    ['duration_duration', DURATION, DURATION, DURATION],
    ['int64', INT, INT, INT],
    ['timestamp_duration', TIMESTAMP, DURATION, TIMESTAMP],
    ['timestamp_timestamp', TIMESTAMP, TIMESTAMP, DURATION],
    ['uint64', UINT, UINT, UINT],
  ),
  arithmetic(
    '_*_',
    'multiply',
    ['double', DOUBLE, DOUBLE, DOUBLE],
    ['int64', INT, INT, INT],
    ['uint64', UINT, UINT, UINT],
  ),
  arithmetic(
    '_/_',
    'divide',
    ['double', DOUBLE, DOUBLE, DOUBLE],
    ['int64', INT, INT, INT],
    ['uint64', UINT, UINT, UINT],
  ),
  arithmetic('_%_', 'modulo', ['int64', INT, INT, INT], ['uint64', UINT, UINT, UINT]),
  relation('_<_', 'less'),
  relation('_<=_', 'less_equals'),
  relation('_>_', 'greater'),
  relation('_>=_', 'greater_equals'),
  declare(
    '_[_]',
    globalOverload('index_list', [LIST_OF_A, INT], A),
    globalOverload('index_map', [MAP_OF_A_B, A], B),
    globalOverload('optional_list_index_int', [optionalOf(LIST_OF_A), INT], optionalOf(A)),
    globalOverload('optional_map_index_value', [optionalOf(MAP_OF_A_B), A], optionalOf(B)),
  ),
  declare(
    '_[?_]',
    globalOverload('list_optindex_optional_int', [LIST_OF_A, INT], optionalOf(A)),
    globalOverload(
      'optional_list_optindex_optional_int',
      [optionalOf(LIST_OF_A), INT],
      optionalOf(A),
    ),
    globalOverload('map_optindex_optional_value', [MAP_OF_A_B, A], optionalOf(B)),
    globalOverload(
      'optional_map_optindex_optional_value',
      [optionalOf(MAP_OF_A_B), A],
      optionalOf(B),
    ),
  ),
  declare(
    '@in',
    globalOverload('in_list', [A, LIST_OF_A], BOOL),
    globalOverload('in_map', [A, MAP_OF_A_B], BOOL),
  ),
];
