import { formatFloat } from './format-float.ts';
import { Duration } from './duration.ts';
import { Timestamp } from './timestamp.ts';
import { Uint } from './uint.ts';
import type { Value } from './value.ts';

/** A value in an error message, as Go's `%v` prints it. Exact for scalars, which keys and indices are. */
export function formatValue(value: Value): string {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'boolean':
    case 'bigint':
    case 'string':
      return String(value);
    case 'number':
      return formatFloat(value, 21);
    default:
      break;
  }
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Timestamp || value instanceof Duration) return value.toString();
  return value instanceof Uint8Array ? `[${value.join(' ')}]` : value.type.name;
}
