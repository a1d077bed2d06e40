const INT64_LIMIT = 2 ** 63;
/** Go writes doubles with an exponent from here on, and below the smaller one. */
const LARGE_EXPONENT = 6;
const SMALL_EXPONENT = -4;

/** Whether Go decodes a JSON number as an int64: whole, and in its range. */
export const isInt64 = (value: number): boolean =>
  Number.isInteger(value) && value >= -INT64_LIMIT && value < INT64_LIMIT;

/**
 * A JSON number as Go's `%v` prints what it was decoded to: whole ones are integers, others doubles
 * with the fewest digits that tell them apart.
 */
export const formatGoNumber = (value: number): string =>
  isInt64(value) ? String(value) : formatGoDouble(value);

/** A double, whole or not: `1e+06`, `0.5`. */
export function formatGoDouble(value: number): string {
  const [mantissa = '', exponentText = '0'] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  if (exponent >= SMALL_EXPONENT && exponent < LARGE_EXPONENT) return String(value);
  const digits = String(Math.abs(exponent)).padStart(2, '0');
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${digits}`;
}
