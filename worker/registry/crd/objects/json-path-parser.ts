/** A path of client-go's jsonpath, as far as it can stand in a column: the steps from a value on. */
export type JSONPath = readonly PathStep[];

export type PathStep =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'all' | 'descend' }
  | {
      readonly kind: 'slice';
      readonly start: number | undefined;
      /** 'one' for a single index. */
      readonly end: number | 'one' | undefined;
      readonly stride: number | undefined;
    }
  | { readonly kind: 'union'; readonly paths: readonly JSONPath[] }
  | {
      readonly kind: 'filter';
      readonly left: Operand;
      readonly operator: '==' | '!=' | '<' | '<=' | '>' | '>=' | 'exists';
      readonly right: Operand;
    };

/** A side of a comparison: a path from the item, or a literal. */
export interface Operand {
  readonly path?: JSONPath;
  readonly literal?: string | number | boolean;
}

/** A text that is no path, or a path that does not fit a value. */
export class JSONPathError extends Error {}

const SLICE = /^(-?\d*)(?::(-?\d*)(?::(-?\d*))?)?$/;
const QUOTED_FIELD = /^(?:'([^']*)'|"([^"]*)")$/;
const FILTER = /^\?\((.*)\)$/s;
const OPERATOR = /==|!=|<=|>=|<|>/;
const END_OF_NAME = /[.[\]\s(){}|,]/;

/** Parses a path such as `.spec.list[?(@.type=="Ready")].status`. Throws a JSONPathError. */
export function parseJSONPath(text: string): JSONPath {
  return new Parser(text).path();
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  path(): JSONPath {
    const steps: PathStep[] = [];
    if (this.#text[this.#at] === '$' || this.#text[this.#at] === '@') this.#at++;
    while (this.#at < this.#text.length) steps.push(...this.#step());
    return steps;
  }

  #step(): PathStep[] {
    switch (this.#text[this.#at]) {
      case '.':
        this.#at++;
        if (this.#text[this.#at] === '.') {
          this.#at++;
          return [{ kind: 'descend' }, ...this.#named()];
        }
        return this.#text[this.#at] === '[' || this.#at === this.#text.length ? [] : this.#named();
      case '[':
        return [this.#bracket()];
      default:
        throw new JSONPathError(`unexpected character in ${JSON.stringify(this.#text)}`);
    }
  }

  #named(): PathStep[] {
    if (this.#text[this.#at] === '[' || this.#at === this.#text.length) return [];
    if (this.#text[this.#at] === '*') {
      this.#at++;
      return [{ kind: 'all' }];
    }
    let name = '';
    for (;;) {
      const c = this.#text[this.#at];
      if (c === undefined || END_OF_NAME.test(c)) break;
      this.#at++;
      // A backslash takes what follows into the name.
      name += c === '\\' ? (this.#text[this.#at++] ?? '') : c;
    }
    if (name === '') throw new JSONPathError(`missing name in ${JSON.stringify(this.#text)}`);
    return [{ kind: 'field', name }];
  }

  #bracket(): PathStep {
    const inner = this.#inBrackets();
    const filter = FILTER.exec(inner);
    if (filter !== null) return parseFilter(filter[1] ?? '');
    const parts = splitOutsideQuotes(inner);
    if (parts.length > 1) {
      return { kind: 'union', paths: parts.map((part) => [parseSelection(part.trim())]) };
    }
    return parseSelection(inner.trim());
  }

  #inBrackets(): string {
    const start = ++this.#at;
    let quote = '';
    let depth = 1;
    for (; this.#at < this.#text.length; this.#at++) {
      const c = this.#text[this.#at] ?? '';
      if (c === '\\') this.#at++;
      else if (quote !== '') quote = c === quote ? '' : quote;
      else if (c === '"' || c === "'") quote = c;
      else if (c === '[') depth++;
      else if (c === ']' && --depth === 0) return this.#text.slice(start, this.#at++);
    }
    throw new JSONPathError('unterminated array');
  }
}

function parseSelection(text: string): PathStep {
  if (text === '*') return { kind: 'all' };
  const quoted = QUOTED_FIELD.exec(text);
  if (quoted !== null) {
    const name = (quoted[1] ?? quoted[2] ?? '').replaceAll(/\\(.)/g, '$1');
    return { kind: 'field', name };
  }
  const [match, start = '', end, stride] = SLICE.exec(text) ?? [];
  if (match === undefined || match === '') {
    throw new JSONPathError(`invalid array index ${text}`);
  }
  const number = (part: string | undefined): number | undefined =>
    part === undefined || part === '' ? undefined : Number(part);
  return {
    kind: 'slice',
    start: number(start),
    end: text.includes(':') ? number(end) : 'one',
    stride: number(stride),
  };
}

function parseFilter(text: string): PathStep {
  const at = OPERATOR.exec(text);
  if (at === null) {
    return { kind: 'filter', left: parseOperand(text), operator: 'exists', right: {} };
  }
  return {
    kind: 'filter',
    left: parseOperand(text.slice(0, at.index)),
    operator: at[0] as '==', // One of those that the pattern finds.
    right: parseOperand(text.slice(at.index + at[0].length)),
  };
}

function parseOperand(text: string): Operand {
  const trimmed = text.trim();
  if (/^[@$.[]/.test(trimmed)) return { path: parseJSONPath(trimmed) };
  const quoted = QUOTED_FIELD.exec(trimmed);
  if (quoted !== null) return { literal: quoted[1] ?? quoted[2] ?? '' };
  if (trimmed === 'true' || trimmed === 'false') return { literal: trimmed === 'true' };
  const number = Number(trimmed);
  if (trimmed === '' || Number.isNaN(number)) {
    throw new JSONPathError(`unrecognized identifier ${trimmed}`);
  }
  return { literal: number };
}

function splitOutsideQuotes(text: string): string[] {
  const parts = text.match(/(?:'[^']*'|"[^"]*"|[^,'"])+/g);
  return parts ?? [text];
}
