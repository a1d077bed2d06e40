import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseCronSchedule } from './cron-schedule.ts';

interface Case {
  readonly schedule: string;
  readonly error?: string;
}

const cases = readFileSync(new URL('testdata/cron-schedules.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Case);

/** The error text, or undefined for what is accepted. */
function errorOf(schedule: string): string | undefined {
  try {
    parseCronSchedule(schedule);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

describe('schedules', () => {
  it('are accepted and refused as robfig/cron does, in its words', () => {
    expect(cases.length).toBeGreaterThan(200);
    const differing = cases.filter(({ schedule, error }) => errorOf(schedule) !== error);
    expect(differing).toEqual([]);
  });

  it('name sets of values', () => {
    const parsed = parseCronSchedule('*/20 1-3,8 1/10 JAN-mar *');
    if (parsed.kind !== 'calendar') throw new Error('want fields');
    expect([...parsed.minutes]).toEqual([0, 20, 40]);
    expect([...parsed.hours]).toEqual([1, 2, 3, 8]);
    expect([...parsed.daysOfMonth]).toEqual([1, 11, 21, 31]);
    expect([...parsed.months]).toEqual([1, 2, 3]);
    expect(parsed).toMatchObject({ anyDay: false, anyWeekday: true, timeZone: undefined });
  });

  it('may be intervals', () => {
    expect(parseCronSchedule('@every 1h30m')).toEqual({
      kind: 'interval',
      every: 5_400_000_000_000n,
    });
  });

  it('never read past a time zone without fields', () => {
    expect(errorOf('TZ=UTC')).toBe('expected exactly 5 fields, found 0: []');
  });
});
