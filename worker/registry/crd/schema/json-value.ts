import { isInt64 } from '../../../../apimachinery/go-number.ts';

export type JSONObject = Record<string, unknown>;

export type ValueKind = 'null' | 'boolean' | 'string' | 'integer' | 'number' | 'array' | 'object';

/** What a JSON value is. Whole numbers that fit 64 bits are integers, as Go decodes them. */
export function kindOf(value: unknown): ValueKind {
  switch (typeof value) {
    case 'boolean':
      return 'boolean';
    case 'string':
      return 'string';
    case 'number':
      return isInt64(value) ? 'integer' : 'number';
    default:
      if (Array.isArray(value)) return 'array';
      return value === null || value === undefined ? 'null' : 'object';
  }
}

export const isObject = (value: unknown): value is JSONObject => kindOf(value) === 'object';

/** An own field; undefined where there is none. */
export const fieldIn = (object: JSONObject, name: string): unknown =>
  Object.hasOwn(object, name) ? object[name] : undefined;

/** Compact JSON with keys in order, as Go's encoder writes maps. */
export function canonicalJSON(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJSON).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value ?? null);
  const fields = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJSON(value[key])}`);
  return `{${fields.join(',')}}`;
}
