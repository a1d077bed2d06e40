/**
 * A JSON document before it is given a type: unlike the values of JSON.parse it still knows how a
 * number was written and which keys came twice.
 */
export type JSONNode = null | boolean | string | JSONNumber | readonly JSONNode[] | JSONObjectNode;

export interface JSONNumber {
  readonly number: string;
}

/** Keys and values in the order of the text, repeated keys included. */
export interface JSONObjectNode {
  readonly keys: readonly string[];
  readonly values: readonly JSONNode[];
}

/** Nesting beyond which a text is refused, as upstream's decoder does. */
export const MAX_TEXT_DEPTH = 10_000;
/**
 * Nesting beyond which a document is not turned into an object: no type of the API comes near,
 * and what is stored must survive recursive code everywhere.
 */
export const MAX_OBJECT_DEPTH = 1_000;
export const DEPTH_MESSAGE = 'exceeded max depth';

export const isNumberNode = (node: JSONNode): node is JSONNumber =>
  typeof node === 'object' && node !== null && 'number' in node;
export const isObjectNode = (node: JSONNode): node is JSONObjectNode =>
  typeof node === 'object' && node !== null && 'keys' in node && 'values' in node && !isList(node);
export const isList = (node: JSONNode): node is readonly JSONNode[] => Array.isArray(node);

/** Sets an own property whatever its name: plain assignment to `__proto__` would do otherwise. */
export function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  } else target[key] = value;
}

/** The plain value; the last of repeated keys wins. Throws an Error when it is nested too deeply. */
export function toPlain(node: JSONNode, depth = 0): unknown {
  if (depth > MAX_OBJECT_DEPTH) throw new Error(DEPTH_MESSAGE);
  if (isList(node)) return node.map((item) => toPlain(item, depth + 1));
  if (isObjectNode(node)) {
    const object: Record<string, unknown> = {};
    node.keys.forEach((key, i) => setOwn(object, key, toPlain(node.values[i] ?? null, depth + 1)));
    return object;
  }
  return isNumberNode(node) ? Number(node.number) : node;
}

/** The inverse of {@link toPlain} for what JSON can hold; undefined properties are left out. */
export function fromPlain(value: unknown, depth = 0): JSONNode {
  if (depth > MAX_OBJECT_DEPTH) throw new Error(DEPTH_MESSAGE);
  if (Array.isArray(value)) return value.map((item) => fromPlain(item, depth + 1));
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, v]) => v !== undefined);
    return {
      keys: entries.map(([key]) => key),
      values: entries.map(([, v]) => fromPlain(v, depth + 1)),
    };
  }
  if (typeof value === 'number') return { number: formatNumber(value) };
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  return null;
}

/** Whole numbers without an exponent, as far as they are exact. */
function formatNumber(value: number): string {
  return Number.isSafeInteger(value) ? String(value) : JSON.stringify(value);
}

/** What a node is called in Go's decoding errors. */
export function describeNode(node: JSONNode): string {
  if (node === null) return 'null';
  if (isList(node)) return 'array';
  if (isObjectNode(node)) return 'object';
  if (isNumberNode(node)) return 'number';
  return typeof node === 'string' ? 'string' : 'bool';
}
