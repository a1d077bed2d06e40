import { DEPTH_MESSAGE, type JSONNode, MAX_TEXT_DEPTH } from './json-node.ts';

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y;
/** The rest of a string up to what ends it, escapes it, or may not stand in it. */
// oxlint-disable-next-line no-control-regex -- control characters are exactly what must be found
const STRING_RUN = /[^"\\\u0000-\u001f]*/y;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};
const END_OF_INPUT = 'unexpected end of JSON input';

/** A list or an object whose end has not been read yet. */
interface OpenNode {
  readonly values: JSONNode[];
  readonly keys?: string[];
}

/** Parses JSON text without recursion. Throws an Error in the words of Go's decoder. */
export function parseJSON(text: string): JSONNode {
  return new Parser(text).document();
}

class Parser {
  readonly #text: string;
  #at = 0;
  readonly #open: OpenNode[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  document(): JSONNode {
    for (;;) {
      let value = this.#valueOrOpen();
      // Close everything that ends here, then go on with the next value of what is still open.
      while (value !== undefined) {
        const parent = this.#open.at(-1);
        if (parent === undefined) return this.#finish(value);
        parent.values.push(value);
        value = this.#separator(parent);
      }
    }
  }

  #finish(value: JSONNode): JSONNode {
    this.#skipSpace();
    if (this.#at < this.#text.length) this.#fail('after top-level value');
    return value;
  }

  /** Reads a scalar or an empty container, or opens a container and reads its first key. */
  #valueOrOpen(): JSONNode | undefined {
    this.#skipSpace();
    const c = this.#text[this.#at];
    switch (c) {
      case '{':
        this.#push({ values: [], keys: [] });
        this.#skipSpace();
        if (this.#text[this.#at] === '}') return this.#close();
        this.#key('looking for beginning of object key string');
        return undefined;
      case '[':
        this.#push({ values: [] });
        this.#skipSpace();
        return this.#text[this.#at] === ']' ? this.#close() : undefined;
      case '"':
        return this.#string();
      case 't':
        return this.#word('true', true);
      case 'f':
        return this.#word('false', false);
      case 'n':
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  /** After a member: the finished container when it ends here, else undefined for the next member. */
  #separator(parent: OpenNode): JSONNode | undefined {
    this.#skipSpace();
    const c = this.#text[this.#at];
    if (parent.keys === undefined) {
      if (c === ']') return this.#close();
      if (c !== ',') this.#fail('after array element');
      this.#at++;
      return undefined;
    }
    if (c === '}') return this.#close();
    if (c !== ',') this.#fail('after object key:value pair');
    this.#at++;
    this.#skipSpace();
    this.#key('looking for beginning of object key string');
    return undefined;
  }

  #push(node: OpenNode): void {
    if (this.#open.length >= MAX_TEXT_DEPTH) throw new Error(DEPTH_MESSAGE);
    this.#open.push(node);
    this.#at++;
  }

  #close(): JSONNode {
    this.#at++;
    const { keys, values } = this.#open.pop() ?? { values: [] };
    return keys === undefined ? values : { keys, values };
  }

  #key(where: string): void {
    if (this.#text[this.#at] !== '"') this.#fail(where);
    const key = this.#string();
    this.#skipSpace();
    if (this.#text[this.#at] !== ':') this.#fail('after object key');
    this.#at++;
    this.#open.at(-1)?.keys?.push(key);
  }

  #string(): string {
    this.#at++;
    let value = '';
    for (;;) {
      STRING_RUN.lastIndex = this.#at;
      const run = STRING_RUN.exec(this.#text)?.[0] ?? '';
      value += run;
      this.#at += run.length;
      const c = this.#text[this.#at];
      if (c === '"') {
        this.#at++;
        return value.toWellFormed();
      }
      if (c !== '\\') this.#fail('in string literal');
      value += this.#escape();
    }
  }

  #escape(): string {
    const kind = this.#text[this.#at + 1];
    if (kind === undefined) throw new Error(END_OF_INPUT);
    if (kind === 'u') {
      const digits = this.#text.slice(this.#at + 2, this.#at + 6);
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) {
        throw new Error(`invalid escape sequence \`\\u${digits}\` in string`);
      }
      this.#at += 6;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    const character = Object.hasOwn(ESCAPES, kind) ? ESCAPES[kind] : undefined;
    if (character === undefined) {
      throw new Error(`invalid escape sequence \`\\${kind}\` in string`);
    }
    this.#at += 2;
    return character;
  }

  #number(): JSONNode {
    NUMBER.lastIndex = this.#at;
    const number = NUMBER.exec(this.#text)?.[0];
    if (number === undefined) this.#fail('looking for beginning of value');
    this.#at += number.length;
    return { number };
  }

  #word<T extends boolean | null>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) this.#fail('looking for beginning of value');
    this.#at += word.length;
    return value;
  }

  #skipSpace(): void {
    for (;;) {
      const c = this.#text.charCodeAt(this.#at);
      if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) return;
      this.#at++;
    }
  }

  #fail(where: string): never {
    const c = this.#text.codePointAt(this.#at);
    if (c === undefined) throw new Error(END_OF_INPUT);
    const character = String.fromCodePoint(c);
    const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(character);
    const escaped = c < 0x10000 ? `\\u${c.toString(16).padStart(4, '0')}` : character;
    const shown = character === "'" ? "\\'" : printable ? character : escaped;
    throw new Error(`invalid character '${shown}' ${where}`);
  }
}
