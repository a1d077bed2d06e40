import type { CronSchedule } from '../../registry/resources/batch/cron-schedule.ts';
import type { CronJob } from '../kinds.ts';
import { timeOf } from './cron-facts.ts';
import { nextTime } from './next-time.ts';

/** From so many missed times on, people are told. */
const MANY = 100;

export interface Due {
  /** The last time that has come and for which nothing was started; null where there is none. */
  readonly time: number | null;
  /** Whether suspiciously many times have gone by. */
  readonly manyMissed: boolean;
  /** When the next one comes; null where none does. */
  readonly next: number | null;
}

/**
 * What the schedule has due by now. Only the last of several missed times is: a CronJob does not
 * catch up. Null for a schedule whose times never come.
 */
export function dueBy(cronJob: CronJob, schedule: CronSchedule, now: number): Due | null {
  const { creationTimestamp } = cronJob.metadata;
  const since = timeOf(cronJob.status?.lastScheduleTime) ?? timeOf(creationTimestamp) ?? now;
  const deadline = cronJob.spec.startingDeadlineSeconds;
  const earliest = deadline === undefined ? since : Math.max(since, now - deadline * 1000);
  const missed = missedSince(schedule, earliest, now);
  if (missed === null) return null;
  // An interval goes on from when it began, whatever the deadline leaves out.
  const begun = earliest === since ? missed : missedSince(schedule, since, now);
  const ahead = nextTime(schedule, begun?.last ?? (begun?.count === 0 ? since : now));
  const next = ahead !== null && ahead <= now ? nextTime(schedule, now) : ahead;
  return { time: missed.last, manyMissed: missed.count > MANY, next };
}

interface Missed {
  readonly last: number | null;
  /** Estimated by the distance of the first two. */
  readonly count: number;
}

/**
 * The times after `earliest` until now. Upstream guesses from the distance of the first two how
 * many there were, and looks for the last only from the last but one of these on (upstream:
 * mostRecentScheduleTime in pkg/controller/cronjob/utils.go).
 */
function missedSince(schedule: CronSchedule, earliest: number, now: number): Missed | null {
  const first = nextTime(schedule, earliest);
  if (first === null) return null;
  if (now < first) return { last: null, count: 0 };
  const second = nextTime(schedule, first);
  if (second === null) return null;
  if (now < second) return { last: first, count: 1 };
  const distance = second - first;
  const count = Math.floor((now - first) / distance) + 1;
  const from = first + (count - 2) * distance;
  const last = schedule.kind === 'interval' ? from + distance : lastTime(schedule, from, now);
  return { last, count };
}

/** The last time after `from` until now. By halving, for there may be thousands in between. */
function lastTime(schedule: CronSchedule, from: number, now: number): number | null {
  let last = nextTime(schedule, from);
  if (last === null || last > now) return null;
  // Between `high` and now there is none.
  let high = now;
  while (last < high) {
    const middle: number = Math.floor((last + high) / 2);
    const time = nextTime(schedule, middle);
    if (time !== null && time <= now) last = time;
    else high = middle;
  }
  return last;
}
