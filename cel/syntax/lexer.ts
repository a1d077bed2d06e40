export type TokenKind =
  | 'end'
  | 'identifier'
  | 'escapedIdentifier'
  | 'int'
  | 'uint'
  | 'float'
  | 'string'
  | 'bytes'
  | 'symbol';

export interface Token {
  /** `symbol` also for the words that are operators or literals: `in`, `true`, `false`, `null`. */
  readonly kind: TokenKind;
  readonly text: string;
  /** UTF-16 offset of the first character. */
  readonly offset: number;
}

export interface LexicalError {
  readonly offset: number;
  readonly text: string;
}

const ESCAPE = String.raw`\\(?:[abfnrtv"'\\?${'`'}]|[0-3][0-7][0-7]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})`;

const SKIPPED = /(?:[\t \r\n\f]+|\/\/[^\n]*)+/y;
const FLOAT = /\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?/y;
const INTEGER = /(?:0x[0-9a-fA-F]+|\d+)[uU]?/y;
const IDENTIFIER = /[A-Za-z_][A-Za-z0-9_]*/y;
const ESCAPED_IDENTIFIER = /`[A-Za-z0-9_./\- ]+`/y;
const SYMBOL = /==|!=|<=|>=|&&|\|\||[<>[\]{}().,\-!?:+*/%]/y;
/** Triple quotes come first: the longest literal wins. */
const STRING = new RegExp(
  [
    String.raw`[bB]?[rR]"""[\s\S]*?"""`,
    String.raw`[bB]?[rR]'''[\s\S]*?'''`,
    String.raw`[bB]?[rR]"[^"\n\r]*"`,
    String.raw`[bB]?[rR]'[^'\n\r]*'`,
    String.raw`[bB]?"""(?:${ESCAPE}|[^\\])*?"""`,
    String.raw`[bB]?'''(?:${ESCAPE}|[^\\])*?'''`,
    String.raw`[bB]?"(?:${ESCAPE}|[^\\"\n\r])*"`,
    String.raw`[bB]?'(?:${ESCAPE}|[^\\'\n\r])*'`,
  ].join('|'),
  'y',
);
const WORD_SYMBOLS = new Set(['in', 'true', 'false', 'null']);

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

function nextToken(text: string, offset: number): Token | undefined {
  const string = matchAt(STRING, text, offset);
  if (string !== undefined) {
    return { kind: /^[bB]/.test(string) ? 'bytes' : 'string', text: string, offset };
  }
  const float = matchAt(FLOAT, text, offset);
  const integer = matchAt(INTEGER, text, offset);
  if (float !== undefined && float.length >= (integer?.length ?? 0)) {
    return { kind: 'float', text: float, offset };
  }
  if (integer !== undefined) {
    return { kind: /[uU]$/.test(integer) ? 'uint' : 'int', text: integer, offset };
  }
  const word = matchAt(IDENTIFIER, text, offset);
  if (word !== undefined) {
    return { kind: WORD_SYMBOLS.has(word) ? 'symbol' : 'identifier', text: word, offset };
  }
  const escaped = matchAt(ESCAPED_IDENTIFIER, text, offset);
  if (escaped !== undefined) return { kind: 'escapedIdentifier', text: escaped, offset };
  const symbol = matchAt(SYMBOL, text, offset);
  return symbol === undefined ? undefined : { kind: 'symbol', text: symbol, offset };
}

/** Splits an expression into tokens, the last of kind `end`; what is no token is reported and skipped. */
export function tokenize(text: string): { tokens: Token[]; errors: LexicalError[] } {
  const tokens: Token[] = [];
  const errors: LexicalError[] = [];
  let at = 0;
  for (;;) {
    at += matchAt(SKIPPED, text, at)?.length ?? 0;
    if (at >= text.length) break;
    const token = nextToken(text, at);
    if (token === undefined) {
      const bad = String.fromCodePoint(text.codePointAt(at) ?? 0);
      errors.push({ offset: at, text: bad });
      at += bad.length;
      continue;
    }
    tokens.push(token);
    at += token.text.length;
  }
  tokens.push({ kind: 'end', text: '<EOF>', offset: text.length });
  return { tokens, errors };
}
