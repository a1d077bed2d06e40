import {
  assertLabelKey,
  type LabelOperator,
  type LabelRequirement,
  newLabelRequirement,
} from './label-requirement.ts';

/**
 * The grammar of `kubectl -l`:
 *
 *     selector    = [ requirement { "," requirement } ]
 *     requirement = key | "!" key | key ("=" | "==" | "!=" | ">" | "<") [ value ]
 *                 | key ("in" | "notin") "(" [ value ] { "," [ value ] } ")"
 *
 * `in` and `notin` are words of the language only where an operator may stand.
 */
type TokenKind = 'word' | 'symbol' | 'end';
interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

const TOKEN = /[ \t\r\n]*(?:([^!()=<>, \t\r\n]+)|(==|!=|[!()=<>,]))/y;
const END: Token = { kind: 'end', text: '' };
const MAX_TEXT_LENGTH = 64 * 1024;

const BINARY_OPERATORS: Readonly<Record<string, LabelOperator>> = {
  in: 'in',
  notin: 'notin',
  '=': '=',
  '==': '==',
  '!=': '!=',
  '>': 'gt',
  '<': 'lt',
};

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
    const [, word, symbol = ''] = match;
    tokens.push(
      word === undefined ? { kind: 'symbol', text: symbol } : { kind: 'word', text: word },
    );
  }
  return tokens;
}

/** Parses a selector's requirements in the order of the text. Throws an Error with upstream's text. */
export function parseRequirements(text: string): LabelRequirement[] {
  if (text.length > MAX_TEXT_LENGTH) throw new Error('label selector is too long');
  return new Parser(tokenize(text)).selector();
}

class Parser {
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  selector(): LabelRequirement[] {
    const requirements: LabelRequirement[] = [];
    if (this.#peek().kind === 'end') return requirements;
    if (!this.#startsRequirement()) {
      throw new Error(`found '${this.#peek().text}', expected: !, identifier, or 'end of string'`);
    }
    for (;;) {
      requirements.push(this.#requirementOrExplain());
      const next = this.#next();
      if (next.kind === 'end') return requirements;
      if (next.text !== ',' || next.kind === 'word') {
        throw new Error(`found '${next.text}', expected: ',' or 'end of string'`);
      }
      if (!this.#startsRequirement()) {
        throw new Error(`found '${this.#peek().text}', expected: identifier after ','`);
      }
    }
  }

  #requirementOrExplain(): LabelRequirement {
    try {
      return this.#requirement();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new Error(`unable to parse requirement: ${message}`, { cause: error });
    }
  }

  #requirement(): LabelRequirement {
    const negated = this.#atSymbol('!');
    if (negated) this.#next();
    const key = this.#next();
    if (key.kind !== 'word') throw new Error(`found '${key.text}', expected: identifier`);
    assertLabelKey(key.text);
    if (negated) return newLabelRequirement(key.text, '!', []);
    if (this.#peek().kind === 'end' || this.#atSymbol(',')) {
      return newLabelRequirement(key.text, 'exists', []);
    }
    const token = this.#next();
    const operator = Object.hasOwn(BINARY_OPERATORS, token.text)
      ? BINARY_OPERATORS[token.text]
      : undefined;
    if (operator === undefined) {
      throw new Error(`found '${token.text}', expected: in, notin, =, ==, !=, gt, lt`);
    }
    const values = operator === 'in' || operator === 'notin' ? this.#valueSet() : [this.#value()];
    return newLabelRequirement(key.text, operator, values);
  }

  /** `=` and its like may be followed by nothing, which is the empty value. */
  #value(): string {
    if (this.#peek().kind === 'end' || this.#atSymbol(',')) return '';
    const token = this.#next();
    if (token.kind !== 'word') throw new Error(`found '${token.text}', expected: identifier`);
    return token.text;
  }

  #valueSet(): string[] {
    const open = this.#next();
    if (open.text !== '(') throw new Error(`found '${open.text}' expected: '('`);
    if (this.#peek().kind !== 'word' && !this.#atSymbol(',') && !this.#atSymbol(')')) {
      throw new Error(`found '${this.#peek().text}', expected: ',', ')' or identifier`);
    }
    // An empty place, as in `(a,)` or `()`, stands for the empty value.
    const values = new Set<string>();
    for (;;) {
      if (this.#peek().kind === 'word') {
        values.add(this.#next().text);
        if (!this.#atSymbol(',') && !this.#atSymbol(')')) {
          throw new Error(`found '${this.#peek().text}', expected: ',' or ')'`);
        }
      } else {
        values.add('');
      }
      const separator = this.#next();
      if (separator.text === ')') return [...values].sort();
      if (separator.text !== ',') {
        throw new Error(`found '${separator.text}', expected: ',', or identifier`);
      }
    }
  }

  #startsRequirement(): boolean {
    return this.#peek().kind === 'word' || this.#atSymbol('!');
  }

  #atSymbol(text: string): boolean {
    const token = this.#peek();
    return token.kind === 'symbol' && token.text === text;
  }

  #peek(): Token {
    return this.#tokens[this.#position] ?? END;
  }

  #next(): Token {
    const token = this.#peek();
    this.#position++;
    return token;
  }
}
