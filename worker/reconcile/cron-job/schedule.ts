import { parseCronSchedule } from '../../registry/resources/batch/cron-schedule.ts';
import type { CronSchedule } from '../../registry/resources/batch/cron-schedule.ts';
import { validateTimeZoneName } from '../../registry/resources/batch/time-zone.ts';
import type { CronJob } from '../kinds.ts';
import type { EventText } from '../planner.ts';

export interface ReadSchedule {
  /** null when nothing is to be started for it. */
  readonly schedule: CronSchedule | null;
  readonly events: readonly EventText[];
}

/** The schedule with its time zone, and what people are to be told about it. */
export function readSchedule({ spec }: CronJob): ReadSchedule {
  const { schedule: given, timeZone }: Partial<CronJob['spec']> = spec;
  const schedule = given ?? '';
  const problem = timeZone === undefined ? null : validateTimeZoneName(timeZone);
  if (problem !== null) {
    const message = `invalid timeZone: ${JSON.stringify(timeZone)}: ${problem}`;
    return { schedule: null, events: [{ type: 'Warning', reason: 'UnknownTimeZone', message }] };
  }
  if (spec.suspend === true) return { schedule: null, events: [] };
  const events: EventText[] = [];
  const hasZone = schedule.includes('TZ');
  if (hasZone) {
    events.push({
      type: 'Warning',
      reason: 'UnsupportedSchedule',
      message: `CRON_TZ or TZ used in schedule ${JSON.stringify(schedule)} is not officially supported, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details`,
    });
  }
  const text = hasZone || timeZone === undefined ? schedule : `TZ=${timeZone} ${schedule}`;
  try {
    return { schedule: parseCronSchedule(text), events };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `unparseable schedule: ${JSON.stringify(schedule)} : ${reason}`;
    events.push({ type: 'Warning', reason: 'UnparseableSchedule', message });
    return { schedule: null, events };
  }
}
