import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NAMESPACE_PLANNERS } from '../index.ts';
import { as, asList } from '../kinds.ts';
import type { CronJob, Job, Pod } from '../kinds.ts';
import { isFinished } from '../job/job-facts.ts';
import { isPodTerminal } from '../pods/pod-phase.ts';
import { MemoryStore } from '../testing/memory-store.ts';
import { sampleCronJob, START } from '../testing/samples.ts';
import { ScriptedKubelet } from '../testing/scripted-kubelet.ts';

const MINUTE = 60_000;
/** Minutes since the epoch at which tests begin. */
const FIRST = START / MINUTE;

function newWorld(spec: Record<string, unknown> = {}) {
  const store = new MemoryStore({ namespace: 'shop', planners: NAMESPACE_PLANNERS, now: START });
  store.create('cronjobs.batch', sampleCronJob(spec));
  store.settle();
  const kubelet = new ScriptedKubelet(store);
  const cronJob = () => as<CronJob>(store.objects.get('cronjobs.batch', 'tick')!);
  const jobs = () => asList<Job>(store.objects.list('jobs.batch'));
  return {
    store,
    cronJob,
    jobs,
    minutes: () =>
      jobs().map(({ metadata }) => Number(metadata.name.slice('tick-'.length)) - FIRST),
    active: () => (cronJob().status?.active ?? []).map(({ name }) => name),
    finish: (exitCode = 0) => {
      for (const pod of asList<Pod>(store.objects.list('pods'))) {
        if (!isPodTerminal(pod)) kubelet.finish(pod, exitCode);
      }
      store.settle();
    },
    edit: (change: (spec: CronJob['spec']) => void) => {
      store.edit('cronjobs.batch', 'tick', (draft) => change(as<CronJob>(draft).spec));
      store.settle();
    },
    eventsOf: (reason: string) => store.events.filter((event) => event.reason === reason),
  };
}

describe('a CronJob', () => {
  it('starts a Job at its time, and not before', () => {
    const { store, jobs, cronJob } = newWorld();
    store.advance(5 * MINUTE - 1);
    expect(jobs()).toEqual([]);
    store.advance(1);
    expect(jobs()).toMatchObject([
      {
        metadata: {
          name: `tick-${FIRST + 5}`,
          labels: { app: 'tick' },
          annotations: {
            'batch.kubernetes.io/cronjob-scheduled-timestamp': '2026-01-01T00:05:00Z',
          },
          ownerReferences: [{ kind: 'CronJob', name: 'tick', controller: true }],
        },
      },
    ]);
    const [{ metadata }] = jobs() as [Job];
    expect(cronJob().status).toEqual({
      active: [
        {
          kind: 'Job',
          namespace: 'shop',
          name: metadata.name,
          uid: metadata.uid,
          apiVersion: 'batch/v1',
          resourceVersion: expect.any(String) as unknown,
        },
      ],
      lastScheduleTime: '2026-01-01T00:05:00Z',
    });
    expect(store.events[0]).toMatchObject({
      component: 'cronjob-controller',
      regarding: 'tick',
      reason: 'SuccessfulCreate',
      message: `Created job ${metadata.name}`,
    });
  });

  it('notes how its Jobs end, and when one last ended well', () => {
    const { store, cronJob, active, finish, eventsOf } = newWorld();
    store.advance(5 * MINUTE);
    store.advance(10_000);
    finish();
    expect(active()).toEqual([]);
    expect(cronJob().status).toEqual({
      lastScheduleTime: '2026-01-01T00:05:00Z',
      lastSuccessfulTime: '2026-01-01T00:05:10Z',
    });
    expect(eventsOf('SawCompletedJob')).toMatchObject([
      { message: `Saw completed job: tick-${FIRST + 5}, condition: Complete` },
    ]);
  });

  it.each([
    ['Allow', [5, 10, 15]],
    ['Forbid', [5]],
    ['Replace', [15]],
  ])('with the policy %s has the Jobs of minutes %j after three of its times', (policy, want) => {
    const { store, minutes, active } = newWorld({ concurrencyPolicy: policy });
    store.advance(15 * MINUTE);
    expect(minutes()).toEqual(want);
    expect(active()).toHaveLength(want.length);
  });

  it('starts what it was forbidden once the other Job is done, unless it is too late', () => {
    for (const [startingDeadlineSeconds, want] of [
      [undefined, [5, 10]],
      [30, [5]],
    ] as const) {
      const { store, minutes, finish } = newWorld({
        concurrencyPolicy: 'Forbid',
        startingDeadlineSeconds,
      });
      store.advance(11 * MINUTE);
      finish();
      expect(minutes()).toEqual(want);
    }
  });

  it('keeps as many finished Jobs as it may', () => {
    const { store, minutes, finish } = newWorld({
      successfulJobsHistoryLimit: 2,
      failedJobsHistoryLimit: 1,
    });
    for (const exitCode of [0, 0, 0]) {
      store.advance(5 * MINUTE);
      finish(exitCode);
    }
    expect(minutes()).toEqual([10, 15]);
  });

  it('starts only the last of the times that it slept through', () => {
    const { store, minutes, eventsOf } = newWorld({ suspend: true });
    store.advance(1000 * MINUTE);
    expect(minutes()).toEqual([]);
    store.edit('cronjobs.batch', 'tick', (draft) => (as<CronJob>(draft).spec.suspend = false));
    store.settle();
    expect(minutes()).toEqual([1000]);
    expect(eventsOf('TooManyMissedTimes')).toHaveLength(1);
  });

  it('starts nothing whose deadline has passed', () => {
    const { store, minutes, edit } = newWorld({
      suspend: true,
      startingDeadlineSeconds: 10,
    });
    store.advance(6 * MINUTE);
    edit((spec) => (spec.suspend = false));
    expect(minutes()).toEqual([]);
    store.advance(4 * MINUTE);
    expect(minutes()).toEqual([10]);
  });

  it('keeps time in its zone, and where clocks are set forward leaves out what is left out', () => {
    const { store, jobs } = newWorld({ schedule: '30 2 * * *', timeZone: 'Europe/Berlin' });
    store.now = Date.UTC(2026, 2, 28, 12);
    store.edit('cronjobs.batch', 'tick', (draft) => (draft.metadata.labels = { now: 'spring' }));
    store.settle();
    for (const job of jobs()) store.remove('jobs.batch', job.metadata.name);
    store.advance(3 * 24 * 60 * MINUTE);
    expect(
      jobs().map(
        ({ metadata }) => metadata.annotations?.['batch.kubernetes.io/cronjob-scheduled-timestamp'],
      ),
    ).toEqual(['2026-03-30T02:30:00+02:00', '2026-03-31T02:30:00+02:00']);
  });

  it('counts an interval from when it was made', () => {
    const { store, minutes } = newWorld({ schedule: '@every 7m' });
    store.advance(22 * MINUTE);
    expect(minutes()).toEqual([7, 14, 21]);
  });

  it('lets a Job of its name alone that is not its own', () => {
    const { store, cronJob, active } = newWorld();
    const { spec } = sampleCronJob() as { spec?: { jobTemplate: { spec: object } } };
    const name = `tick-${FIRST + 5}`;
    store.create('jobs.batch', {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name },
      spec: spec!.jobTemplate.spec,
    });
    store.advance(5 * MINUTE);
    expect(active()).toEqual([]);
    expect(cronJob().status?.lastScheduleTime).toBeUndefined();
    store.advance(5 * MINUTE);
    expect(active()).toEqual([`tick-${FIRST + 10}`]);
  });

  it('does not start a Job again that somebody has deleted', () => {
    const { store, minutes, active, eventsOf } = newWorld();
    store.advance(5 * MINUTE);
    store.delete('jobs.batch', `tick-${FIRST + 5}`, { propagationPolicy: 'Background' });
    store.settle();
    expect(minutes()).toEqual([]);
    expect(active()).toEqual([]);
    expect(eventsOf('MissingJob')).toMatchObject([
      { message: `Active job went missing: tick-${FIRST + 5}` },
    ]);
    store.advance(4 * MINUTE);
    expect(minutes()).toEqual([]);
  });

  it('starts every time once, and obeys its policy and limits, whatever happens', () => {
    const step = fc.oneof(
      fc.record({ wait: fc.nat(12 * MINUTE) }),
      fc.record({ finish: fc.constantFrom(0, 1) }),
      fc.record({ suspend: fc.boolean() }),
      fc.record({ remove: fc.nat(10) }),
    );
    const spec = fc.record({
      schedule: fc.constantFrom('*/5 * * * *', '@every 90s', '0-20/4 * * * *', '@hourly'),
      concurrencyPolicy: fc.constantFrom('Allow', 'Forbid', 'Replace'),
      successfulJobsHistoryLimit: fc.nat(2),
      failedJobsHistoryLimit: fc.nat(1),
      startingDeadlineSeconds: fc.option(fc.nat(300), { nil: undefined }),
    });
    fc.assert(
      fc.property(spec, fc.array(step, { maxLength: 30 }), (initial, steps) => {
        const { store, jobs, finish, edit } = newWorld(
          JSON.parse(JSON.stringify(initial)) as Record<string, unknown>,
        );
        for (const happening of steps) {
          if ('wait' in happening) store.advance(happening.wait);
          if ('finish' in happening) finish(happening.finish);
          if ('suspend' in happening) edit((now) => (now.suspend = happening.suspend));
          if ('remove' in happening) {
            const job = jobs()[happening.remove];
            const propagationPolicy = 'Background';
            if (job !== undefined)
              store.delete('jobs.batch', job.metadata.name, { propagationPolicy });
          }
          store.settle();
          const ended = jobs().filter(isFinished);
          expect(ended.length).toBeLessThanOrEqual(
            initial.successfulJobsHistoryLimit + initial.failedJobsHistoryLimit,
          );
          if (initial.concurrencyPolicy !== 'Allow') {
            expect(jobs().length - ended.length).toBeLessThanOrEqual(1);
          }
          expect(store.writesOfAnotherRound()).toEqual([]);
        }
        const made = store.events
          .filter(({ reason, regarding }) => reason === 'SuccessfulCreate' && regarding === 'tick')
          .map(({ message }) => message);
        expect(new Set(made).size).toBe(made.length);
      }),
      { numRuns: 60 },
    );
  });
});
