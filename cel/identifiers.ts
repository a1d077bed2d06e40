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
  if (!/^[A-Za-z_][A-Za-z0-9_./-]*$/.test(name)) return undefined;
  return name.replaceAll(/__|[./-]/g, (match) => ESCAPES.get(match) ?? match);
}

/** The property that an escaped name stands for; undefined for what escaping never gives. */
export function unescapeIdentifier(escaped: string): string | undefined {
  const word = /^__([a-z]+)__$/.exec(escaped)?.[1];
  if (word !== undefined && RESERVED.has(word)) return word;
  let isValid = true;
  const name = escaped.replaceAll(/__[a-z]*(?:__)?/g, (match) => {
    const plain = UNESCAPES.get(match);
    if (plain === undefined) isValid = false;
    return plain ?? match;
  });
  return isValid ? name : undefined;
}
