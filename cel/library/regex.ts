import { INT, listOf, STRING } from '../types/cel-type.ts';
import { ErrorValue } from '../values/error-value.ts';
import { ArrayList } from '../values/list-value.ts';
import type { Value } from '../values/value.ts';
import { asInt, asString } from './arguments.ts';
import { declare, memberOverload, type FunctionDeclaration } from './declaration.ts';
import { compilePattern } from './pattern.ts';

function find(text: string, pattern: string): Value {
  const regex = compilePattern(pattern);
  if (regex instanceof ErrorValue) return regex;
  const matcher = regex.matcher(text);
  return matcher.find() ? (matcher.group() ?? '') : '';
}

/** At most `limit` matches, all when it is negative. An empty match right after another does not count. */
function findAll(text: string, pattern: string, limit: bigint): Value {
  const regex = compilePattern(pattern);
  if (regex instanceof ErrorValue) return regex;
  const matcher = regex.matcher(text);
  const matches: string[] = [];
  let previousEnd = -1;
  const most = limit < 0n ? Number.POSITIVE_INFINITY : Number(limit);
  while (matches.length < most && matcher.find()) {
    const isAdjacentEmpty = matcher.start() === matcher.end() && matcher.start() === previousEnd;
    previousEnd = matcher.end();
    if (!isAdjacentEmpty) matches.push(matcher.group() ?? '');
  }
  return new ArrayList(matches);
}

/** Kubernetes' regex functions (apiserver pkg/cel/library/regex.go). */
export const REGEX: readonly FunctionDeclaration[] = [
  declare(
    'find',
    memberOverload('string_find_string', [STRING, STRING], STRING, ([text, pattern]) =>
      find(asString(text), asString(pattern)),
    ),
  ),
  declare(
    'findAll',
    memberOverload('string_find_all_string', [STRING, STRING], listOf(STRING), ([text, pattern]) =>
      findAll(asString(text), asString(pattern), -1n),
    ),
    memberOverload(
      'string_find_all_string_int',
      [STRING, STRING, INT],
      listOf(STRING),
      ([text, pattern, limit]) => findAll(asString(text), asString(pattern), asInt(limit)),
    ),
  ),
];

/** Functions whose second argument is a pattern; constant ones are compiled when a program is made. */
export const PATTERN_FUNCTIONS: ReadonlySet<string> = new Set(['matches', 'find', 'findAll']);
