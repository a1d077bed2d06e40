/** Wall clocks of time zones, by the database that the platform carries. Times are Unix seconds. */

/** What a wall clock shows. `month` counts from 1; any field may be out of range when one is set. */
export interface WallTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
}

export interface Zone {
  /** Seconds that the zone is ahead of UTC at this time. */
  offsetAt(time: number): number;
}

export const UTC: Zone = { offsetAt: () => 0 };
/** The control plane's own zone is UTC, too. */
const NAMES_OF_UTC = ['', 'UTC', 'Local'];

const WEEK = 7 * 86_400;

/** What a zone does in one week: it has one offset until `changesAt`, and the other from then on. */
interface Week {
  readonly before: number;
  readonly after: number;
  readonly changesAt: number;
}

/** There are some hundred zones, and schedules look a few years ahead. */
const zones = new Map<string, Zone>();

/** The zone of this name; UTC where there is no name. Throws a RangeError for an unknown one. */
export function zoneOf(name: string | undefined): Zone {
  if (name === undefined || NAMES_OF_UTC.includes(name)) return UTC;
  const zone = zones.get(name) ?? newZone(name);
  zones.set(name, zone);
  return zone;
}

/** Asking the platform is slow, so a week is asked for once. No zone changes twice in one. */
function newZone(name: string): Zone {
  const format = newFormat(name);
  const weeks = new Map<number, Week>();
  return {
    offsetAt(time) {
      const number = Math.floor(time / WEEK);
      const week = weeks.get(number) ?? readWeek(format, number * WEEK);
      weeks.set(number, week);
      return time < week.changesAt ? week.before : week.after;
    },
  };
}

function readWeek(format: Intl.DateTimeFormat, start: number): Week {
  const [before, after] = [readOffset(format, start), readOffset(format, start + WEEK)];
  if (before === after) return { before, after, changesAt: start };
  let [low, high] = [start, start + WEEK];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (readOffset(format, middle) === before) low = middle;
    else high = middle;
  }
  return { before, after, changesAt: high };
}

function newFormat(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'iso8601',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
}

function readOffset(format: Intl.DateTimeFormat, time: number): number {
  const fields: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of format.formatToParts(time * 1000)) fields[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = fields;
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000 - time;
}

export function wallTimeAt(zone: Zone, time: number): WallTime {
  const shown = new Date((time + zone.offsetAt(time)) * 1000);
  return {
    year: shown.getUTCFullYear(),
    month: shown.getUTCMonth() + 1,
    day: shown.getUTCDate(),
    hour: shown.getUTCHours(),
    minute: shown.getUTCMinutes(),
  };
}

/**
 * When the zone's clock shows this. Where it never does, or does so twice, the time is the one
 * that Go's `time.Date` settles for: it takes the offset at that time of UTC for a first guess, and
 * where that guess leads for the answer.
 */
export function timeOfWall(zone: Zone, wall: WallTime): number {
  const asUTC = Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute) / 1000;
  const guess = zone.offsetAt(asUTC);
  return asUTC - (guess === 0 ? 0 : zone.offsetAt(asUTC - guess));
}
