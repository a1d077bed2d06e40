import { RE2JS, RE2JSException } from 're2js';
import { ErrorValue } from '../values/error-value.ts';
import type { Value } from '../values/value.ts';

const compiled = new Map<string, RE2JS | ErrorValue>();
/** Patterns may be computed from data; only so many are kept. */
const MAX_COMPILED = 500;

/** Compiles an RE2 pattern, which matches in time linear in the text. An ErrorValue with Go's words when it is none. */
export function compilePattern(pattern: string): RE2JS | ErrorValue {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  let result: RE2JS | ErrorValue;
  try {
    result = RE2JS.compile(pattern);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    result = new ErrorValue(error.message);
  }
  if (compiled.size >= MAX_COMPILED) compiled.clear();
  compiled.set(pattern, result);
  return result;
}

/** Whether the pattern matches anywhere in the text. */
export function matchesPattern(text: string, pattern: string): Value {
  const regex = compilePattern(pattern);
  return regex instanceof ErrorValue ? regex : regex.matcher(text).find();
}
