import { expect, it } from 'vitest';
import { controllerOf } from '../../../apimachinery/owner-references.ts';
import type { Job, Pod } from '../../../worker/reconcile/kinds.ts';
import { APIWatch, call, list } from '../../workerd/api.ts';
import { createAt } from '../../workerd/definitions.ts';
import { freshCluster } from '../../workerd/stores.ts';
import { JOBS, JobWorld, PODS, template } from './job-world.ts';
import { get, merge, put } from './lifecycle.ts';
import { listWhen, objectWhen } from './waiting.ts';

const indexed = { completionMode: 'Indexed' };
const onExitCode = (action: string, code: number) => ({
  rules: [{ action, onExitCodes: { operator: 'In', values: [code] } }],
});

it('[sig-apps] Job should adopt matching orphans and release non-matching pods [Conformance]', async () => {
  const world = await JobWorld.with({ parallelism: 2, completions: 2, backoffLimit: 6 });
  const [pod] = await world.whenActive(2);
  const path = `${PODS}/${pod!.metadata.name}`;
  await merge(world.cluster, path, { metadata: { ownerReferences: null } });
  const adopted = await objectWhen<Pod>(
    world.cluster,
    path,
    (now) => controllerOf(now)?.name === 'a',
  );
  expect(adopted.metadata.uid).toBe(pod!.metadata.uid);
  await merge(world.cluster, path, {
    metadata: { labels: { 'batch.kubernetes.io/controller-uid': null, 'controller-uid': null } },
  });
  const released = await objectWhen<Pod>(
    world.cluster,
    path,
    (now) => controllerOf(now) === undefined,
  );
  expect(released.metadata.finalizers ?? []).toEqual([]);
});

it('[sig-apps] Job should allow to use a pod failure policy to ignore failure matching on DisruptionTarget condition [Conformance]', async () => {
  const world = await JobWorld.with({
    backoffLimit: 0,
    podFailurePolicy: {
      rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] }],
    },
  });
  const [pod] = await world.whenActive(1);
  const lastTransitionTime = '2026-01-01T00:00:00Z';
  await world.end(pod!, 137, [{ type: 'DisruptionTarget', status: 'True', lastTransitionTime }]);
  const [replacement] = await world.whenActive(1);
  expect(replacement!.metadata.uid).not.toBe(pod!.metadata.uid);
  await world.end(replacement!, 0);
  const { status } = await world.whenCondition('Complete');
  expect(status?.failed ?? 0).toBe(0);
});

it('[sig-apps] Job should allow to use the pod failure policy on exit code to fail the job early [Conformance]', async () => {
  const world = await JobWorld.with({
    parallelism: 2,
    completions: 4,
    podFailurePolicy: onExitCode('FailJob', 1),
  });
  const [pod] = await world.whenActive(2);
  await world.end(pod!, 1);
  await world.whenCondition('Failed', 'PodFailurePolicy');
  await world.whenActive(0);
});

it('[sig-apps] Job should apply changes to a job status [Conformance]', async () => {
  const world = await JobWorld.with({ parallelism: 2, completions: 4 });
  await world.when(({ status }) => status?.active === 2);
  const path = `${JOBS}/a/status`;
  const condition = {
    type: 'CustomConditionType',
    status: 'True',
    lastTransitionTime: '2026-01-01T00:00:00Z',
    reason: 'E2E',
    message: 'Set by e2e test',
  };
  const patched = await merge(world.cluster, path, {
    metadata: { annotations: { patchedstatus: 'true' } },
    status: { conditions: [condition] },
  });
  expect(patched.metadata.annotations).toMatchObject({ patchedstatus: 'true' });
  const read = await get<Job>(world.cluster, path);
  expect(read.status?.conditions).toContainEqual(expect.objectContaining(condition));
  // The start of a job that is not suspended stays what it is.
  const startTime = read.status!.startTime;
  const updated = await put(world.cluster, path, {
    ...read,
    status: { ...read.status, conditions: [{ ...condition, message: 'updated' }] },
  });
  expect(updated['status']).toMatchObject({ startTime, conditions: [{ message: 'updated' }] });
});

it('[sig-apps] Job should create pods for an Indexed job with completion indexes and specified hostname [Conformance]', async () => {
  const world = await JobWorld.with({ ...indexed, parallelism: 2, completions: 4 });
  const seen = new Map<string, Pod>();
  while (seen.size < 4) {
    const pods = await world.whenActive(Math.min(2, 4 - seen.size));
    for (const pod of pods) {
      const index = pod.metadata.annotations?.['batch.kubernetes.io/job-completion-index'] ?? '';
      seen.set(index, pod);
      await world.end(pod, 0);
    }
  }
  const { status } = await world.whenCondition('Complete', 'CompletionsReached');
  expect(status).toMatchObject({ succeeded: 4, completedIndexes: '0-3' });
  for (const [index, { metadata, spec }] of seen) {
    expect(spec.hostname).toBe(`a-${index}`);
    expect(metadata.name.startsWith(`a-${index}-`)).toBe(true);
    expect(spec.containers[0]?.env).toMatchObject([{ name: 'JOB_COMPLETION_INDEX' }]);
  }
  expect([...seen.keys()].sort()).toEqual(['0', '1', '2', '3']);
});

it('[sig-apps] Job should delete a job [Conformance]', async () => {
  const world = await JobWorld.with({ parallelism: 2, completions: 4 });
  expect(await world.whenActive(2)).toHaveLength(2);
  await call(world.cluster, 'DELETE', `${JOBS}/a`, { body: { propagationPolicy: 'Foreground' } });
  await listWhen(world.cluster, JOBS, (jobs) => jobs.length === 0);
  expect(await world.pods()).toEqual([]);
});

it('[sig-apps] Job should execute all indexes despite some failing when using backoffLimitPerIndex [Conformance]', async () => {
  const world = await JobWorld.with({
    ...indexed,
    parallelism: 2,
    completions: 4,
    backoffLimitPerIndex: 1,
  });
  for (const index of [0, 1, 2, 3]) {
    const pod = await world.whenIndexActive(index);
    await world.end(pod, index % 2);
    if (index % 2 === 0) continue;
    const retried = await world.whenIndexActive(index, pod);
    expect(retried.metadata.annotations).toMatchObject({
      'batch.kubernetes.io/job-index-failure-count': '1',
    });
    await world.end(retried, 1);
  }
  const { status } = await world.whenCondition('Failed', 'FailedIndexes');
  expect(status).toMatchObject({
    completedIndexes: '0,2',
    failedIndexes: '1,3',
    succeeded: 2,
    failed: 4,
  });
});

it('[sig-apps] Job should manage the lifecycle of a job [Conformance]', async () => {
  const world = await JobWorld.with(
    { suspend: true, parallelism: 2, completions: 2 },
    { labels: { e2e: 'job' } },
  );
  const { cluster } = world;
  const everywhere = '/apis/batch/v1/jobs?labelSelector=e2e%3Djob';
  await world.whenCondition('Suspended');
  expect(await world.pods()).toEqual([]);
  const watch = await APIWatch.open(cluster, `${JOBS}?watch=1&labelSelector=e2e%3Djob`);
  const patched = await merge(cluster, `${JOBS}/a`, { metadata: { labels: { a: 'patched' } } });
  expect(patched.metadata.labels).toMatchObject({ a: 'patched' });
  const read = await get<Job>(cluster, `${JOBS}/a`);
  read.metadata.annotations = { updated: 'true' };
  await put(cluster, `${JOBS}/a`, { ...read, spec: { ...read.spec, suspend: false } });
  for (const pod of await world.whenActive(2)) await world.end(pod, 0);
  await world.whenCondition('Complete');
  expect((await list(cluster, everywhere)).items).toHaveLength(1);
  const gone = await call(cluster, 'DELETE', `${JOBS}?labelSelector=e2e%3Djob`, {
    body: { propagationPolicy: 'Background' },
  });
  expect(gone.status).toBe(200);
  expect((await list(cluster, everywhere)).items).toEqual([]);
  const types: string[] = [];
  while (types.at(-1) !== 'DELETED') types.push((await watch.next())!.type);
  expect(types[0]).toBe('ADDED');
  expect(new Set(types.slice(1, -1))).toEqual(new Set(['MODIFIED']));
  await watch.close();
});

it('[sig-apps] Job should mark indexes as failed when the FailIndex action is matched in podFailurePolicy [Conformance]', async () => {
  const world = await JobWorld.with({
    ...indexed,
    parallelism: 2,
    completions: 2,
    backoffLimitPerIndex: 1,
    podFailurePolicy: onExitCode('FailIndex', 3),
  });
  await world.end(await world.whenIndexActive(0), 3);
  await world.end(await world.whenIndexActive(1), 0);
  const { status } = await world.whenCondition('Failed', 'FailedIndexes');
  expect(status).toMatchObject({ failedIndexes: '0', completedIndexes: '1', failed: 1 });
});

it('[sig-apps] Job should run a job to completion when tasks sometimes fail and are locally restarted [Conformance]', async () => {
  const world = await JobWorld.with({
    parallelism: 2,
    completions: 4,
    template: template('OnFailure'),
  });
  for (const round of [0, 1]) {
    for (const { metadata, ...pod } of await world.whenActive(2)) {
      const running = { name: 'c', image: 'i', imageID: '', ready: true, restartCount: round };
      const state = { running: { startedAt: '2026-01-01T00:00:00Z' } };
      await merge(world.cluster, `${PODS}/${metadata.name}/status`, {
        status: { phase: 'Running', containerStatuses: [{ ...running, state }] },
      });
      await world.end({ metadata, ...pod }, 0);
    }
  }
  const { status } = await world.whenCondition('Complete', 'CompletionsReached');
  expect(status).toMatchObject({ succeeded: 4 });
});

it('[sig-apps] Job should terminate job execution when the number of failed indexes exceeds maxFailedIndexes [Conformance]', async () => {
  const world = await JobWorld.with({
    ...indexed,
    parallelism: 3,
    completions: 5,
    backoffLimitPerIndex: 0,
    maxFailedIndexes: 1,
  });
  await world.end(await world.whenIndexActive(0), 1);
  await world.end(await world.whenIndexActive(1), 1);
  await world.whenCondition('Failed', 'MaxFailedIndexesExceeded');
  await world.whenActive(0);
});

async function withSuccessPolicy(completions: number, rule: object | null): Promise<JobWorld> {
  return JobWorld.with({
    ...indexed,
    parallelism: completions,
    completions,
    successPolicy: { rules: [rule ?? { succeededIndexes: `0-${completions - 1}` }] },
  });
}

/** The conditions in their order, without those of suspension. */
const endOf = ({ status }: Job) =>
  (status?.conditions ?? []).map(({ type, reason }) => `${type} ${reason ?? ''}`);

const EARLY = ['SuccessCriteriaMet SuccessPolicy', 'Complete SuccessPolicy'];

it('[sig-apps] Job with successPolicy should succeeded when all indexes succeeded [Conformance]', async () => {
  const world = await withSuccessPolicy(2, null);
  for (const pod of await world.whenActive(2)) await world.end(pod, 0);
  const job = await world.whenCondition('Complete');
  expect(endOf(job)).toEqual(EARLY);
  expect(job.status).toMatchObject({ completedIndexes: '0,1' });
});

it('[sig-apps] Job with successPolicy succeededCount rule should succeeded even when some indexes remain pending [Conformance]', async () => {
  const world = await withSuccessPolicy(5, { succeededCount: 1 });
  await world.whenActive(5);
  await world.end(await world.whenIndexActive(0), 0);
  const job = await world.whenCondition('Complete');
  expect(endOf(job)).toEqual(EARLY);
  expect(job.status).toMatchObject({ completedIndexes: '0', succeeded: 1, terminating: 0 });
  await world.whenActive(0);
});

it('[sig-apps] Job with successPolicy succeededIndexes rule should succeeded even when some indexes remain pending [Conformance]', async () => {
  const world = await withSuccessPolicy(2, { succeededIndexes: '1' });
  await world.end(await world.whenIndexActive(1), 0);
  const job = await world.whenCondition('Complete');
  expect(endOf(job)).toEqual(EARLY);
  expect(job.status).toMatchObject({ completedIndexes: '1', succeeded: 1 });
  await world.whenActive(0);
});

it('a Job that is deleted without a policy leaves its pods behind, and the client is told', async () => {
  const cluster = freshCluster();
  await createAt(cluster, JOBS, { metadata: { name: 'a' }, spec: { template: template() } });
  await listWhen(cluster, PODS, (pods) => pods.length === 1);
  const answer = await call(cluster, 'DELETE', `${JOBS}/a`);
  expect(answer.headers.get('Warning')).toContain('child pods are preserved by default');
  await listWhen(cluster, JOBS, (jobs) => jobs.length === 0);
  const [pod] = await listWhen(cluster, PODS, ([left]) => left?.metadata.finalizers === undefined);
  expect(pod?.metadata.ownerReferences).toBeUndefined();
});
