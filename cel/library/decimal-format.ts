const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';
const EXPONENT_BIAS = 1075;

/** A finite double as the exact fraction numerator / denominator. */
function toFraction(value: number): { numerator: bigint; denominator: bigint } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(value));
  const bits = view.getBigUint64(0);
  const exponentBits = Number(bits >> 52n);
  const fraction = bits & 0xf_ffff_ffff_ffffn;
  const mantissa = exponentBits === 0 ? fraction : fraction | 0x10_0000_0000_0000n;
  const exponent = Math.max(exponentBits, 1) - EXPONENT_BIAS;
  return exponent >= 0
    ? { numerator: mantissa << BigInt(exponent), denominator: 1n }
    : { numerator: mantissa, denominator: 1n << BigInt(-exponent) };
}

/** To the nearest integer, halves to even, as Go rounds decimals. */
function divideRounded(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  const twice = (numerator % denominator) * 2n;
  const roundsUp = twice > denominator || (twice === denominator && quotient % 2n === 1n);
  return roundsUp ? quotient + 1n : quotient;
}

function special(value: number): string | undefined {
  if (Number.isNaN(value)) return 'NaN';
  if (Number.isFinite(value)) return undefined;
  return value < 0 ? '-∞' : '∞';
}

const signOf = (value: number): string => (value < 0 || Object.is(value, -0) ? '-' : '');

/** With so many digits after the point, exactly rounded; thousands set apart by commas if `grouped`. */
export function formatFixed(value: number, precision: number, grouped: boolean): string {
  const word = special(value);
  if (word !== undefined) return word;
  const { numerator, denominator } = toFraction(value);
  const scaled = divideRounded(numerator * 10n ** BigInt(precision), denominator);
  const digits = scaled.toString().padStart(precision + 1, '0');
  const whole = digits.slice(0, digits.length - precision);
  const shown = grouped ? whole.replaceAll(/\B(?=(?:\d{3})+$)/g, ',') : whole;
  const fraction = precision === 0 ? '' : `.${digits.slice(digits.length - precision)}`;
  return `${signOf(value)}${shown}${fraction}`;
}

/** Digits after the point of `%e`, whatever precision is asked for. */
const SCIENTIFIC_PRECISION = 6;

/**
 * As `1.234500×10⁰³`, which is how Go's text/message prints `%e` in English. Upstream hands on the
 * precision as the width, so that is what it is here.
 */
export function formatScientific(value: number, width: number): string {
  return (special(value) ?? scientific(value, SCIENTIFIC_PRECISION)).padStart(width);
}

function scientific(value: number, precision: number): string {
  const { numerator, denominator } = toFraction(value);
  let exponent = value === 0 ? 0 : Number(value.toExponential().split('e')[1]);
  let digits = scaleTo(numerator, denominator, precision - exponent);
  if (digits.length > precision + 1) {
    // Rounded up to the next power of ten.
    exponent++;
    digits = digits.slice(0, -1);
  }
  const fraction = precision === 0 ? '' : `.${digits.slice(1)}`;
  const power = String(Math.abs(exponent)).padStart(2, '0');
  const superscript = Array.from(power, (digit) => SUPERSCRIPTS[Number(digit)] ?? '').join('');
  return `${signOf(value)}${digits[0] ?? '0'}${fraction}×10${exponent < 0 ? '⁻' : ''}${superscript}`;
}

function scaleTo(numerator: bigint, denominator: bigint, power: number): string {
  const scaled =
    power >= 0
      ? divideRounded(numerator * 10n ** BigInt(power), denominator)
      : divideRounded(numerator, denominator * 10n ** BigInt(-power));
  const text = scaled.toString();
  return scaled === 0n ? text.padEnd(Math.max(power, 0) + 1, '0') : text;
}
