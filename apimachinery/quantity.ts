/**
 * resource.Quantity: a fixed-point number with a suffix (`100m`, `1.5Gi`, `2e3`).
 * Values are exact to 10⁻⁹, the finest unit of the format; finer digits round away from zero.
 */
export type QuantityFormat = 'DecimalSI' | 'DecimalExponent' | 'BinarySI';

const FORMAT_ERROR =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const SUFFIX_ERROR = "unable to parse quantity's suffix";

const NANO = 1_000_000_000n;
const MICRO_PER_MILLI = 1_000_000n;
const MAX_INT64 = 9_223_372_036_854_775_807n;
/** Longest text that is looked at; a real quantity has a few dozen characters. */
const MAX_TEXT_LENGTH = 1024;
/** Largest exponent, so that `1e999999999` cannot make a number that fills the memory. */
const MAX_EXPONENT = 1000;
/** Digits that an int64 holds whatever they are: within it upstream keeps the client's spelling. */
const INT64_DIGITS = 18;
const BINARY_DIGITS = 15;

const DECIMAL_EXPONENTS: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const DECIMAL_SUFFIXES = new Map(Object.entries(DECIMAL_EXPONENTS).map(([s, e]) => [e, s]));
const BINARY_SUFFIXES = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

const SHAPE = /^([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*(?:[-+])?[0-9]*)$/;

function divideAwayFromZero(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  if (quotient * divisor === value) return quotient;
  return value < 0n ? quotient - 1n : quotient + 1n;
}

function interpretSuffix(
  suffix: string,
): { base: 2 | 10; exponent: number; format: QuantityFormat } | undefined {
  const decimal = Object.hasOwn(DECIMAL_EXPONENTS, suffix) ? DECIMAL_EXPONENTS[suffix] : undefined;
  if (decimal !== undefined) return { base: 10, exponent: decimal, format: 'DecimalSI' };
  const binary = BINARY_SUFFIXES.indexOf(suffix);
  if (binary > 0) return { base: 2, exponent: binary * 10, format: 'BinarySI' };
  const exponent = /^[eE]([-+]?[0-9]+)$/.exec(suffix)?.[1];
  if (exponent === undefined || Number(exponent) > MAX_EXPONENT) return undefined;
  return { base: 10, exponent: Number(exponent), format: 'DecimalExponent' };
}

/** Value in nano-units of `digits × 10^exponent`, rounded away from zero. */
function scaleDecimal(digits: bigint, exponent: number): bigint {
  const shift = exponent + 9;
  if (shift >= 0) return digits * 10n ** BigInt(shift);
  // Anything below the finest unit counts as one of it, however small.
  if (-shift > MAX_TEXT_LENGTH) return digits === 0n ? 0n : 1n;
  return divideAwayFromZero(digits, 10n ** BigInt(-shift));
}

/** Parses a quantity. Throws an Error with upstream's text when it is none. */
export function parseQuantity(text: string): Quantity {
  const match = text.length > MAX_TEXT_LENGTH ? null : SHAPE.exec(text);
  if (text === '' || match === null) throw new Error(FORMAT_ERROR);
  const [, sign = '', whole = '', fraction = '', suffix = ''] = match;
  const interpreted = interpretSuffix(suffix);
  if (interpreted === undefined) throw new Error(SUFFIX_ERROR);
  const { base, exponent, format } = interpreted;

  const digits = BigInt(`${whole}${fraction}` || '0');
  const decimalExponent = (base === 10 ? exponent : 0) - fraction.length;
  let nano =
    base === 10
      ? scaleDecimal(digits, decimalExponent)
      : scaleDecimal(digits << BigInt(exponent), decimalExponent);
  if (format === 'BinarySI' && nano > MAX_INT64 * NANO) nano = MAX_INT64 * NANO;
  const effective = format === 'BinarySI' && nano > 0n && nano < NANO ? 'DecimalSI' : format;

  const keepsSpelling =
    base === 2
      ? keepsBinaryText(whole, fraction, digits, exponent)
      : keepsDecimalText(whole, fraction, digits, decimalExponent);
  return new Quantity(sign === '-' ? -nano : nano, effective, keepsSpelling ? text : undefined);
}

/**
 * Whether upstream would echo the client's spelling: it does so for what its int64 path reads as
 * already canonical, that is an exponent that has a suffix and no further factor to move into it.
 */
function keepsDecimalText(
  whole: string,
  fraction: string,
  digits: bigint,
  exponent: number,
): boolean {
  const significant = whole.replace(/^0+/, '');
  if (significant === '' || exponent < -9 || exponent % 3 !== 0) return false;
  return significant.length + fraction.length <= INT64_DIGITS && digits % 1000n !== 0n;
}

/** The same for binary suffixes, whose int64 path upstream bounds by a coarser count of digits. */
function keepsBinaryText(
  whole: string,
  fraction: string,
  digits: bigint,
  exponent: number,
): boolean {
  const length = whole.replace(/^0+/, '').length;
  const spare = BINARY_DIGITS - length - (exponent * 3) / 10 - 1;
  return length > 0 && fraction === '' && spare >= 0 && digits % 1024n !== 0n;
}

/** An immutable quantity: a number of nano-units and the format that it is written in. */
export class Quantity {
  readonly nano: bigint;
  readonly format: QuantityFormat;
  readonly #text: string | undefined;

  constructor(nano: bigint, format: QuantityFormat, text?: string) {
    this.nano = nano;
    this.format = format;
    this.#text = text;
  }

  isZero(): boolean {
    return this.nano === 0n;
  }

  /** -1, 0 or 1 as this is less than, equal to or more than the other. */
  compare(other: Quantity): -1 | 0 | 1 {
    if (this.nano === other.nano) return 0;
    return this.nano < other.nano ? -1 : 1;
  }

  /** The sum, in this quantity's format, or in the other's when this one is zero. */
  add(other: Quantity): Quantity {
    return new Quantity(this.nano + other.nano, this.isZero() ? other.format : this.format);
  }

  subtract(other: Quantity): Quantity {
    return new Quantity(this.nano - other.nano, this.isZero() ? other.format : this.format);
  }

  /** In units, fractions rounded away from zero. */
  toValue(): bigint {
    return divideAwayFromZero(this.nano, NANO);
  }

  /** In thousandths, finer fractions rounded away from zero. */
  toMilli(): bigint {
    return divideAwayFromZero(this.nano, MICRO_PER_MILLI);
  }

  /** The nearest double. */
  toNumber(): number {
    const whole = this.nano / NANO;
    return Number(whole) + Number(this.nano - whole * NANO) / 1e9;
  }

  /** As the API server would write what it was given: the client's spelling where that is kept. */
  toString(): string {
    return this.#text ?? this.toCanonical();
  }

  /** The canonical form: no fraction, largest suffix that keeps the value exact. */
  toCanonical(): string {
    if (this.nano === 0n) return '0';
    const thousandUnits = 1024n * NANO;
    const isBinary =
      this.format === 'BinarySI' &&
      (this.nano <= -thousandUnits || this.nano >= thousandUnits) &&
      this.nano % NANO === 0n;
    return isBinary ? binaryText(this.nano / NANO) : decimalText(this.nano, this.format);
  }
}

function binaryText(value: bigint): string {
  let mantissa = value;
  let power = 0;
  while (mantissa % 1024n === 0n && power < BINARY_SUFFIXES.length - 1) {
    mantissa /= 1024n;
    power++;
  }
  return `${mantissa}${BINARY_SUFFIXES[power]}`;
}

function decimalText(nano: bigint, format: QuantityFormat): string {
  let mantissa = nano;
  let exponent = -9;
  const largest = format === 'DecimalExponent' ? Number.POSITIVE_INFINITY : 18;
  while (mantissa % 1000n === 0n && exponent < largest) {
    mantissa /= 1000n;
    exponent += 3;
  }
  if (format !== 'DecimalExponent') return `${mantissa}${DECIMAL_SUFFIXES.get(exponent) ?? ''}`;
  return exponent === 0 ? `${mantissa}` : `${mantissa}e${exponent}`;
}
