/** A number, or a percentage of a total (`intstr.IntOrString`): `3`, `"25%"`. */
export type IntOrString = number | string;

const PREFIX = 'invalid value for IntOrString';

/**
 * The number that the value stands for: itself, or that percentage of `total` rounded up or down.
 * Throws an Error with upstream's text for a string that is not a percentage.
 */
export function scaledValue(value: IntOrString, total: number, roundUp: boolean): number {
  if (typeof value === 'number') return value;
  if (!value.endsWith('%')) {
    throw new Error(`${PREFIX}: invalid type: string is not a percentage`);
  }
  const digits = value.slice(0, -1);
  const percent = Number(digits);
  if (!/^[-+]?[0-9]+$/.test(digits) || !Number.isSafeInteger(percent)) {
    throw new Error(
      `${PREFIX}: invalid value ${JSON.stringify(value)}: strconv.Atoi: parsing ${JSON.stringify(digits)}: invalid syntax`,
    );
  }
  const exact = (percent * total) / 100;
  return (roundUp ? Math.ceil(exact) : Math.floor(exact)) + 0;
}

/** The percentage that a string states, or undefined for anything else. */
export function percentOf(value: IntOrString): number | undefined {
  return typeof value === 'string' && /^[0-9]+%$/.test(value)
    ? Number(value.slice(0, -1))
    : undefined;
}
