import { isMapValue } from './merge-type.ts';

/**
 * Path elements in their serialized form, as the keys of FieldsV1 have them: `f:<field name>`,
 * `k:<key fields of a list map's element, JSON>`, `v:<element of a set, JSON>`, `i:<index>`.
 * Equal elements have equal texts: key fields are sorted, and JSON is written as Go writes it.
 */
export type PathElement = string;

const SIMPLE_TEXT = /^[\w ./:@+,=-]*$/;
const ESCAPED_BY_GO = /[<>&\u2028\u2029]/g;
/** Keys as they are written here: nothing to sort, nothing to escape. */
const CANONICAL_KEY = /^k:\{"[\w.-]+":(?:"[\w ./:@+,=-]*"|0|-?[1-9]\d{0,14}|true|false)\}$/;
const CANONICAL_VALUE = /^v:(?:"[\w ./:@+,=-]*"|0|-?[1-9]\d{0,14}|true|false)$/;

/** JSON of a value as Go writes it: `<`, `>`, `&` and line separators are escaped. */
export function goJSON(value: unknown): string {
  if (typeof value === 'string' && SIMPLE_TEXT.test(value)) return `"${value}"`;
  return JSON.stringify(value).replace(
    ESCAPED_BY_GO,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** `fields` are name and value pairs, sorted by name. */
export function keyElement(fields: readonly (readonly [string, unknown])[]): PathElement {
  return `k:{${fields.map(([name, value]) => `${goJSON(name)}:${goJSON(value)}`).join(',')}}`;
}

export const valueElement = (value: unknown): PathElement => `v:${goJSON(value)}`;

/**
 * Reads a key of FieldsV1.
 *
 * @returns its canonical form, or null for a kind of element that is not known: such are ignored.
 * @throws Error when the text is malformed.
 */
export function readElement(text: string): PathElement | null {
  if (text.startsWith('f:')) return text;
  if (text.length < 2) throw new Error('key must be 2 characters long:');
  if (text[1] !== ':') throw new Error(`missing colon: ${text}`);
  switch (text[0]) {
    case 'k': {
      if (CANONICAL_KEY.test(text)) return text;
      const fields: unknown = JSON.parse(text.slice(2));
      if (!isMapValue(fields)) throw new Error(`expected an object: ${text}`);
      return keyElement(Object.entries(fields).sort(([a], [b]) => compareTexts(a, b)));
    }
    case 'v':
      return CANONICAL_VALUE.test(text) ? text : valueElement(JSON.parse(text.slice(2)));
    case 'i':
      if (!/^i:[+-]?\d+$/.test(text)) throw new Error(`invalid index: ${text}`);
      return `i:${String(Number(text.slice(2)))}`;
    default:
      return null;
  }
}

/** How a path is shown to people: `.spec.containers[name="a"].command[0]`. */
export function formatPath(path: readonly PathElement[]): string {
  return path.map(formatElement).join('');
}

function formatElement(element: PathElement): string {
  const text = element.slice(2);
  switch (element[0]) {
    case 'f':
      return `.${text}`;
    case 'k': {
      const fields = Object.entries(JSON.parse(text) as Record<string, unknown>);
      return `[${fields.map(([name, value]) => `${name}=${formatValue(value)}`).join(',')}]`;
    }
    case 'v':
      return `[=${formatValue(JSON.parse(text))}]`;
    default:
      return `[${text}]`;
  }
}

function formatValue(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(formatValue).join(',')}]`;
  if (isMapValue(value)) {
    return `{${Object.entries(value)
      .sort(([a], [b]) => compareTexts(a, b))
      .map(([name, member]) => `${name}=${formatValue(member)}`)
      .join(';')}}`;
  }
  return JSON.stringify(value);
}

const KIND_ORDER = 'fkvi';

/** The order in which upstream writes elements: by kind, then by content. `.` is first. */
export function compareElements(a: PathElement, b: PathElement): number {
  if (a === b) return 0;
  const kind = KIND_ORDER.indexOf(a.charAt(0)) - KIND_ORDER.indexOf(b.charAt(0));
  if (kind !== 0) return kind;
  switch (a[0]) {
    case 'k':
      return compareKeys(Object.entries(parse(a)), Object.entries(parse(b)));
    case 'v':
      return compareValues(JSON.parse(a.slice(2)), JSON.parse(b.slice(2)));
    case 'i':
      return Number(a.slice(2)) - Number(b.slice(2));
    default:
      return compareTexts(a, b);
  }
}

const parse = (element: PathElement) => JSON.parse(element.slice(2)) as Record<string, unknown>;

function compareKeys(a: [string, unknown][], b: [string, unknown][]): number {
  for (const [i, [name, value]] of a.entries()) {
    const other = b[i];
    if (other === undefined) return 1;
    const order = compareTexts(name, other[0]) || compareValues(value, other[1]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

const VALUE_ORDER = ['number', 'string', 'boolean', 'object'];

function compareValues(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b);
  const kind = VALUE_ORDER.indexOf(typeof a) - VALUE_ORDER.indexOf(typeof b);
  return kind === 0 ? compareTexts(JSON.stringify(a), JSON.stringify(b)) : kind;
}

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
