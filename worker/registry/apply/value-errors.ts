import { isListValue, isMapValue } from './merge-type.ts';

/** What is wrong with a value: path as people read it, and text. */
export interface ValueError {
  readonly path: string;
  readonly message: string;
}

/** Values that do not fit their type; the message is the text that upstream answers with. */
export class ValueErrors extends Error {
  constructor(errors: readonly ValueError[]) {
    const texts = errors.map(({ path, message }) =>
      path === '' ? message : `${path}: ${message}`,
    );
    super(texts.length === 1 ? texts[0] : ['errors:', ...texts.map((t) => `  ${t}`)].join('\n'));
    this.name = 'ValueErrors';
  }
}

/** Go's `%v` of a decoded JSON value. */
export function goText(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (isListValue(value)) return `[${value.map(goText).join(' ')}]`;
  if (isMapValue(value)) {
    const members = Object.keys(value).sort();
    return `map[${members.map((name) => `${name}:${goText(value[name])}`).join(' ')}]`;
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Go's `%#v` of the same. */
export function goSyntax(value: unknown): string {
  if (value === null || value === undefined) return 'interface {}(nil)';
  if (isListValue(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`;
  if (isMapValue(value)) {
    const members = Object.keys(value).sort();
    const texts = members.map((name) => `${JSON.stringify(name)}:${goSyntax(value[name])}`);
    return `map[string]interface {}{${texts.join(', ')}}`;
  }
  return JSON.stringify(value);
}

/** Go's `%T` of the same. */
export function goTypeName(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (isListValue(value)) return '[]interface {}';
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'number':
      return Number.isInteger(value) ? 'int64' : 'float64';
    default:
      return 'map[string]interface {}';
  }
}
