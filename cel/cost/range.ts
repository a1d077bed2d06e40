/** A range of sizes or costs, in uint64 arithmetic that stops at the largest instead of wrapping. */
export interface Range {
  readonly min: bigint;
  readonly max: bigint;
}

export const MAX_UINT64 = 18_446_744_073_709_551_615n;
const TWO_TO_64 = 2 ** 64;

export const ZERO: Range = { min: 0n, max: 0n };
export const UNKNOWN: Range = { min: 0n, max: MAX_UINT64 };
export const fixed = (value: bigint | number): Range => ({
  min: BigInt(value),
  max: BigInt(value),
});

const saturate = (value: bigint): bigint => (value > MAX_UINT64 ? MAX_UINT64 : value);

export const plus = (a: Range, b: Range): Range => ({
  min: saturate(a.min + b.min),
  max: saturate(a.max + b.max),
});

export const times = (a: Range, b: Range): Range => ({
  min: saturate(a.min * b.min),
  max: saturate(a.max * b.max),
});

/** The smallest range that contains both. */
export const union = (a: Range, b: Range): Range => ({
  min: a.min < b.min ? a.min : b.min,
  max: a.max > b.max ? a.max : b.max,
});

/** In doubles and rounded up, as upstream does. */
function scaleOne(value: bigint, factor: number): bigint {
  const scaled = Math.ceil(Number(value) * factor);
  return scaled >= TWO_TO_64 ? MAX_UINT64 : BigInt(scaled);
}

export const scale = (range: Range, factor: number): Range => ({
  min: scaleOne(range.min, factor),
  max: scaleOne(range.max, factor),
});
