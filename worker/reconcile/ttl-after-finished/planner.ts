import { as } from '../kinds.ts';
import type { Job } from '../kinds.ts';
import { finishedAtMs, isDeleting, JOBS } from '../job/job-facts.ts';
import { EMPTY_PLAN } from '../planner.ts';
import type { Plan, Planner } from '../planner.ts';

export const ttlAfterFinishedPlanner: Planner<Job> = {
  name: 'ttl-after-finished-controller',
  keysFor: ({ resource, name, after }) =>
    resource === JOBS && after !== null && expiresAt(as<Job>(after)) !== null ? [name] : [],
  observe(reader, key) {
    const object = reader.get(JOBS, key);
    return object === null ? null : as<Job>(object);
  },
  plan: planExpiry,
};

/** When the job is to go, in milliseconds since the epoch; null while it is to stay. */
function expiresAt(job: Job): number | null {
  const { ttlSecondsAfterFinished } = job.spec;
  const finishedAt = finishedAtMs(job);
  if (ttlSecondsAfterFinished === undefined || finishedAt === null || isDeleting(job)) return null;
  return finishedAt + ttlSecondsAfterFinished * 1000;
}

export function planExpiry(job: Job, now: number): Plan {
  const expiry = expiresAt(job);
  if (expiry === null) return EMPTY_PLAN;
  if (expiry > now) return { writes: [], requeueAfterMs: expiry - now };
  const { name, uid } = job.metadata;
  return {
    writes: [{ verb: 'delete', resource: JOBS, name, uid, propagationPolicy: 'Foreground' }],
  };
}
