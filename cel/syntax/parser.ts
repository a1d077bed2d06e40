import type { Expression, FieldEntry, LiteralExpression, MapEntry } from './expression.ts';
import { tokenize, type Token } from './lexer.ts';
import { expandMacro, MacroError } from './macros.ts';
import { CompileError, type Issue, type Source } from './source.ts';
import { parseBytesLiteral, parseStringLiteral } from './string-literal.ts';
import { Uint } from '../values/uint.ts';
import type { Value } from '../values/value.ts';

const RESERVED = new Set([
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
  'namespace',
  'package',
  'return',
  'var',
  'void',
  'while',
]);

const RELATIONS = new Map([
  ['==', '_==_'],
  ['!=', '_!=_'],
  ['<', '_<_'],
  ['<=', '_<=_'],
  ['>', '_>_'],
  ['>=', '_>=_'],
  ['in', '@in'],
]);
const SUMS = new Map([
  ['+', '_+_'],
  ['-', '_-_'],
]);
const PRODUCTS = new Map([
  ['*', '_*_'],
  ['/', '_/_'],
  ['%', '_%_'],
]);

const START_OF_EXPRESSION =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

/** How deep expressions may nest (cel-go's default), so that no text can exhaust the stack. */
const MAX_DEPTH = 250;
const MAX_CODE_POINTS = 100_000;
const MAX_INT64 = 9_223_372_036_854_775_807n;
const MAX_UINT64 = 18_446_744_073_709_551_615n;

/** Ends parsing at the first syntax error. */
class SyntaxFailure extends Error {}

class Parser {
  readonly #source: Source;
  readonly #tokens: readonly Token[];
  readonly issues: Issue[] = [];
  #at = 0;
  #depth = 0;

  constructor(source: Source, tokens: readonly Token[]) {
    this.#source = source;
    this.#tokens = tokens;
  }

  parse(): Expression {
    const expression = this.#expression();
    const rest = this.#peek();
    if (rest.kind !== 'end') this.#fail(rest, `extraneous input '${rest.text}' expecting <EOF>`);
    return expression;
  }

  #peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)] as Token; // never empty
  }

  #next(): Token {
    const token = this.#peek();
    this.#at++;
    return token;
  }

  #isSymbol(text: string, ahead = 0): boolean {
    const token = this.#peek(ahead);
    return token.kind === 'symbol' && token.text === text;
  }

  #accept(text: string): Token | undefined {
    return this.#isSymbol(text) ? this.#next() : undefined;
  }

  #expect(text: string): Token {
    const token = this.#peek();
    return (
      this.#accept(text) ??
      this.#fail(token, `mismatched input '${token.text}' expecting '${text}'`)
    );
  }

  #report(offset: number, message: string): void {
    this.issues.push(this.#source.issueAt(offset, message));
  }

  #fail(token: Token, message: string): never {
    this.#report(token.offset, `Syntax error: ${message}`);
    throw new SyntaxFailure();
  }

  #deeper<T>(parse: () => T): T {
    if (++this.#depth > MAX_DEPTH) {
      this.#report(this.#peek().offset, `expression recursion limit exceeded: ${MAX_DEPTH}`);
      throw new SyntaxFailure();
    }
    const result = parse();
    this.#depth--;
    return result;
  }

  #expression(): Expression {
    return this.#deeper(() => {
      const condition = this.#logical('||', '_||_', () =>
        this.#logical('&&', '_&&_', () => this.#relation()),
      );
      const operator = this.#accept('?');
      if (operator === undefined) return condition;
      const truthy = this.#logical('||', '_||_', () =>
        this.#logical('&&', '_&&_', () => this.#relation()),
      );
      this.#expect(':');
      return call('_?_:_', operator.offset, [condition, truthy, this.#expression()]);
    });
  }

  /** A chain of `&&` or `||`, as a balanced tree, so that long chains do not nest deeply. */
  #logical(symbol: string, name: string, operand: () => Expression): Expression {
    const terms = [operand()];
    const operators: Token[] = [];
    for (let token = this.#accept(symbol); token !== undefined; token = this.#accept(symbol)) {
      operators.push(token);
      terms.push(operand());
    }
    const build = (low: number, high: number): Expression => {
      if (low === high) return terms[low] as Expression; // low and high stay within terms
      const middle = Math.floor((low + high + 1) / 2);
      const offset = operators[middle - 1]?.offset ?? 0;
      return call(name, offset, [build(low, middle - 1), build(middle, high)]);
    };
    return build(0, terms.length - 1);
  }

  #leftAssociative(names: ReadonlyMap<string, string>, operand: () => Expression): Expression {
    let left = operand();
    let links = 0;
    for (;;) {
      const token = this.#peek();
      const name = token.kind === 'symbol' ? names.get(token.text) : undefined;
      if (name === undefined) break;
      this.#at++;
      links++;
      if (this.#depth + links > MAX_DEPTH) {
        this.#report(token.offset, `expression recursion limit exceeded: ${MAX_DEPTH}`);
        throw new SyntaxFailure();
      }
      left = call(name, token.offset, [left, operand()]);
    }
    return left;
  }

  #relation(): Expression {
    return this.#leftAssociative(RELATIONS, () =>
      this.#leftAssociative(SUMS, () => this.#leftAssociative(PRODUCTS, () => this.#unary())),
    );
  }

  #unary(): Expression {
    for (const [symbol, name] of [
      ['!', '!_'],
      ['-', '-_'],
    ] as const) {
      const first = this.#peek();
      let count = 0;
      while (this.#isSymbol(symbol, count)) count++;
      if (count === 0) continue;
      const afterwards = this.#peek(count).kind;
      if (symbol === '-' && count === 1 && (afterwards === 'int' || afterwards === 'float')) {
        return this.#member();
      }
      this.#at += count;
      const operand = this.#member();
      return count % 2 === 0 ? operand : call(name, first.offset, [operand]);
    }
    return this.#member();
  }

  #member(): Expression {
    let operand = this.#primary();
    let links = 0;
    for (;;) {
      if (this.#depth + ++links > MAX_DEPTH) {
        this.#report(operand.offset, `expression recursion limit exceeded: ${MAX_DEPTH}`);
        throw new SyntaxFailure();
      }
      const dot = this.#accept('.');
      if (dot !== undefined) {
        operand = this.#selection(operand, dot);
        continue;
      }
      const bracket = this.#accept('[');
      if (bracket === undefined) return operand;
      const isOptional = this.#accept('?') !== undefined;
      const index = this.#expression();
      this.#expect(']');
      operand = call(isOptional ? '_[?_]' : '_[_]', bracket.offset, [operand, index]);
    }
  }

  #selection(operand: Expression, dot: Token): Expression {
    const isOptional = this.#accept('?') !== undefined;
    const name = this.#peek();
    if (name.kind !== 'identifier' && name.kind !== 'escapedIdentifier') {
      this.#fail(name, `no viable alternative at input '.${name.text}'`);
    }
    this.#at++;
    const field = fieldName(name);
    if (isOptional) {
      const literal: LiteralExpression = { kind: 'literal', offset: name.offset, value: field };
      return call('_?._', dot.offset, [operand, literal]);
    }
    const open = name.kind === 'identifier' ? this.#accept('(') : undefined;
    if (open === undefined) {
      return { kind: 'select', offset: dot.offset, operand, field, testOnly: false };
    }
    return this.#callOrMacro(field, open.offset, operand, this.#arguments(')'));
  }

  #callOrMacro(
    functionName: string,
    offset: number,
    target: Expression | undefined,
    args: readonly Expression[],
  ): Expression {
    try {
      const expanded = expandMacro(functionName, offset, target, args);
      if (expanded !== undefined) return expanded;
    } catch (error) {
      if (!(error instanceof MacroError)) throw error;
      this.#report(error.offset, error.message);
    }
    return { kind: 'call', offset, functionName, target, args };
  }

  #arguments(close: string): Expression[] {
    const args: Expression[] = [];
    if (this.#accept(close) !== undefined) return args;
    do args.push(this.#expression());
    while (this.#accept(',') !== undefined);
    this.#expect(close);
    return args;
  }

  #primary(): Expression {
    const token = this.#peek();
    if (token.kind === 'symbol') {
      switch (token.text) {
        case '(': {
          this.#at++;
          const inner = this.#expression();
          this.#expect(')');
          return inner;
        }
        case '[':
          this.#at++;
          return this.#list(token);
        case '{':
          this.#at++;
          return this.#map(token);
        case '.':
          if (this.#peek(1).kind === 'identifier') {
            this.#at++;
            return this.#name('.');
          }
          break;
        default:
      }
    }
    if (token.kind === 'identifier') return this.#name('');
    return this.#literal(token);
  }

  #literal(token: Token): Expression {
    this.#at++;
    const literal = (value: Value): Expression => ({
      kind: 'literal',
      offset: token.offset,
      value,
    });
    const checked = (compute: () => Value): Expression => {
      try {
        return literal(compute());
      } catch (error) {
        this.#report(token.offset, error instanceof Error ? error.message : String(error));
        return literal(null);
      }
    };
    switch (token.kind) {
      case 'int':
        return checked(() => parseInt64(token.text, false));
      case 'uint':
        return checked(() => parseUint64(token.text));
      case 'float':
        return literal(Number(token.text));
      case 'string':
        return checked(() => parseStringLiteral(token.text));
      case 'bytes':
        return checked(() => parseBytesLiteral(token.text));
      case 'symbol':
        if (token.text === 'true') return literal(true);
        if (token.text === 'false') return literal(false);
        if (token.text === 'null') return literal(null);
        if (token.text === '-') {
          const number = this.#next();
          if (number.kind === 'float') return literal(-Number(number.text));
          if (number.kind === 'int') return checked(() => parseInt64(number.text, true));
        }
        break;
      case 'end':
      case 'identifier':
      case 'escapedIdentifier':
        break;
    }
    return this.#fail(token, `mismatched input '${token.text}' expecting ${START_OF_EXPRESSION}`);
  }

  /** A variable, a call without target, or the message that a dotted name and braces make. */
  #name(prefix: string): Expression {
    const token = this.#next();
    const structLength = this.#structNameLength();
    if (structLength !== undefined) {
      let typeName = prefix + token.text;
      for (let i = 0; i < structLength; i++) {
        this.#at++;
        typeName += `.${this.#next().text}`;
      }
      return this.#struct(typeName, this.#next());
    }
    if (RESERVED.has(token.text)) this.#report(token.offset, `reserved identifier: ${token.text}`);
    const name = prefix + token.text;
    const open = this.#accept('(');
    if (open === undefined) return { kind: 'identifier', offset: token.offset, name };
    return this.#callOrMacro(name, open.offset, undefined, this.#arguments(')'));
  }

  /** How many `.name` follow before an opening brace; undefined where no brace ends them. */
  #structNameLength(): number | undefined {
    let length = 0;
    while (this.#isSymbol('.', 2 * length) && this.#peek(2 * length + 1).kind === 'identifier') {
      length++;
    }
    return this.#isSymbol('{', 2 * length) ? length : undefined;
  }

  #list(open: Token): Expression {
    const elements: Expression[] = [];
    const optionalIndices = new Set<number>();
    while (!this.#isSymbol(']')) {
      if (this.#accept('?') !== undefined) optionalIndices.add(elements.length);
      elements.push(this.#expression());
      if (this.#accept(',') === undefined) break;
      if (this.#isSymbol(',')) this.#expect(']');
    }
    this.#expect(']');
    return { kind: 'list', offset: open.offset, elements, optionalIndices };
  }

  #map(open: Token): Expression {
    const entries: MapEntry[] = [];
    while (!this.#isSymbol('}')) {
      const optional = this.#accept('?') !== undefined;
      const key = this.#expression();
      this.#expect(':');
      entries.push({ key, value: this.#expression(), optional });
      if (this.#accept(',') === undefined) break;
    }
    this.#expect('}');
    return { kind: 'map', offset: open.offset, entries };
  }

  #struct(typeName: string, open: Token): Expression {
    const fields: FieldEntry[] = [];
    while (!this.#isSymbol('}')) {
      const optional = this.#accept('?') !== undefined;
      const name = this.#next();
      if (name.kind !== 'identifier' && name.kind !== 'escapedIdentifier') {
        this.#fail(name, `mismatched input '${name.text}' expecting IDENTIFIER`);
      }
      const colon = this.#expect(':');
      fields.push({
        name: fieldName(name),
        value: this.#expression(),
        optional,
        offset: colon.offset,
      });
      if (this.#accept(',') === undefined) break;
    }
    this.#expect('}');
    return { kind: 'struct', offset: open.offset, typeName, fields };
  }
}

function call(functionName: string, offset: number, args: readonly Expression[]): Expression {
  return { kind: 'call', offset, functionName, target: undefined, args };
}

const fieldName = (token: Token): string =>
  token.kind === 'escapedIdentifier' ? token.text.slice(1, -1) : token.text;

function parseInt64(text: string, negative: boolean): bigint {
  const value = BigInt(text);
  if (value > MAX_INT64 + (negative ? 1n : 0n)) throw new Error('invalid int literal');
  return negative ? -value : value;
}

function parseUint64(text: string): Uint {
  const value = BigInt(text.slice(0, -1));
  if (value > MAX_UINT64) throw new Error('invalid uint literal');
  return new Uint(value);
}

/**
 * Parses an expression and expands its macros (cel-go 0.32, grammar CEL.g4).
 * Throws a CompileError; of syntax errors only the first is told.
 */
export function parse(source: Source): Expression {
  const { tokens, errors } = tokenize(source.text);
  const issues = errors.map(({ offset, text }) =>
    source.issueAt(offset, `Syntax error: token recognition error at: '${text}'`),
  );
  if (source.text.length > MAX_CODE_POINTS && Array.from(source.text).length > MAX_CODE_POINTS) {
    const message = `expression code point size exceeds limit: size: ${Array.from(source.text).length}, limit ${MAX_CODE_POINTS}`;
    throw new CompileError(source, [source.issueAt(0, message)]);
  }
  const parser = new Parser(source, tokens);
  let expression: Expression | undefined;
  try {
    expression = parser.parse();
  } catch (error) {
    if (!(error instanceof SyntaxFailure)) throw error;
  }
  issues.push(...parser.issues);
  if (issues.length > 0 || expression === undefined) throw new CompileError(source, issues);
  return expression;
}
