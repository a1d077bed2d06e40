import { BOOL, listOf, typeParam } from '../types/cel-type.ts';
import type { ListValue } from '../values/list-value.ts';
import { asList } from './arguments.ts';
import { declare, globalOverload, type FunctionDeclaration } from './declaration.ts';

const LIST = listOf(typeParam('T'));

const containsAll = (list: ListValue, sublist: ListValue): boolean =>
  sublist.toArray().every((element) => list.contains(element));

const onLists = (
  word: string,
  compute: (a: ListValue, b: ListValue) => boolean,
): FunctionDeclaration =>
  declare(
    `sets.${word}`,
    globalOverload(`sets_${word}_list_list`, [LIST, LIST], BOOL, ([a, b]) =>
      compute(asList(a), asList(b)),
    ),
  );

/** Lists as sets (cel-go `ext.Sets`); the cost rules charge for the product of the sizes. */
export const SETS: readonly FunctionDeclaration[] = [
  onLists('contains', containsAll),
  onLists('equivalent', (a, b) => containsAll(a, b) && containsAll(b, a)),
  onLists('intersects', (a, b) => a.toArray().some((element) => b.contains(element))),
];
