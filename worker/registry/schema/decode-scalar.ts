import { formatDuration, parseDuration } from '../../../apimachinery/duration.ts';
import { parseQuantity } from '../../../apimachinery/quantity.ts';
import { base64Error } from '../base64.ts';
import { isNumberNode, type JSONNode } from './json-node.ts';
import { parseMicroTime, parseTime } from './parse-time.ts';
import type { ScalarName } from './schema.ts';

/** Throws the type error of the field that is being decoded. `text` is a number's own spelling. */
export type Refuse = (goType: string, text?: string) => never;

const INT32 = { min: -2_147_483_648n, max: 2_147_483_647n };
const INT64 = { min: -9_223_372_036_854_775_808n, max: 9_223_372_036_854_775_807n };
const MAX_INTEGER_LENGTH = 20;

/** What Go leaves in a field of the type that the text does not mention or sets to null. */
export function zeroScalar(name: ScalarName): unknown {
  switch (name) {
    case 'string':
      return '';
    case 'int32':
    case 'int64':
    case 'double':
    case 'intOrString':
      return 0;
    case 'boolean':
      return false;
    case 'quantity':
      return '0';
    case 'duration':
      return '0s';
    case 'time':
    case 'microTime':
    case 'bytes':
      return null;
    default:
      return name satisfies never;
  }
}

/**
 * Decodes a scalar that is not null into its canonical JSON form. Throws through `refuse`, or an
 * Error with upstream's text where the type has an error of its own.
 */
export function decodeScalar(node: JSONNode, name: ScalarName, refuse: Refuse): unknown {
  switch (name) {
    case 'string':
      return typeof node === 'string' ? node : refuse('string');
    case 'boolean':
      return typeof node === 'boolean' ? node : refuse('bool');
    case 'int32':
    case 'int64':
      return decodeInteger(node, name, refuse);
    case 'double':
      return isNumberNode(node) ? Number(node.number) : refuse('float64');
    case 'intOrString':
      return typeof node === 'string' ? node : decodeInteger(node, 'int32', refuse);
    case 'quantity':
      return decodeQuantity(node);
    case 'bytes':
      return decodeBytes(node, refuse);
    case 'time':
      return typeof node === 'string' ? parseTime(node) : refuse('string');
    case 'microTime':
      return typeof node === 'string' ? parseMicroTime(node) : refuse('string');
    case 'duration':
      return typeof node === 'string' ? formatDuration(parseDuration(node)) : refuse('string');
    default:
      return name satisfies never;
  }
}

function decodeInteger(node: JSONNode, name: 'int32' | 'int64', refuse: Refuse): number {
  if (!isNumberNode(node)) return refuse(name);
  const text = node.number;
  if (!/^-?[0-9]+$/.test(text) || text.length > MAX_INTEGER_LENGTH) return refuse(name, text);
  const value = BigInt(text);
  const { min, max } = name === 'int32' ? INT32 : INT64;
  return value < min || value > max ? refuse(name, text) : Number(value);
}

function decodeQuantity(node: JSONNode): string {
  const text = typeof node === 'string' ? node.trim() : isNumberNode(node) ? node.number : '';
  return parseQuantity(text).toString();
}

function decodeBytes(node: JSONNode, refuse: Refuse): string {
  if (typeof node !== 'string') return refuse('[]uint8');
  const error = base64Error(node);
  if (error !== undefined) throw new Error(error);
  return node.replace(/[\r\n]/g, '');
}
