import { TIMESTAMP, type CelType } from '../types/cel-type.ts';
import { CelObject, type Value } from './value.ts';

const NANO = 1_000_000_000n;
/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z, in seconds since 1970. */
const MIN_SECONDS = -62_135_596_800n;
const MAX_SECONDS = 253_402_300_799n;

const floorDivide = (value: bigint, divisor: bigint): bigint =>
  value >= 0n ? value / divisor : -((-value + divisor - 1n) / divisor);

/** A moment with nanoseconds, and the offset from UTC that it was written with. */
export class Timestamp extends CelObject {
  readonly type: CelType = TIMESTAMP;
  /** Since 1970-01-01T00:00:00Z. */
  readonly nanoseconds: bigint;
  readonly offsetMinutes: number;

  constructor(nanoseconds: bigint, offsetMinutes = 0) {
    super();
    this.nanoseconds = nanoseconds;
    this.offsetMinutes = offsetMinutes;
  }

  override equals(other: Value): Value {
    return other instanceof Timestamp && this.nanoseconds === other.nanoseconds;
  }

  override isZero(): boolean {
    return this.nanoseconds === MIN_SECONDS * NANO;
  }

  /** RFC 3339 with as many digits of a second as it takes, in the offset that it was written with. */
  override toString(): string {
    const date = this.toDate(this.offsetMinutes);
    const day = `${pad(date.getUTCFullYear(), 4)}-${pad(date.getUTCMonth() + 1)}-${pad(date.getUTCDate())}`;
    const time = `${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}:${pad(date.getUTCSeconds())}`;
    const nanos = this.nanoseconds - floorDivide(this.nanoseconds, NANO) * NANO;
    const fraction = nanos.toString().padStart(9, '0').replace(/0+$/, '');
    const offset = Math.abs(this.offsetMinutes);
    const zone =
      offset === 0
        ? 'Z'
        : `${this.offsetMinutes < 0 ? '-' : '+'}${pad(Math.floor(offset / 60))}:${pad(offset % 60)}`;
    return `${day}T${time}${fraction === '' ? '' : `.${fraction}`}${zone}`;
  }

  /** A Date whose UTC parts are this moment's in a zone that far from UTC. Milliseconds are exact. */
  toDate(offsetMinutes: number): Date {
    return new Date(Number(floorDivide(this.nanoseconds, 1_000_000n)) + offsetMinutes * 60_000);
  }
}

const pad = (value: number, width = 2): string => String(value).padStart(width, '0');

/** The timestamp, or undefined where it is before year 1 or after 9999. */
export function newTimestamp(nanoseconds: bigint, offsetMinutes = 0): Timestamp | undefined {
  const seconds = floorDivide(nanoseconds, NANO);
  if (seconds < MIN_SECONDS || seconds > MAX_SECONDS) return undefined;
  return new Timestamp(nanoseconds, offsetMinutes);
}

const RFC3339 =
  /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(?:Z|([+-])(\d\d):(\d\d))$/;

/** Parses RFC 3339 as Go's time.Parse does: upper case, no leap seconds. Undefined when it is none. */
export function parseTimestamp(text: string): Timestamp | undefined {
  const match = RFC3339.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction = '', sign, zoneHour, zoneMinute] =
    match;
  const parts = [year, month, day, hour, minute, second].map(Number);
  const [y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0] = parts;
  if (h > 23 || mi > 59 || s > 59) return undefined;
  const offset = (sign === '-' ? -1 : 1) * (Number(zoneHour ?? 0) * 60 + Number(zoneMinute ?? 0));
  if (Number(zoneHour ?? 0) > 24 || Number(zoneMinute ?? 0) > 60) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(y, mo - 1, d);
  date.setUTCHours(h, mi, s, 0);
  // A day that the month does not have would have moved on to the next.
  if (date.getUTCMonth() !== mo - 1 || date.getUTCDate() !== d) return undefined;
  const nanos = BigInt(fraction.slice(0, 9).padEnd(9, '0'));
  const epoch = BigInt(date.getTime()) * 1_000_000n + nanos;
  return newTimestamp(epoch - BigInt(offset) * 60n * NANO, offset);
}
