import { expect, it } from 'vitest';
import type { Cluster } from '../harness/cluster.ts';
import { IMAGE } from '../harness/image.ts';
import { container } from '../harness/manifests.ts';
import { until } from '../harness/until.ts';

const MINUTE_MS = 60_000;

interface JobObject {
  metadata: {
    name: string;
    annotations?: Record<string, string>;
    ownerReferences?: readonly { kind: string; name: string; controller?: boolean }[];
  };
  status?: {
    succeeded?: number;
    failed?: number;
    active?: number;
    completedIndexes?: string;
    failedIndexes?: string;
    conditions?: readonly { type: string; status: string; reason?: string; message?: string }[];
  };
}

interface PodObject {
  metadata: { name: string; annotations: Record<string, string> };
  status: { phase: string };
}

/** Tests of Jobs and CronJobs, for a file whose other tests go on in these minutes. */
export function jobTests(clusterOf: () => Cluster): void {
  it.concurrent('an Indexed Job of 20 with two failing indexes completes the others', async () => {
    const cluster = clusterOf();
    const namespace = await cluster.namespace();
    const kubectl = (...args: string[]) => cluster.kubectlOutput(['-n', namespace, ...args]);
    await cluster.apply(namespace, {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'work' },
      spec: {
        completions: 20,
        parallelism: 5,
        completionMode: 'Indexed',
        backoffLimitPerIndex: 0,
        template: {
          spec: {
            restartPolicy: 'Never',
            containers: [
              container({
                script:
                  'echo index $JOB_COMPLETION_INDEX on $(hostname); case $JOB_COMPLETION_INDEX in 7|13) exit 3;; esac',
              }),
            ],
          },
        },
      },
    });
    expect(await kubectl('wait', '--for=condition=Failed', 'job/work', '--timeout=110s')).toBe(
      'job.batch/work condition met\n',
    );
    const job = JSON.parse(await kubectl('get', 'job', 'work', '-o', 'json')) as JobObject;
    expect(job.status).toMatchObject({
      succeeded: 18,
      failed: 2,
      completedIndexes: '0-6,8-12,14-19',
      failedIndexes: '7,13',
    });
    expect(job.status?.conditions).toContainEqual(
      expect.objectContaining({
        type: 'Failed',
        status: 'True',
        reason: 'FailedIndexes',
        message: 'Job has failed indexes',
      }),
    );
    const { items } = JSON.parse(await kubectl('get', 'pods', '-o', 'json')) as {
      items: PodObject[];
    };
    const indexOf = ({ metadata }: PodObject) =>
      Number(metadata.annotations['batch.kubernetes.io/job-completion-index']);
    const byIndex = (a: number, b: number) => a - b;
    expect(items.map(indexOf).sort(byIndex)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    const failed = items.filter(({ status }) => status.phase === 'Failed').map(indexOf);
    expect(failed.sort(byIndex)).toEqual([7, 13]);
    const ninth = items.find((pod) => indexOf(pod) === 9)?.metadata.name ?? '';
    expect(await kubectl('logs', ninth)).toBe('index 9 on work-9\n');
  });

  it.concurrent(
    'a CronJob each minute makes a Job at each of three minutes, and keeps as many as it should',
    async () => {
      const cluster = clusterOf();
      const namespace = await cluster.namespace();
      const kubectl = (...args: string[]) => cluster.kubectlOutput(['-n', namespace, ...args]);
      const jobs = async () =>
        (JSON.parse(await kubectl('get', 'jobs', '-o', 'json')) as { items: JobObject[] }).items;
      await kubectl(
        'create',
        'cronjob',
        'tick',
        `--image=${IMAGE}`,
        '--schedule=* * * * *',
        '--',
        '/bin/sh',
        '-c',
        'date',
      );
      await kubectl('patch', 'cronjob', 'tick', '-p', '{"spec":{"successfulJobsHistoryLimit":2}}');
      const seen = new Map<string, JobObject>();
      await until(
        'three Jobs have completed',
        async () => {
          for (const job of await jobs()) {
            if ((job.status?.succeeded ?? 0) > 0) seen.set(job.metadata.name, job);
          }
          return seen.size >= 3;
        },
        4 * MINUTE_MS,
      );
      const found = [...seen.values()];
      const times = found.map(({ metadata }) =>
        Date.parse(metadata.annotations?.['batch.kubernetes.io/cronjob-scheduled-timestamp'] ?? ''),
      );
      expect(times.every((time) => time % MINUTE_MS === 0)).toBe(true);
      const gaps = times.sort((a, b) => a - b).map((time, i) => time - (times[i - 1] ?? time));
      expect(gaps).toEqual([0, MINUTE_MS, MINUTE_MS]);
      expect(found.map(({ metadata }) => metadata.name).sort()).toEqual(
        times.map((time) => `tick-${time / MINUTE_MS}`),
      );
      for (const { metadata } of found) {
        expect(metadata.ownerReferences).toMatchObject([
          { kind: 'CronJob', name: 'tick', controller: true },
        ]);
      }
      await until('the oldest is gone', async () => (await jobs()).length === 2);
      const story = await kubectl('describe', 'cronjob', 'tick');
      expect(story).toMatch(/Normal +SuccessfulCreate .* cronjob-controller +Created job tick-\d+/);
      expect(story).toMatch(
        /Normal +SawCompletedJob .* cronjob-controller +Saw completed job: tick-\d+, condition: Complete/,
      );
    },
    5 * MINUTE_MS,
  );
}
