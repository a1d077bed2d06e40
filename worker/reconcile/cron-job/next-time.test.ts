import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseCronSchedule } from '../../registry/resources/batch/cron-schedule.ts';
import { nextTime } from './next-time.ts';

/**
 * Times that robfig/cron v3 gives, in many zones, around changes of the clock above all. Morocco
 * from late 2026 on is left out: versions of the time zone database tell it differently.
 */
interface Case {
  readonly schedule: string;
  readonly timeZone?: string;
  readonly from: string;
  /** Fewer than ten where there are no more within five years. */
  readonly next: readonly string[];
}

const cases = readFileSync(new URL('testdata/next-times.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Case);

function timesOf({ schedule, timeZone, from }: Case): string[] {
  const parsed = parseCronSchedule(
    timeZone === undefined ? schedule : `TZ=${timeZone} ${schedule}`,
  );
  const times: string[] = [];
  let time: number | null = Date.parse(from);
  while (times.length < 10) {
    time = nextTime(parsed, time);
    if (time === null) break;
    times.push(new Date(time).toISOString().replace('.000', ''));
  }
  return times;
}

describe('the next time of a schedule', () => {
  it('is the one of robfig/cron', () => {
    expect(cases.length).toBeGreaterThan(400);
    const differing = cases
      .map((example) => ({ ...example, got: timesOf(example) }))
      .filter(({ next, got }) => got.join() !== next.join());
    expect(differing).toEqual([]);
  });

  it('is none in a zone that leaves the day out for which it waits, and is found soon', () => {
    // Samoa had no 30 December 2011.
    const schedule = parseCronSchedule('TZ=Pacific/Apia 0 0 30 12 *');
    expect(nextTime(schedule, Date.UTC(2011, 11, 29))).toBeNull();
  });
});
