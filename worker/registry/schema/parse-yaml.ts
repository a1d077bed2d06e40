import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
} from 'yaml';
import {
  DEPTH_MESSAGE,
  isList,
  isNumberNode,
  isObjectNode,
  type JSONNode,
  MAX_OBJECT_DEPTH,
} from './json-node.ts';

/** Nodes that one document may expand to through its aliases. */
const MAX_NODES = 200_000;

export interface ParsedYAML {
  readonly root: JSONNode;
  /** One line for each key that came twice. */
  readonly duplicates: readonly string[];
}

/**
 * Parses YAML 1.1 as upstream reads it (`on` and `yes` are booleans) into a JSON document.
 * Throws an Error for what is not YAML, has no JSON form, or is too large or too deep.
 */
export function parseYAML(text: string): ParsedYAML {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: '1.1',
    merge: true,
    uniqueKeys: false,
    strict: true,
    prettyErrors: false,
    keepSourceTokens: true,
    lineCounter: lines,
  });
  const error = document.errors[0];
  if (error !== undefined) {
    const line = lines.linePos(error.pos[0]).line;
    const message = /call stack/.test(error.message) ? DEPTH_MESSAGE : error.message;
    throw new Error(`yaml: line ${line}: ${message.split('\n')[0]}`);
  }
  return new Converter(document, lines).convert();
}

class Converter {
  readonly #document: Document;
  readonly #lines: LineCounter;
  readonly #duplicates: string[] = [];
  #nodes = 0;

  constructor(document: Document, lines: LineCounter) {
    this.#document = document;
    this.#lines = lines;
  }

  convert(): ParsedYAML {
    const root = this.#node(this.#document.contents, 0);
    return { root, duplicates: this.#duplicates };
  }

  #node(node: unknown, depth: number): JSONNode {
    if (depth > MAX_OBJECT_DEPTH) throw new Error(DEPTH_MESSAGE);
    if (++this.#nodes > MAX_NODES) throw new Error('yaml: document contains excessive aliasing');
    if (isAlias(node)) return this.#node(node.resolve(this.#document), depth + 1);
    if (isSeq(node)) return node.items.map((item) => this.#node(item, depth + 1));
    if (isMap(node)) {
      const members = new Map<string, JSONNode>();
      for (const pair of node.items) this.#member(members, pair, depth);
      return { keys: [...members.keys()], values: [...members.values()] };
    }
    return isScalar(node) ? scalar(node.value, node.source) : null;
  }

  #member(members: Map<string, JSONNode>, pair: unknown, depth: number): void {
    if (!isPair(pair)) return;
    const source = isScalar(pair.key) ? pair.key.source : undefined;
    if (source === '<<') {
      this.#merge(members, pair.value, depth);
      return;
    }
    const key = keyText(this.#node(pair.key, depth + 1));
    if (members.has(key)) {
      const at = (pair.value as Node | null)?.range?.[0] ?? 0;
      const { line } = this.#lines.linePos(at);
      this.#duplicates.push(`  line ${line}: key ${JSON.stringify(key)} already set in map`);
    }
    members.set(key, this.#node(pair.value, depth + 1));
  }

  /** `<<: *other` brings in members that are not there. */
  #merge(members: Map<string, JSONNode>, value: unknown, depth: number): void {
    const merged = this.#node(value, depth + 1);
    for (const source of isList(merged) ? merged : [merged]) {
      if (!isObjectNode(source)) continue;
      source.keys.forEach((key, i) => {
        if (!members.has(key)) members.set(key, source.values[i] ?? null);
      });
    }
  }
}

function keyText(key: JSONNode): string {
  if (typeof key === 'string') return key;
  if (typeof key === 'boolean') return String(key);
  if (isNumberNode(key)) return key.number;
  throw new Error('unsupported map key');
}

function scalar(value: unknown, source: string | undefined): JSONNode {
  switch (typeof value) {
    case 'string':
      return value.toWellFormed();
    case 'boolean':
      return value;
    case 'number':
      // Numbers to the base of 60 went out of use before upstream's reader was written.
      return source?.includes(':') === true ? source : number(value, source);
    case 'bigint':
      return { number: String(value) };
    default:
      if (value === null || value === undefined) return null;
      if (value instanceof Date) return source ?? value.toISOString();
      if (value instanceof Uint8Array) return source ?? '';
      throw new Error('unsupported value');
  }
}

function number(value: number, source: string | undefined): JSONNode {
  if (!Number.isFinite(value)) {
    const shown = Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
    throw new Error(`json: unsupported value: ${shown}`);
  }
  // Digits beyond what a double holds are kept as they were written.
  const isPlain = source !== undefined && /^-?(0|[1-9][0-9]*)$/.test(source);
  return { number: isPlain ? source : String(value) };
}
