import type {
  CalendarSchedule,
  CronSchedule,
} from '../../registry/resources/batch/cron-schedule.ts';
import { timeOfWall, UTC, wallTimeAt, zoneOf } from './zone.ts';
import type { WallTime, Zone } from './zone.ts';

const NANOSECONDS_PER_SECOND = 1_000_000_000n;
const YEARS_AHEAD = 5;
/** More than any schedule takes; zones that leave out a whole day would go on for ever. */
const MAX_STEPS = 20_000;

/**
 * The first time of the schedule after `afterMs`, in milliseconds since the epoch; null when there
 * is none within five years. As robfig/cron v3 counts: what the clock leaves out in spring is left
 * out, and what it shows twice in autumn happens twice.
 */
export function nextTime(schedule: CronSchedule, afterMs: number): number | null {
  const second = Math.floor(afterMs / 1000);
  if (schedule.kind === 'interval') {
    const seconds = schedule.every / NANOSECONDS_PER_SECOND;
    return (second + Number(seconds < 1n ? 1n : seconds)) * 1000;
  }
  const zone = schedule.timeZone === undefined ? UTC : zoneOf(schedule.timeZone);
  const time = new CalendarSearch(schedule, zone, second + 1).find();
  return time === null ? null : time * 1000;
}

/**
 * Goes ahead by months, then days, hours and minutes, each until the schedule has it, and begins
 * again whenever a greater unit changes on the way. The first step of all sets the lesser units
 * back to their beginning.
 */
class CalendarSearch {
  readonly #schedule: CalendarSchedule;
  readonly #zone: Zone;
  readonly #lastYear: number;
  #time: number;
  #wall: WallTime;
  #hasMoved = false;
  #steps = 0;

  constructor(schedule: CalendarSchedule, zone: Zone, start: number) {
    this.#schedule = schedule;
    this.#zone = zone;
    this.#time = start;
    this.#wall = wallTimeAt(zone, start);
    this.#lastYear = this.#wall.year + YEARS_AHEAD;
  }

  find(): number | null {
    const { months, hours, minutes } = this.#schedule;
    while (this.#wall.year <= this.#lastYear && this.#steps < MAX_STEPS) {
      const isFound =
        this.#advance(
          () => months.has(this.#wall.month),
          () => this.#nextMonth(),
          () => this.#wall.month === 1,
        ) &&
        this.#advance(
          () => this.#matchesDay(),
          () => this.#nextDay(),
          () => this.#wall.day === 1,
        ) &&
        this.#advance(
          () => hours.has(this.#wall.hour),
          () => this.#nextHour(),
          () => this.#wall.hour === 0,
        ) &&
        this.#advance(
          () => minutes.has(this.#wall.minute),
          () => this.#nextMinute(),
          () => this.#wall.minute === 0,
        );
      if (isFound) return this.#toMinute();
    }
    return null;
  }

  /** Whether the unit came to match before a greater one changed. */
  #advance(matches: () => boolean, step: () => void, wraps: () => boolean): boolean {
    while (!matches()) {
      if (++this.#steps > MAX_STEPS) return false;
      step();
      if (wraps()) return false;
    }
    return true;
  }

  #matchesDay(): boolean {
    const { daysOfMonth, daysOfWeek, anyDay, anyWeekday } = this.#schedule;
    const { year, month, day } = this.#wall;
    const isDay = daysOfMonth.has(day);
    const isWeekday = daysOfWeek.has(new Date(Date.UTC(year, month - 1, day)).getUTCDay());
    return anyDay || anyWeekday ? isDay && isWeekday : isDay || isWeekday;
  }

  #nextMonth(): void {
    this.#moveTo({ ...this.#start({ day: 1, hour: 0, minute: 0 }), month: this.#wall.month + 1 });
  }

  #nextDay(): void {
    this.#moveTo({ ...this.#start({ hour: 0, minute: 0 }), day: this.#wall.day + 1 });
    // A day whose midnight is left out begins later, or the guess fell on the day before.
    const { hour } = this.#wall;
    if (hour > 12) this.#moveBy((24 - hour) * 3600);
    else if (hour > 0) this.#moveBy(-hour * 3600);
  }

  #nextHour(): void {
    // An hour that comes twice is gone through twice, so that its wall time would not do.
    this.#start({ minute: 0 });
    this.#moveBy(3600);
  }

  #nextMinute(): void {
    this.#time -= this.#hasMoved ? 0 : this.#time % 60;
    this.#hasMoved = true;
    this.#moveBy(60);
  }

  /** Seconds match only where they are 0. */
  #toMinute(): number | null {
    const seconds = this.#time % 60;
    if (seconds === 0) return this.#time;
    this.#hasMoved = true;
    this.#moveBy(60 - seconds);
    return this.find();
  }

  /** The present wall time, set back to its beginning before the first step. */
  #start(beginning: Partial<WallTime>): WallTime {
    if (this.#hasMoved) return this.#wall;
    this.#hasMoved = true;
    this.#moveTo({ ...this.#wall, ...beginning });
    return this.#wall;
  }

  #moveTo(wall: WallTime): void {
    const time = timeOfWall(this.#zone, wall);
    this.#time = time;
    this.#wall = wallTimeAt(this.#zone, time);
  }

  #moveBy(seconds: number): void {
    this.#time += seconds;
    this.#wall = wallTimeAt(this.#zone, this.#time);
  }
}
