import { expect, it } from 'vitest';
import type { CronJob, Job } from '../../../worker/reconcile/kinds.ts';
import { createAt } from '../../workerd/definitions.ts';
import { freshCluster } from '../../workerd/stores.ts';
import { JOBS, template } from './job-world.ts';
import { merge } from './lifecycle.ts';
import { listWhen, objectWhen } from './waiting.ts';

const CRON_JOBS = '/apis/batch/v1/namespaces/default/cronjobs';
const MINUTE = 60_000;

/** So many minutes ago, as a schedule that has that minute alone. */
const minutesAgo = (minutes: number): string =>
  `${new Date(Date.now() - minutes * MINUTE).getUTCMinutes()} * * * *`;

/**
 * A CronJob whose first time came twenty minutes ago. Nothing waits for the clock: a later minute
 * that has gone by as well is its second time.
 */
async function withFirstTime(spec: object, name = 'a', cluster = freshCluster()): Promise<string> {
  await createAt(cluster, CRON_JOBS, {
    metadata: { name },
    spec: { schedule: '0 0 1 1 *', jobTemplate: { spec: { template: template() } }, ...spec },
  });
  const lastScheduleTime = new Date(Date.now() - 30 * MINUTE).toISOString().slice(0, 19) + 'Z';
  await merge(cluster, `${CRON_JOBS}/${name}/status`, { status: { lastScheduleTime } });
  await merge(cluster, `${CRON_JOBS}/${name}`, { spec: { schedule: minutesAgo(20) } });
  return cluster;
}

const secondTime = (cluster: string) =>
  merge(cluster, `${CRON_JOBS}/a`, { spec: { schedule: minutesAgo(10) } });

const whenActive = (cluster: string, count: number, other?: string) =>
  objectWhen<CronJob>(cluster, `${CRON_JOBS}/a`, ({ status }) => {
    const active = status?.active ?? [];
    return active.length === count && active.every(({ uid }) => uid !== other);
  });

it('[sig-apps] CronJob should schedule multiple jobs concurrently [Conformance]', async () => {
  const cluster = await withFirstTime({ concurrencyPolicy: 'Allow' });
  await whenActive(cluster, 1);
  await secondTime(cluster);
  await whenActive(cluster, 2);
  await listWhen<Job>(
    cluster,
    JOBS,
    (jobs) => jobs.filter(({ status }) => (status?.active ?? 0) > 0).length === 2,
  );
});

it('[sig-apps] CronJob should not schedule jobs when suspended [Conformance] [Slow]', async () => {
  const cluster = await withFirstTime({ suspend: true });
  await withFirstTime({}, 'b', cluster);
  const jobs = await listWhen(cluster, JOBS, ({ length }) => length > 0);
  expect(jobs.map(({ metadata }) => metadata.ownerReferences?.[0]?.name)).toEqual(['b']);
  await merge(cluster, `${CRON_JOBS}/a`, { spec: { suspend: false } });
  await whenActive(cluster, 1);
});

it('[sig-apps] CronJob should not schedule new jobs when ForbidConcurrent [Conformance] [Slow]', async () => {
  const cluster = await withFirstTime({ concurrencyPolicy: 'Forbid' });
  await whenActive(cluster, 1);
  await secondTime(cluster);
  const events = '/api/v1/namespaces/default/events';
  await listWhen(cluster, events, (items) => items.some((e) => e['reason'] === 'JobAlreadyActive'));
  expect(await listWhen(cluster, JOBS, () => true)).toHaveLength(1);
  const { status } = await whenActive(cluster, 1);
  expect(status?.active).toHaveLength(1);
});

it('[sig-apps] CronJob should replace jobs when ReplaceConcurrent [Conformance]', async () => {
  const cluster = await withFirstTime({ concurrencyPolicy: 'Replace' });
  const { status } = await whenActive(cluster, 1);
  const first = status!.active![0]!.uid;
  await secondTime(cluster);
  await whenActive(cluster, 1, first);
  const jobs = await listWhen(cluster, JOBS, ({ length }) => length === 1);
  expect(jobs[0]!.metadata.uid).not.toBe(first);
});
