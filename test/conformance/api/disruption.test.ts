import { expect, it } from 'vitest';
import type { Pod, PodDisruptionBudget } from '../../../worker/reconcile/kinds.ts';
import { call, statusOf } from '../../workerd/api.ts';
import { createAt } from '../../workerd/definitions.ts';
import { freshCluster } from '../../workerd/stores.ts';
import { get, merge, put } from './lifecycle.ts';
import { objectWhen } from './waiting.ts';

const PODS = '/api/v1/namespaces/default/pods';
const BUDGETS = '/apis/policy/v1/namespaces/default/poddisruptionbudgets';

/** A cluster with a budget, and running pods that it is about. */
class DisruptionWorld {
  readonly cluster = freshCluster();

  static async with(spec: object, pods: number): Promise<DisruptionWorld> {
    const world = new DisruptionWorld();
    await createAt(world.cluster, BUDGETS, {
      metadata: { name: 'foo', labels: { foo: 'bar' } },
      spec: { selector: { matchLabels: { foo: 'bar' } }, ...spec },
    });
    for (let i = 0; i < pods; i++) await world.addPod(`pod-${i}`);
    return world;
  }

  async addPod(name: string): Promise<void> {
    await createAt(this.cluster, PODS, {
      metadata: { name, labels: { foo: 'bar' } },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    });
    await merge(this.cluster, `${PODS}/${name}/status`, {
      status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
    });
  }

  when(holds: (status: NonNullable<PodDisruptionBudget['status']>) => boolean) {
    return objectWhen<PodDisruptionBudget>(
      this.cluster,
      `${BUDGETS}/foo`,
      ({ status = {}, metadata }) =>
        (status.observedGeneration ?? 0) >= (metadata.generation ?? 0) && holds(status),
    );
  }

  evict(name: string): Promise<Response> {
    return call(this.cluster, 'POST', `${PODS}/${name}/eviction`, {
      body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name } },
    });
  }
}

it('[sig-apps] DisruptionController should create a PodDisruptionBudget [Conformance]', async () => {
  const { cluster } = await DisruptionWorld.with({ minAvailable: '10%' }, 0);
  const path = `${BUDGETS}/foo`;
  expect((await get<PodDisruptionBudget>(cluster, path)).spec?.minAvailable).toBe('10%');
  const patched = await merge(cluster, path, { spec: { minAvailable: 2 } });
  expect(patched['spec']).toMatchObject({ minAvailable: 2 });
  const { metadata, spec, ...rest } = await objectWhen<PodDisruptionBudget>(
    cluster,
    path,
    ({ status }) => status?.observedGeneration === 2,
  );
  const updated = await put(cluster, path, {
    ...rest,
    metadata,
    spec: { ...spec, minAvailable: 3 },
  });
  expect(updated['spec']).toMatchObject({ minAvailable: 3 });
  const deleted = await call(cluster, 'DELETE', path);
  expect(deleted.status).toBe(200);
  await deleted.body?.cancel();
  expect(await statusOf(await call(cluster, 'GET', path))).toMatchObject({ code: 404 });
});

it('[sig-apps] DisruptionController should observe PodDisruptionBudget status updated [Conformance]', async () => {
  const world = await DisruptionWorld.with({ minAvailable: 1 }, 3);
  const { status } = await world.when(({ disruptionsAllowed = 0 }) => disruptionsAllowed === 2);
  expect(status).toMatchObject({ currentHealthy: 3, desiredHealthy: 1, expectedPods: 3 });
  expect(status?.conditions).toMatchObject([
    { type: 'DisruptionAllowed', status: 'True', reason: 'SufficientPods' },
  ]);
});

it('[sig-apps] DisruptionController should update/patch PodDisruptionBudget status [Conformance]', async () => {
  const world = await DisruptionWorld.with({ minAvailable: 1 }, 1);
  const { cluster } = world;
  const before = await world.when(({ currentHealthy }) => currentHealthy === 1);
  const path = `${BUDGETS}/foo/status`;
  const disruptedPods = { 'pod-0': new Date().toISOString().replace(/\.\d+/, '') };
  const updated = await put(cluster, path, {
    ...before,
    status: { ...before.status, disruptedPods },
  });
  expect(updated['status']).toMatchObject({ disruptedPods });
  expect((await world.when(({ currentHealthy }) => currentHealthy === 0)).status).toMatchObject({
    disruptedPods,
  });
  const patched = await merge(cluster, path, { status: { disruptedPods: null } });
  expect((patched['status'] as PodDisruptionBudget['status'])?.disruptedPods).toBeUndefined();
  await world.when(({ currentHealthy }) => currentHealthy === 1);
});

it('[sig-apps] DisruptionController should block an eviction until the PDB is updated to allow it [Conformance]', async () => {
  const world = await DisruptionWorld.with({ minAvailable: 3 }, 3);
  await world.when(({ currentHealthy }) => currentHealthy === 3);
  expect(await statusOf(await world.evict('pod-0'))).toMatchObject({
    code: 429,
    reason: 'TooManyRequests',
    details: { causes: [{ reason: 'DisruptionBudget' }] },
  });
  await merge(world.cluster, `${BUDGETS}/foo`, { spec: { minAvailable: 2 } });
  await world.when(({ disruptionsAllowed }) => disruptionsAllowed === 1);
  expect((await world.evict('pod-0')).status).toBe(201);
  await world.when(({ disruptionsAllowed }) => disruptionsAllowed === 0);
  expect(await statusOf(await world.evict('pod-1'))).toMatchObject({ code: 429 });
  // A budget that is gone forbids nothing.
  await (await call(world.cluster, 'DELETE', `${BUDGETS}/foo`)).body?.cancel();
  expect((await world.evict('pod-1')).status).toBe(201);
  expect((await get<Pod>(world.cluster, `${PODS}/pod-2`)).metadata.name).toBe('pod-2');
});
