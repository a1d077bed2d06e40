import { additionalOf, type JSONSchema, propertyOf } from '../schema/json-schema.ts';
import { keyPath } from '../schema/paths.ts';

/** A path that a schema has, as errors write it, and the schema there; or why it is none. */
export type FieldPath =
  | { readonly path: string; readonly root: string; readonly schema: JSONSchema | undefined }
  | { readonly error: string };

const NO_FIELD = 'does not refer to a valid field';
const TOKEN = /'(?:[^'\\]|\\.)*'|[.[\]]|[^.[\]]+/gs;
const ESCAPES: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  "'": "'",
  '\\': '\\',
};

/**
 * Follows a path of fields and map keys, `.spec.map['a key']`, through a structural schema
 * (apiextensions-apiserver's ValidFieldPath). Lists have no path.
 */
export function findFieldPath(
  text: string,
  root: JSONSchema,
  { allowBrackets = true }: { readonly allowBrackets?: boolean } = {},
): FieldPath {
  const tokens = Array.from(text.matchAll(TOKEN), ([token]) => token);
  let schema: JSONSchema | undefined = root;
  let path = '';
  let first: string | undefined;
  for (let i = 0; i < tokens.length; i++) {
    const opening = tokens[i];
    if (opening !== '.' && opening !== '[') {
      return { error: `expected [ or . but got: ${opening}` };
    }
    if (opening === '[' && !allowBrackets) return { error: 'array notation is not allowed' };
    const token = tokens[++i];
    if (token === undefined) return { error: 'unexpected end of JSON path' };
    const name = opening === '[' ? unquote(token) : { text: token };
    if ('error' in name) return name;
    const isNamed: boolean = schema?.properties !== undefined;
    if (!isNamed && schema?.additionalProperties === undefined) return { error: NO_FIELD };
    const next: JSONSchema | undefined = isNamed
      ? propertyOf(schema, name.text)
      : additionalOf(schema);
    if (isNamed && next === undefined) return { error: NO_FIELD };
    path = isNamed ? `${path}${path === '' ? '' : '.'}${name.text}` : keyPath(path, name.text);
    first ??= name.text;
    schema = next;
    if (opening === '[') {
      const closing = tokens[++i];
      if (closing === undefined) return { error: 'unexpected end of JSON path' };
      if (closing !== ']') return { error: `expected ] but got ${closing}` };
    }
  }
  return { path, root: first ?? '', schema };
}

function unquote(token: string): { readonly text: string } | { readonly error: string } {
  if (token.length < 2 || !token.startsWith("'") || !token.endsWith("'")) {
    return { error: `expected single quoted string but got ${token}` };
  }
  let wrong = '';
  const text = token.slice(1, -1).replaceAll(/\\(.)/g, (escape, character: string) => {
    const plain = ESCAPES[character];
    if (plain === undefined) wrong = escape;
    return plain ?? '';
  });
  return wrong === ''
    ? { text }
    : { error: `invalid string literal: invalid escape char ${wrong}` };
}
