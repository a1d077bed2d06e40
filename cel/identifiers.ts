/** Words that expressions cannot use as names, in apiserver's list of `cel.Escape`. */
const RESERVED = new Set([
  'true',
  'false',
  'null',
  'in',
  'as',
  'break',
  'const',
  'continue',
  'else',
  'for',
  'function',
  'if',
  'import',
  'let',
  'loop',
  'package',
  'namespace',
  'return',
  'var',
  'void',
  'while',
]);

const ESCAPES = new Map([
  ['__', '__underscores__'],
  ['.', '__dot__'],
  ['-', '__dash__'],
  ['/', '__slash__'],
]);
const UNESCAPES = new Map(Array.from(ESCAPES, ([plain, escaped]) => [escaped, plain]));

/**
 * The name that expressions use for a JSON property (apiserver `cel.Escape`): `a-b` is `a__dash__b`,
 * `namespace` is `__namespace__`. Undefined for names that no escape can spell.
 */
export function escapeIdentifier(name: string): string | undefined {
  if (RESERVED.has(name)) return `__${name}__`;
  if (!/^[A-Za-z_./-][A-Za-z0-9_./-]*$/.test(name)) return undefined;
  return name.replaceAll(/__|[./-]/g, (match) => ESCAPES.get(match) ?? match);
}

/** The property that an escaped name stands for; undefined for what escaping never gives. */
export function unescapeIdentifier(escaped: string): string | undefined {
  let isValid = true;
  const name = escaped.replaceAll(/__([^_]+)__/g, (match, word: string) => {
    const plain = UNESCAPES.get(match);
    if (plain !== undefined) return plain;
    // A reserved word is escaped only where it is the whole name.
    if (!RESERVED.has(word) || match !== escaped) isValid = false;
    return word;
  });
  return isValid ? name : undefined;
}

/**
 * What is declared under a name: words that are reserved may also be written as they are
 * (`self.namespace`), where the grammar lets them.
 */
export function lookUpEscaped<T>(
  fields: { get(name: string): T | undefined } | undefined,
  name: string,
): T | undefined {
  return fields?.get(name) ?? (RESERVED.has(name) ? fields?.get(`__${name}__`) : undefined);
}
