import { DYN, INT, listOf, STRING } from '../types/cel-type.ts';
import { ErrorValue, NO_SUCH_OVERLOAD } from '../values/error-value.ts';
import { ArrayList } from '../values/list-value.ts';
import type { Value } from '../values/value.ts';
import { asInt, asList, asString } from './arguments.ts';
import {
  declare,
  globalOverload,
  memberOverload,
  type FunctionDeclaration,
} from './declaration.ts';
import { formatString } from './string-format.ts';

const STRINGS = listOf(STRING);

const outOfRange = (index: bigint): ErrorValue => new ErrorValue(`index out of range: ${index}`);

/** Positions count code points. ASCII texts, which most are, need no splitting. */
const isASCII = (text: string): boolean => /^\p{ASCII}*$/u.test(text);

const charactersOf = (text: string): string | readonly string[] =>
  isASCII(text) ? text : Array.from(text);

function joinCharacters(
  characters: string | readonly string[],
  start: number,
  end: number,
): string {
  const part = characters.slice(start, end);
  return typeof part === 'string' ? part : part.join('');
}

function charAt(text: string, index: bigint): Value {
  const characters = charactersOf(text);
  if (index < 0n || index > characters.length) return outOfRange(index);
  return characters[Number(index)] ?? '';
}

function indexOf(text: string, wanted: string, offset: bigint): Value {
  if (wanted === '') return offset;
  if (offset < 0n) return outOfRange(offset);
  const characters = charactersOf(text);
  if (offset >= characters.length) return -1n;
  const at = text.indexOf(wanted, joinCharacters(characters, 0, Number(offset)).length);
  return at < 0 ? -1n : BigInt(countCharacters(text, at));
}

function lastIndexOf(text: string, wanted: string, offset: bigint): Value {
  if (wanted === '') return offset;
  if (offset < 0n) return outOfRange(offset);
  const characters = charactersOf(text);
  if (offset >= characters.length) return -1n;
  const at = text.lastIndexOf(wanted, joinCharacters(characters, 0, Number(offset)).length);
  return at < 0 ? -1n : BigInt(countCharacters(text, at));
}

const countCharacters = (text: string, end: number): number =>
  charactersOf(text.slice(0, end)).length;

function substring(text: string, start: bigint, end: bigint | undefined): Value {
  const characters = charactersOf(text);
  if (end !== undefined && start > end) {
    return new ErrorValue(`invalid substring range. start: ${start}, end: ${end}`);
  }
  if (start < 0n || start > characters.length) return outOfRange(start);
  if (end !== undefined && end > characters.length) return outOfRange(end);
  return joinCharacters(characters, Number(start), Number(end ?? BigInt(characters.length)));
}

/** What neither fits into memory nor into a request; upstream would die of it. */
const MAX_RESULT_LENGTH = 2 ** 26;
const TOO_LONG = new ErrorValue(`string is longer than ${MAX_RESULT_LENGTH} characters`);

/** At most `limit` replacements, all when it is negative. An empty text matches between all characters. */
function replace(text: string, old: string, replacement: string, limit: bigint): Value {
  if (old === '' && text === '') return limit === 0n ? text : replacement;
  const parts = old === '' ? ['', ...Array.from(text), ''] : text.split(old);
  const gaps = parts.length - 1;
  const replaced = limit >= 0n && limit < BigInt(gaps) ? Number(limit) : gaps;
  if (text.length + replaced * replacement.length > MAX_RESULT_LENGTH) return TOO_LONG;
  const kept = parts.slice(replaced).join(old);
  return [...parts.slice(0, replaced), kept].join(replacement);
}

/** At most `limit` parts, the last with the rest; all when it is negative. */
function split(text: string, separator: string, limit: bigint): ArrayList {
  if (limit === 0n) return new ArrayList([]);
  const parts = separator === '' ? Array.from(text) : text.split(separator);
  if (limit < 0n || limit >= BigInt(parts.length)) return new ArrayList(parts);
  const kept = Number(limit) - 1;
  return new ArrayList([...parts.slice(0, kept), parts.slice(kept).join(separator)]);
}

function join(list: readonly Value[], separator: string): Value {
  const texts: string[] = [];
  for (const element of list) {
    if (typeof element !== 'string') return NO_SUCH_OVERLOAD;
    texts.push(element);
  }
  const length = texts.reduce((sum, text) => sum + text.length + separator.length, 0);
  return length > MAX_RESULT_LENGTH ? TOO_LONG : texts.join(separator);
}

/** What Unicode calls white space; JavaScript's trim also takes U+FEFF and leaves U+0085. */
const SPACE = String.raw`[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]`;
const LEADING = new RegExp(`^${SPACE}+`);
const SPACE_CHARACTER = new RegExp(SPACE);

function trim(text: string): string {
  let end = text.length;
  while (end > 0 && SPACE_CHARACTER.test(text[end - 1] ?? '')) end--;
  return text.slice(0, end).replace(LEADING, '');
}

const QUOTES: Readonly<Record<string, string>> = {
  '\u0007': String.raw`\a`,
  '\b': String.raw`\b`,
  '\f': String.raw`\f`,
  '\n': String.raw`\n`,
  '\r': String.raw`\r`,
  '\t': String.raw`\t`,
  '\v': String.raw`\v`,
  '\\': '\\\\',
  '"': String.raw`\"`,
};

const quote = (text: string): string =>
  `"${Array.from(text, (character) => QUOTES[character] ?? character).join('')}"`;

/** The strings extension at the version that Kubernetes has (cel-go `ext.Strings`, version 2). */
export const STRINGS_LIBRARY: readonly FunctionDeclaration[] = [
  declare(
    'charAt',
    memberOverload('string_char_at_int', [STRING, INT], STRING, ([text, index]) =>
      charAt(asString(text), asInt(index)),
    ),
  ),
  declare(
    'indexOf',
    memberOverload('string_index_of_string', [STRING, STRING], INT, ([text, wanted]) =>
      indexOf(asString(text), asString(wanted), 0n),
    ),
    memberOverload('string_index_of_string_int', [STRING, STRING, INT], INT, ([text, wanted, at]) =>
      indexOf(asString(text), asString(wanted), asInt(at)),
    ),
  ),
  declare(
    'lastIndexOf',
    memberOverload('string_last_index_of_string', [STRING, STRING], INT, ([text, wanted]) => {
      const { length } = charactersOf(asString(text));
      if (wanted === '') return BigInt(length);
      return length === 0 ? -1n : lastIndexOf(asString(text), asString(wanted), BigInt(length - 1));
    }),
    memberOverload(
      'string_last_index_of_string_int',
      [STRING, STRING, INT],
      INT,
      ([text, wanted, at]) => lastIndexOf(asString(text), asString(wanted), asInt(at)),
    ),
  ),
  declare(
    'lowerAscii',
    memberOverload('string_lower_ascii', [STRING], STRING, ([text]) =>
      asString(text).replaceAll(/[A-Z]+/g, (match) => match.toLowerCase()),
    ),
  ),
  declare(
    'upperAscii',
    memberOverload('string_upper_ascii', [STRING], STRING, ([text]) =>
      asString(text).replaceAll(/[a-z]+/g, (match) => match.toUpperCase()),
    ),
  ),
  declare(
    'replace',
    memberOverload(
      'string_replace_string_string',
      [STRING, STRING, STRING],
      STRING,
      ([text, old, replacement]) =>
        replace(asString(text), asString(old), asString(replacement), -1n),
    ),
    memberOverload(
      'string_replace_string_string_int',
      [STRING, STRING, STRING, INT],
      STRING,
      ([text, old, replacement, limit]) =>
        replace(asString(text), asString(old), asString(replacement), asInt(limit)),
    ),
  ),
  declare(
    'split',
    memberOverload('string_split_string', [STRING, STRING], STRINGS, ([text, separator]) =>
      split(asString(text), asString(separator), -1n),
    ),
    memberOverload(
      'string_split_string_int',
      [STRING, STRING, INT],
      STRINGS,
      ([text, separator, limit]) => split(asString(text), asString(separator), asInt(limit)),
    ),
  ),
  declare(
    'substring',
    memberOverload('string_substring_int', [STRING, INT], STRING, ([text, start]) =>
      substring(asString(text), asInt(start), undefined),
    ),
    memberOverload('string_substring_int_int', [STRING, INT, INT], STRING, ([text, start, end]) =>
      substring(asString(text), asInt(start), asInt(end)),
    ),
  ),
  declare(
    'trim',
    memberOverload('string_trim', [STRING], STRING, ([text]) => trim(asString(text))),
  ),
  declare(
    'join',
    memberOverload('list_join', [STRINGS], STRING, ([list]) => join(asList(list).toArray(), '')),
    memberOverload('list_join_string', [STRINGS, STRING], STRING, ([list, separator]) =>
      join(asList(list).toArray(), asString(separator)),
    ),
  ),
  declare(
    'strings.quote',
    globalOverload('strings_quote', [STRING], STRING, ([text]) => quote(asString(text))),
  ),
  declare(
    'format',
    memberOverload('string_format', [STRING, listOf(DYN)], STRING, ([text, list]) =>
      formatString(asString(text), asList(list).toArray()),
    ),
  ),
];
