import { parseDuration } from '../../../../apimachinery/duration.ts';
import { validateTimeZoneName } from './time-zone.ts';

/**
 * A parsed schedule: the minutes, hours, days and months that it names, or an interval. `anyDay`
 * and `anyWeekday` tell whether that field was `*`: a day matches by both fields where one of them
 * is, else by either.
 */
export type CronSchedule = CalendarSchedule | IntervalSchedule;

export interface CalendarSchedule {
  readonly kind: 'calendar';
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly daysOfMonth: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  /** 0 is Sunday. */
  readonly daysOfWeek: ReadonlySet<number>;
  readonly anyDay: boolean;
  readonly anyWeekday: boolean;
  /** From a `TZ=` or `CRON_TZ=` prefix. */
  readonly timeZone: string | undefined;
}

export interface IntervalSchedule {
  readonly kind: 'interval';
  /** Nanoseconds. */
  readonly every: bigint;
}

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

interface Field {
  readonly values: ReadonlySet<number>;
  readonly isStar: boolean;
}

const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const DAYS = 'sun mon tue wed thu fri sat'.split(' ');
const BOUNDS: readonly Bounds[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: MONTHS },
  { min: 0, max: 6, names: DAYS },
];
const DESCRIPTORS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};
const EVERY = '@every ';
const MAX_INT64 = 9_223_372_036_854_775_807n;

/**
 * Parses a schedule as robfig/cron v3 does with `ParseStandard`: five fields, descriptors, and an
 * optional time zone in front. Throws an Error with that library's text for what it refuses.
 */
export function parseCronSchedule(schedule: string): CronSchedule {
  if (schedule === '') throw new Error('empty spec string');
  let text = schedule;
  let timeZone: string | undefined;
  if (text.startsWith('TZ=') || text.startsWith('CRON_TZ=')) {
    const space = text.indexOf(' ');
    timeZone = text.slice(text.indexOf('=') + 1, space < 0 ? undefined : space);
    const problem = validateTimeZoneName(timeZone);
    if (problem !== null) throw new Error(`provided bad location ${timeZone}: ${problem}`);
    text = space < 0 ? '' : text.slice(space).trim();
  }
  if (text.startsWith('@')) {
    if (text.startsWith(EVERY)) return { kind: 'interval', every: parseInterval(text) };
    const fields = Object.hasOwn(DESCRIPTORS, text) ? DESCRIPTORS[text] : undefined;
    if (fields === undefined) throw new Error(`unrecognized descriptor: ${text}`);
    text = fields;
  }
  return parseFields(text, timeZone);
}

function parseInterval(text: string): bigint {
  try {
    return parseDuration(text.slice(EVERY.length));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`failed to parse duration ${text}: ${reason}`, { cause: error });
  }
}

function parseFields(text: string, timeZone: string | undefined): CalendarSchedule {
  const words = text.split(/\s+/).filter((word) => word !== '');
  if (words.length !== BOUNDS.length) {
    throw new Error(
      `expected exactly ${BOUNDS.length} fields, found ${words.length}: [${words.join(' ')}]`,
    );
  }
  const [minutes, hours, days, months, weekdays] = BOUNDS.map((bounds, i) =>
    parseField(words[i] ?? '', bounds),
  );
  const none: Field = { values: new Set(), isStar: false };
  return {
    kind: 'calendar',
    minutes: (minutes ?? none).values,
    hours: (hours ?? none).values,
    daysOfMonth: (days ?? none).values,
    months: (months ?? none).values,
    daysOfWeek: (weekdays ?? none).values,
    anyDay: (days ?? none).isStar,
    anyWeekday: (weekdays ?? none).isStar,
    timeZone,
  };
}

function parseField(field: string, bounds: Bounds): Field {
  const values = new Set<number>();
  let isStar = false;
  for (const expression of field.split(',').filter((part) => part !== '')) {
    const { start, end, step, star } = parseRange(expression, bounds);
    isStar ||= star;
    for (let value = start; value <= end; value += step) values.add(value);
  }
  return { values, isStar };
}

/** One of `*`, `5`, `1-5`, and each of them with `/step`. `5/10` counts up to the field's end. */
function parseRange(
  expression: string,
  { min, max, names }: Bounds,
): { start: number; end: number; step: number; star: boolean } {
  const [range = '', stepText, ...moreSteps] = expression.split('/');
  const [low = '', high, ...moreParts] = range.split('-');
  const isStar = low === '*' || low === '?';
  let start = min;
  let end = max;
  if (!isStar) {
    start = parseNumberOrName(low, names);
    if (moreParts.length > 0) throw new Error(`too many hyphens: ${expression}`);
    end = high === undefined ? start : parseNumberOrName(high, names);
  }
  let step = 1;
  if (moreSteps.length > 0) throw new Error(`too many slashes: ${expression}`);
  if (stepText !== undefined) {
    step = parseNumber(stepText);
    if (high === undefined) end = max;
  }
  if (start < min) {
    throw new Error(`beginning of range (${start}) below minimum (${min}): ${expression}`);
  }
  if (end > max) throw new Error(`end of range (${end}) above maximum (${max}): ${expression}`);
  if (start > end) {
    throw new Error(`beginning of range (${start}) beyond end of range (${end}): ${expression}`);
  }
  if (step === 0) throw new Error(`step of range should be a positive number: ${expression}`);
  return { start, end, step, star: isStar && step === 1 };
}

function parseNumberOrName(text: string, names: readonly string[] | undefined): number {
  const index = names?.indexOf(text.toLowerCase()) ?? -1;
  // Months count from one, weekdays from zero.
  return index < 0 ? parseNumber(text) : names === MONTHS ? index + 1 : index;
}

function parseNumber(text: string): number {
  const fail = (why: string): never => {
    throw new Error(
      `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: ${why}`,
    );
  };
  if (!/^[-+]?[0-9]+$/.test(text)) return fail('invalid syntax');
  const value = BigInt(text.replace(/^\+/, ''));
  if (value > MAX_INT64 || value < -MAX_INT64 - 1n) return fail('value out of range');
  if (value < 0n) throw new Error(`negative number (${value}) not allowed: ${text}`);
  return Number(value);
}
