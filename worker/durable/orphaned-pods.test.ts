import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { afterEach, expect, it, vi } from 'vitest';
import { enrol } from '../../test/workerd/agent-link.ts';
import { call } from '../../test/workerd/api.ts';
import { env } from '../../test/workerd/env.ts';
import {
  create,
  createNamespace,
  freshCluster,
  read,
  remove,
  stubOf,
} from '../../test/workerd/stores.ts';
import { schedulerStub } from './stubs.ts';

const QUARANTINE_MS = 40_000;
const POD = '/api/v1/namespaces/shop/pods/p';

afterEach(() => {
  vi.useRealTimers();
});

it('NODE-17: pods of a Node that is gone are ended after a while, and the Node is forgotten', async () => {
  const cluster = freshCluster();
  const shop = { cluster, namespace: 'shop' };
  await createNamespace(cluster, 'shop');
  await enrol(cluster, 'n1');
  await create(shop, 'pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', finalizers: ['example.com/seen'] },
    spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'i' }] },
  });
  // Whether the store has been told of the Node: its copy is a row that no client sees.
  const isHeldAgainst = async () => {
    await runDurableObjectAlarm(schedulerStub(env, cluster));
    return runInDurableObject(stubOf(shop), (_object, { storage }) => {
      const query = "SELECT name FROM objects WHERE resource = 'nodestandings.fairlead.dev'";
      return storage.sql.exec(query).toArray().length > 0;
    });
  };
  await remove({ cluster, namespace: '' }, 'nodes', 'n1');
  await vi.waitFor(async () => expect(await isHeldAgainst()).toBe(true), 5_000);
  await runDurableObjectAlarm(stubOf(shop));
  expect((await read(shop, 'pods', 'p'))['status']).toMatchObject({ phase: 'Pending' });

  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + QUARANTINE_MS + 1_000 });
  await vi.waitFor(async () => {
    await runDurableObjectAlarm(stubOf(shop));
    const { metadata, status } = await (
      await call(cluster, 'GET', POD)
    ).json<{
      metadata: { deletionTimestamp?: string };
      status: { phase: string; conditions: unknown[] };
    }>();
    expect(metadata.deletionTimestamp).toBeDefined();
    expect(status.phase).toBe('Failed');
    expect(status.conditions).toContainEqual(
      expect.objectContaining({
        type: 'DisruptionTarget',
        reason: 'DeletionByPodGC',
        message: 'PodGC: node no longer exists',
      }),
    );
  }, 5_000);
  await vi.waitFor(async () => expect(await isHeldAgainst()).toBe(false), 5_000);
});
