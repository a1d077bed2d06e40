import { describe, expect, it } from 'vitest';
import { NAMESPACE_PLANNERS } from '../index.ts';
import { as, asList } from '../kinds.ts';
import type { Job, Pod } from '../kinds.ts';
import { isPodActive } from '../pods/pod-phase.ts';
import { MemoryStore } from '../testing/memory-store.ts';
import { sampleJob, START } from '../testing/samples.ts';
import { ScriptedKubelet } from '../testing/scripted-kubelet.ts';
import { indexOf, isTracked } from './pod-facts.ts';

function newWorld(spec: Record<string, unknown> = {}) {
  const store = new MemoryStore({ namespace: 'shop', planners: NAMESPACE_PLANNERS, now: START });
  store.create('jobs.batch', sampleJob(spec));
  store.settle();
  const kubelet = new ScriptedKubelet(store);
  const job = () => as<Job>(store.objects.get('jobs.batch', 'work')!);
  const pods = () => asList<Pod>(store.objects.list('pods'));
  const active = () => pods().filter(isPodActive);
  return {
    store,
    kubelet,
    job,
    pods,
    active,
    indexes: () => active().map((pod) => indexOf(job(), pod)),
    podOf: (index: number) => active().find((pod) => indexOf(job(), pod) === index)!,
    end: (pod: Pod, exitCode = 0) => {
      kubelet.finish(pod, exitCode);
      store.settle();
    },
    edit: (change: (spec: Job['spec']) => void) => {
      store.edit('jobs.batch', 'work', (draft) => change(as<Job>(draft).spec));
      store.settle();
    },
    reasons: () => store.events.map(({ reason }) => reason),
    conditions: () =>
      (job().status?.conditions ?? []).map(
        ({ type, status, reason }) => `${type}=${status} ${reason}`,
      ),
  };
}

const indexed = (spec: Record<string, unknown> = {}) => ({
  completionMode: 'Indexed',
  completions: 3,
  parallelism: 3,
  ...spec,
});

describe('a Job', () => {
  it('runs a pod to its end and is complete then', () => {
    const { store, kubelet, job, pods, end, conditions } = newWorld();
    expect(pods()).toMatchObject([
      {
        metadata: {
          generateName: 'work-',
          finalizers: ['batch.kubernetes.io/job-tracking'],
          labels: { app: 'work', 'job-name': 'work', 'batch.kubernetes.io/job-name': 'work' },
          ownerReferences: [
            { apiVersion: 'batch/v1', kind: 'Job', name: 'work', controller: true },
          ],
        },
      },
    ]);
    kubelet.report(pods()[0]!, true);
    store.settle();
    expect(job().status).toEqual({
      active: 1,
      ready: 1,
      terminating: 0,
      startTime: '2026-01-01T00:00:00Z',
      uncountedTerminatedPods: {},
    });
    store.advance(5000);
    end(pods()[0]!);
    expect(conditions()).toEqual([
      'SuccessCriteriaMet=True CompletionsReached',
      'Complete=True CompletionsReached',
    ]);
    expect(job().status).toMatchObject({
      succeeded: 1,
      ready: 0,
      terminating: 0,
      completionTime: '2026-01-01T00:00:05Z',
      uncountedTerminatedPods: {},
    });
    expect(pods().filter(isTracked)).toEqual([]);
    expect(store.events).toMatchObject([
      { component: 'job-controller', reason: 'SuccessfulCreate', regarding: 'work' },
      { component: 'job-controller', reason: 'Completed', message: 'Job completed' },
    ]);
  });

  it('waits ten seconds, then twenty, and so on, before it replaces a failed pod', () => {
    const { store, active, end, job } = newWorld();
    for (const seconds of [10, 20, 40]) {
      end(active()[0]!, 1);
      store.advance(seconds * 1000 - 1);
      expect(active()).toEqual([]);
      store.advance(1);
      expect(active()).toHaveLength(1);
    }
    expect(job().status).toMatchObject({ failed: 3, active: 1 });
  });

  it('fails beyond its backoff limit', () => {
    const { store, active, end, job, conditions, reasons } = newWorld({ backoffLimit: 1 });
    end(active()[0]!, 1);
    store.advance(10_000);
    end(active()[0]!, 1);
    expect(conditions()).toEqual([
      'FailureTarget=True BackoffLimitExceeded',
      'Failed=True BackoffLimitExceeded',
    ]);
    expect(job().status).toMatchObject({ failed: 2 });
    expect(reasons()).toEqual(['SuccessfulCreate', 'SuccessfulCreate', 'BackoffLimitExceeded']);
  });

  it('fails for restarts in place, too', () => {
    const { store, active, conditions } = newWorld({
      backoffLimit: 2,
      template: {
        spec: { restartPolicy: 'OnFailure', containers: [{ name: 'main', image: 'a' }] },
      },
    });
    const { name } = active()[0]!.metadata;
    store.edit(
      'pods',
      name,
      (pod) => {
        const status = { name: 'main', image: 'a', imageID: '', ready: true, restartCount: 2 };
        pod['status'] = { phase: 'Running', containerStatuses: [status] };
      },
      'status',
    );
    store.settle();
    expect(conditions()).toContain('Failed=True BackoffLimitExceeded');
    expect(active()).toEqual([]);
  });

  it('takes its running pods away when it fails, counts them, and ends when they are gone', () => {
    const world = newWorld({ parallelism: 3, completions: 3, activeDeadlineSeconds: 60 });
    const { store, kubelet, pods, job, conditions } = world;
    for (const pod of pods()) kubelet.report(pod, true);
    store.advance(60_000);
    expect(conditions()).toEqual(['FailureTarget=True DeadlineExceeded']);
    expect(job().status).toMatchObject({ failed: 3, terminating: 3 });
    for (const pod of pods()) kubelet.finishTermination(pod);
    store.settle();
    expect(pods()).toEqual([]);
    expect(conditions()).toContain('Failed=True DeadlineExceeded');
    expect(job().status).toMatchObject({ failed: 3, terminating: 0 });
  });

  it('keeps no more pods than completions are missing', () => {
    const { active, end, job } = newWorld({ parallelism: 2, completions: 3 });
    expect(active()).toHaveLength(2);
    end(active()[0]!);
    expect(active()).toHaveLength(2);
    end(active()[0]!);
    expect(active()).toHaveLength(1);
    expect(job().status).toMatchObject({ succeeded: 2, active: 1 });
  });

  it('without a number of completions ends with its first success and the end of the others', () => {
    const { active, end, conditions } = newWorld({ parallelism: 2, completions: undefined });
    end(active()[0]!);
    expect(active()).toHaveLength(1);
    expect(conditions()).toEqual([]);
    end(active()[0]!, 1);
    expect(active()).toEqual([]);
    expect(conditions()).toContain('Complete=True CompletionsReached');
  });

  it('gives pods up when its parallelism shrinks, without counting them', () => {
    const { active, edit, job, pods } = newWorld({ parallelism: 3, completions: 5 });
    edit((spec) => (spec.parallelism = 1));
    expect(active()).toHaveLength(1);
    expect(pods()).toHaveLength(1);
    expect(job().status).not.toHaveProperty('failed');
  });

  it('has no pods while suspended, and starts anew when resumed', () => {
    const { store, active, edit, job, conditions, reasons } = newWorld({ completions: 5 });
    edit((spec) => (spec.suspend = true));
    expect(active()).toEqual([]);
    expect(job().status?.startTime).toBeUndefined();
    expect(conditions()).toEqual(['Suspended=True JobSuspended']);
    store.advance(90_000);
    edit((spec) => (spec.suspend = false));
    expect(active()).toHaveLength(1);
    expect(job().status?.startTime).toBe('2026-01-01T00:01:30Z');
    expect(conditions()).toEqual(['Suspended=False JobResumed']);
    expect(reasons()).toEqual([
      'SuccessfulCreate',
      'Suspended',
      'SuccessfulDelete',
      'Resumed',
      'SuccessfulCreate',
    ]);
    expect(job().status).not.toHaveProperty('failed');
  });

  it('makes, counts and takes away 600 pods in plans of a few hundred writes', () => {
    const world = newWorld({ parallelism: 600, completions: 700, activeDeadlineSeconds: 60 });
    const { store, active, pods, job, edit, end, conditions } = world;
    expect(active()).toHaveLength(600);
    edit((spec) => (spec.suspend = true));
    expect(pods()).toEqual([]);
    edit((spec) => (spec.suspend = false));
    for (const pod of active().slice(0, 300)) world.kubelet.finish(pod, 0);
    end(active()[0]!);
    expect(job().status).toMatchObject({ succeeded: 301, active: 399 });
    store.advance(60_000);
    expect(active()).toEqual([]);
    expect(job().status).toMatchObject({ succeeded: 301, failed: 399 });
    expect(conditions()).toContain('Failed=True DeadlineExceeded');
  });

  it('leaves a job that is managed elsewhere alone', () => {
    const { pods, job } = newWorld({ managedBy: 'example.com/queue' });
    expect(pods()).toEqual([]);
    expect(job().status ?? {}).toEqual({});
  });

  it('adopts a pod that matches with its finalizer, and lets one go without it', () => {
    const { store, pods, job } = newWorld();
    const { name } = pods()[0]!.metadata;
    const labels = pods()[0]!.metadata.labels!;
    store.edit('pods', name, (pod) => delete pod.metadata.ownerReferences);
    store.settle();
    expect(pods()).toHaveLength(1);
    expect(pods()[0]).toMatchObject({ metadata: { ownerReferences: [{ name: 'work' }] } });
    expect(isTracked(pods()[0]!)).toBe(true);
    store.edit('pods', name, (pod) => (pod.metadata.labels = {}));
    store.settle();
    const released = as<Pod>(store.objects.get('pods', name)!);
    expect(released.metadata.ownerReferences).toBeUndefined();
    expect(isTracked(released)).toBe(false);
    expect(pods()).toHaveLength(2);
    store.delete('pods', pods().find((pod) => pod.metadata.name !== name)!.metadata.name);
    store.edit('pods', name, (pod) => (pod.metadata.labels = labels));
    store.settle();
    expect(job().status).toMatchObject({ active: 1 });
  });

  it('lets pods of a deleted job go, whichever way it is deleted', () => {
    for (const propagationPolicy of ['Background', 'Foreground', 'Orphan'] as const) {
      const { store, pods } = newWorld({ parallelism: 2, completions: 2 });
      store.delete('jobs.batch', 'work', { propagationPolicy });
      store.settle();
      expect(store.objects.get('jobs.batch', 'work')).toBeNull();
      expect(pods()).toHaveLength(propagationPolicy === 'Orphan' ? 2 : 0);
      expect(pods().filter(isTracked)).toEqual([]);
    }
  });

  it('counts nothing when its status cannot be written, and everything once it can', () => {
    let refuse = false;
    const store = new MemoryStore({
      namespace: 'shop',
      planners: NAMESPACE_PLANNERS,
      now: START,
      admit: ({ verb }) => (refuse && verb === 'update' ? 'no' : null),
    });
    const kubelet = new ScriptedKubelet(store);
    store.create('jobs.batch', sampleJob({ parallelism: 2, completions: 2 }));
    store.settle();
    refuse = true;
    for (const pod of kubelet.pods()) kubelet.finish(pod, 0);
    store.settle();
    const status = () => as<Job>(store.objects.get('jobs.batch', 'work')!).status;
    expect(status()?.uncountedTerminatedPods?.succeeded).toHaveLength(2);
    expect(status()).not.toHaveProperty('succeeded');
    refuse = false;
    store.advance(1000);
    expect(status()).toMatchObject({ succeeded: 2, uncountedTerminatedPods: {} });
  });
});

describe('an Indexed Job', () => {
  it('gives every index a pod that knows it', () => {
    const { podOf, indexes } = newWorld(indexed());
    expect(indexes()).toEqual([0, 1, 2]);
    expect(podOf(1)).toMatchObject({
      metadata: {
        generateName: 'work-1-',
        labels: { 'batch.kubernetes.io/job-completion-index': '1' },
        annotations: { 'batch.kubernetes.io/job-completion-index': '1' },
      },
      spec: {
        hostname: 'work-1',
        containers: [
          {
            env: [
              {
                name: 'JOB_COMPLETION_INDEX',
                valueFrom: {
                  fieldRef: {
                    fieldPath: "metadata.labels['batch.kubernetes.io/job-completion-index']",
                  },
                },
              },
            ],
          },
        ],
      },
    });
  });

  it('is complete when every index is, whatever order they end in', () => {
    const { podOf, end, job, conditions } = newWorld(indexed());
    end(podOf(2));
    expect(job().status).toMatchObject({ completedIndexes: '2', succeeded: 1 });
    end(podOf(0));
    expect(job().status).toMatchObject({ completedIndexes: '0,2', succeeded: 2 });
    end(podOf(1));
    expect(job().status).toMatchObject({ completedIndexes: '0-2', succeeded: 3 });
    expect(conditions()).toContain('Complete=True CompletionsReached');
  });

  it('tries each index as often as it may, and fails when one has failed', () => {
    const world = newWorld(indexed({ completions: 2, parallelism: 2, backoffLimitPerIndex: 1 }));
    const { store, podOf, end, job, conditions, indexes } = world;
    expect(job().status).toMatchObject({ failedIndexes: '' });
    end(podOf(1), 1);
    expect(indexes()).toEqual([0]);
    store.advance(10_000);
    expect(podOf(1).metadata.annotations).toMatchObject({
      'batch.kubernetes.io/job-index-failure-count': '1',
    });
    expect(job().status).toMatchObject({ failed: 1 });
    end(podOf(1), 1);
    expect(job().status).toMatchObject({ failedIndexes: '1', failed: 2 });
    store.advance(60_000);
    expect(indexes()).toEqual([0]);
    end(podOf(0));
    expect(conditions()).toEqual(['FailureTarget=True FailedIndexes', 'Failed=True FailedIndexes']);
    expect(job().status).toMatchObject({ completedIndexes: '0', failedIndexes: '1' });
  });

  it('fails as soon as more indexes have failed than may', () => {
    const world = newWorld(indexed({ backoffLimitPerIndex: 0, maxFailedIndexes: 1 }));
    const { podOf, end, conditions, active } = world;
    end(podOf(0), 1);
    expect(conditions()).toEqual([]);
    end(podOf(1), 1);
    expect(active()).toEqual([]);
    expect(conditions()).toContain('FailureTarget=True MaxFailedIndexesExceeded');
  });

  it('succeeds early by its success policy, and counts no pod that it takes away', () => {
    const world = newWorld(
      indexed({ successPolicy: { rules: [{ succeededIndexes: '0-1', succeededCount: 1 }] } }),
    );
    const { podOf, end, job, conditions, active } = world;
    end(podOf(2));
    expect(conditions()).toEqual([]);
    end(podOf(1));
    expect(conditions()).toEqual([
      'SuccessCriteriaMet=True SuccessPolicy',
      'Complete=True SuccessPolicy',
    ]);
    expect(active()).toEqual([]);
    expect(job().status).toMatchObject({ completedIndexes: '1,2', succeeded: 2 });
    expect(job().status).not.toHaveProperty('failed');
  });

  it('scales down and up together with its completions', () => {
    const { podOf, end, edit, job, indexes } = newWorld(indexed());
    end(podOf(2));
    edit((spec) => (spec.completions = spec.parallelism = 2));
    expect(indexes()).toEqual([0, 1]);
    expect(job().status).not.toHaveProperty('completedIndexes');
    edit((spec) => (spec.completions = spec.parallelism = 4));
    expect(indexes()).toEqual([0, 1, 2, 3]);
  });
});

describe('a podFailurePolicy', () => {
  const onCode = (action: string) => ({
    podFailurePolicy: {
      rules: [{ action, onExitCodes: { operator: 'In', values: [42] } }],
    },
  });

  it('fails the job at once', () => {
    const { store, pods, active, end, conditions, job } = newWorld({ ...onCode('FailJob') });
    const { name } = pods()[0]!.metadata;
    end(active()[0]!, 42);
    expect(conditions()).toEqual([
      'FailureTarget=True PodFailurePolicy',
      'Failed=True PodFailurePolicy',
    ]);
    expect(store.events.at(-1)).toMatchObject({
      reason: 'PodFailurePolicy',
      message: `Container main for pod shop/${name} failed with exit code 42 matching FailJob rule at index 0`,
    });
    expect(job().status).toMatchObject({ failed: 1 });
  });

  it('ignores a failure, but waits all the same', () => {
    const { store, active, end, job } = newWorld({ backoffLimit: 0, ...onCode('Ignore') });
    end(active()[0]!, 42);
    expect(active()).toEqual([]);
    store.advance(10_000);
    expect(active()).toHaveLength(1);
    expect(job().status).not.toHaveProperty('failed');
    end(active()[0]!, 1);
    expect(job().status).toMatchObject({ failed: 1 });
  });

  it('fails an index at once', () => {
    const world = newWorld(indexed({ backoffLimitPerIndex: 5, ...onCode('FailIndex') }));
    const { podOf, end, job } = world;
    end(podOf(1), 42);
    expect(job().status).toMatchObject({ failedIndexes: '1', failed: 1 });
  });

  it('replaces a pod only once it has ended', () => {
    const { store, kubelet, active, job, pods } = newWorld({ ...onCode('Ignore') });
    kubelet.report(active()[0]!, true);
    store.delete('pods', active()[0]!.metadata.name);
    store.settle();
    expect(pods()).toHaveLength(1);
    expect(job().status).toMatchObject({ terminating: 1 });
    kubelet.finish(pods()[0]!, 1);
    store.settle();
    store.advance(30_000);
    expect(active()).toHaveLength(1);
    expect(job().status).toMatchObject({ failed: 1, terminating: 0 });
  });
});
