import {
  abortAllDurableObjects,
  evictDurableObject,
  runDurableObjectAlarm,
  runInDurableObject,
} from 'cloudflare:test';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { revisionSlot } from '../../apimachinery/revision.ts';
import {
  configMap,
  create,
  createNamespace,
  freshCluster,
  listRequest,
  objectOf,
  OWN_MAPS,
  read,
  remove,
  revisionOf,
  stubOf,
  update,
} from '../../test/workerd/stores.ts';
import { WatchClient } from '../../test/workerd/watch-client.ts';
import { HISTORY_MS } from './storage/compaction.ts';
import type { Scope } from './store/protocol.ts';

const MAPS = 'configmaps';
const inDefault = (cluster: string): Scope => ({ cluster, namespace: 'default' });

afterEach(() => {
  vi.useRealTimers();
});

/** Moves the clock of the isolate, which all objects share, and runs an object's alarm. */
async function alarmAfter(scope: Scope, ms: number): Promise<boolean> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms });
  return runDurableObjectAlarm(stubOf(scope));
}

const rowsOf = (scope: Scope, table: string) =>
  runInDurableObject(
    stubOf(scope),
    (_object, { storage }) =>
      storage.sql.exec<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table}`).one().n,
  );

const alarmOf = (scope: Scope) =>
  runInDurableObject(stubOf(scope), (_object, { storage }) => storage.getAlarm());

describe('a store that is evicted', () => {
  it('STORE-3: has every acknowledged write when it wakes', async () => {
    const scope = inDefault(freshCluster());
    const made = await Promise.all(
      Array.from({ length: 50 }, (_, i) => create(scope, MAPS, configMap(`map-${i}`))),
    );
    await evictDurableObject(stubOf(scope));
    for (const object of made) {
      expect(await read(scope, MAPS, object.metadata.name ?? '')).toEqual(object);
    }
  });

  it('STORE-3: has them after a crash, too, and goes on above them', async () => {
    const scope = inDefault(freshCluster());
    const before = await create(scope, MAPS, configMap('before'));
    await abortAllDurableObjects();
    expect(await read(scope, MAPS, 'before')).toEqual(before);
    const after = await create(scope, MAPS, configMap('after'));
    expect(revisionOf(after)).toBeGreaterThan(revisionOf(before));
  });

  it('WATCH-6: keeps its watchers: they sleep with it and miss nothing', async () => {
    const scope = inDefault(freshCluster());
    await create(scope, MAPS, configMap('a'));
    const watch = await WatchClient.open({
      scope,
      resource: MAPS,
      fieldSelector: `${OWN_MAPS},metadata.name!=x`,
    });
    await watch.until((w) => w.lines.some((line) => line.startsWith('=')));
    await evictDurableObject(stubOf(scope));
    await create(scope, MAPS, configMap('x'));
    await create(scope, MAPS, configMap('b'));
    await evictDurableObject(stubOf(scope));
    await remove(scope, MAPS, 'a');
    await watch.until((w) => w.events.includes('DELETED a'));
    expect(watch.events).toEqual(['ADDED a', 'ADDED b', 'DELETED a']);
  });

  it('QUEUE-1: does the work that was due, by its alarm and without a request', async () => {
    const scope = inDefault(freshCluster());
    const owner = await create(scope, MAPS, configMap('owner'));
    const ownerReferences = [
      { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner.metadata.uid ?? '' },
    ];
    const dependent = configMap('dependent');
    const metadata = { ...dependent.metadata, ownerReferences };
    const { uid } = (await create(scope, MAPS, { ...dependent, metadata })).metadata;
    // As after a crash between the commit that made a key due and the turn that takes it.
    await runInDurableObject(stubOf(scope), (_object, { storage }) => {
      storage.sql.exec(`DELETE FROM objects WHERE name = 'owner'`);
      storage.sql.exec(
        `INSERT INTO workqueue VALUES ('garbage-collector-controller', ?, 0, 0, 0, NULL)`,
        uid,
      );
    });
    await evictDurableObject(stubOf(scope));
    expect(await alarmAfter(scope, 10_000)).toBe(true);
    const gone = await stubOf(scope).get({ scope, resource: MAPS, name: 'dependent' });
    expect(gone.ok).toBe(false);
    expect(await rowsOf(scope, 'workqueue')).toBe(0);
  });

  it('QUEUE-2: sets no alarm for now because of a key that is being worked on', async () => {
    const scope = inDefault(freshCluster());
    await create(scope, MAPS, configMap('a'));
    await runInDurableObject(stubOf(scope), (_object, { storage }) => {
      storage.sql.exec(`INSERT INTO workqueue VALUES ('nobody', 'key', 0, 0, 0, NULL)`);
    });
    await alarmAfter(scope, 10_000);
    expect(await alarmOf(scope)).toBeGreaterThan(Date.now() + 1_000);
  });

  it('EVENT-1: removes Events an hour after their last occurrence', async () => {
    const scope = inDefault(freshCluster());
    const subject = { apiVersion: 'v1', kind: 'Node', namespace: '', name: 'n', uid: 'n' };
    await stubOf(scope).recordEvent(scope, {
      type: 'Normal',
      reason: 'Tested',
      message: 'tested',
      subject,
      source: { component: 'test' },
    });
    const eventsOf = async () => {
      const answer = await stubOf(scope).list(listRequest(scope, 'events'));
      return answer.ok && answer.body !== '' ? 1 : 0;
    };
    await alarmAfter(scope, HISTORY_MS + 1_000);
    await evictDurableObject(stubOf(scope));
    await alarmAfter(scope, 50 * 60_000);
    expect(await eventsOf()).toBe(1);
    await evictDurableObject(stubOf(scope));
    expect(await alarmAfter(scope, 10 * 60_000)).toBe(true);
    expect(await eventsOf()).toBe(0);
  });

  it('EVENT-2: goes on counting in the same Event when it wakes', async () => {
    const scope = inDefault(freshCluster());
    const subject = { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'p', uid: 'p' };
    const record = async (about: object) => {
      await stubOf(scope).recordEvent(scope, {
        type: 'Warning',
        reason: 'BackOff',
        message: 'Back-off',
        subject,
        source: { component: 'kubelet', host: 'n' },
        ...about,
      });
      await evictDurableObject(stubOf(scope));
      const answer = await stubOf(scope).list(listRequest(scope, 'events'));
      const body = answer.ok && typeof answer.body === 'string' ? answer.body : '';
      return body.split('\n').map((line) => (JSON.parse(line) as { count: number }).count);
    };
    const second = (n: number) => `2026-01-01T00:00:${String(n).padStart(2, '0')}Z`;
    const seen = (first: number, last: number, count: number) => ({
      firstTimestamp: second(first),
      lastTimestamp: second(last),
      count,
    });
    expect(await record(seen(1, 1, 1))).toEqual([1]);
    expect(await record(seen(1, 9, 4))).toEqual([4]);
    // The node's agent has been restarted and counts anew.
    expect(await record(seen(20, 20, 1))).toEqual([5]);
    expect(await record(seen(20, 29, 2))).toEqual([6]);
    // Other occurrences, and the same ones said by a controller, are Events of their own.
    expect(await record({ ...seen(30, 30, 1), message: 'Another' })).toEqual([6, 1]);
    expect(await record({ source: { component: 'controller' } })).toEqual([6, 1, 1]);
    expect(await record({ source: { component: 'controller' } })).toEqual([6, 1, 2]);
    expect(await record({ subject: { ...subject, uid: 'q' } })).toEqual([6, 1, 2, 1]);
  });

  it('STORE-6: compacts by its alarm even if it slept all the time in between', async () => {
    const scope = inDefault(freshCluster());
    await create(scope, MAPS, configMap('a'));
    expect(await rowsOf(scope, 'revisions')).toBeGreaterThan(0);
    await evictDurableObject(stubOf(scope));
    expect(await alarmAfter(scope, HISTORY_MS + 60_000)).toBe(true);
    await evictDurableObject(stubOf(scope));
    await alarmAfter(scope, HISTORY_MS);
    expect(await rowsOf(scope, 'revisions')).toBe(0);
  });

  it('sleeps without an alarm when there is nothing left to do', async () => {
    const scope = inDefault(freshCluster());
    await create(scope, MAPS, configMap('a'));
    for (let turn = 0; turn < 4; turn++) await alarmAfter(scope, HISTORY_MS + 60_000);
    expect(await alarmOf(scope)).toBeNull();
    await evictDurableObject(stubOf(scope));
    await read(scope, MAPS, 'a');
    expect(await alarmOf(scope)).toBeNull();
  });
});

describe('revisions', () => {
  it('STORE-2: are unique across the stores of a cluster and grow in each', async () => {
    const cluster = freshCluster();
    const names = ['red', 'green', 'blue'];
    for (const name of names) await createNamespace(cluster, name);
    const writes = names.flatMap((namespace) =>
      Array.from({ length: 40 }, (_, i) =>
        create({ cluster, namespace }, MAPS, configMap(`m-${i}`)).then((o) => ({
          namespace,
          revision: revisionOf(o),
        })),
      ),
    );
    const made = await Promise.all(writes);
    expect(new Set(made.map((m) => m.revision)).size).toBe(made.length);
    for (const namespace of names) {
      const own = made.filter((m) => m.namespace === namespace).map((m) => m.revision);
      expect(own).toEqual([...own].sort((a, b) => a - b));
      expect(new Set(own.map(revisionSlot)).size).toBe(1);
    }
  });

  it('STORE-2: do not go back when the clock does', async () => {
    const scope = inDefault(freshCluster());
    const before = await create(scope, MAPS, configMap('a'));
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 3_600_000 });
    const late = await create(scope, MAPS, configMap('b'));
    expect(revisionOf(late)).toBeGreaterThan(revisionOf(before));
    await evictDurableObject(stubOf(scope));
    const later = await create(scope, MAPS, configMap('c'));
    expect(revisionOf(later)).toBeGreaterThan(revisionOf(late));
  });

  it('STORE-2: stay above what a reader was promised, through eviction and a clock that goes back', async () => {
    const scope = inDefault(freshCluster());
    await create(scope, MAPS, configMap('a'));
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2_000 });
    const other = revisionOf(await createNamespace(scope.cluster, 'elsewhere'));
    const list = await stubOf(scope).list(listRequest(scope, MAPS, { revision: other }));
    expect(list).toMatchObject({ ok: true, revision: other });
    await evictDurableObject(stubOf(scope));
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 60_000 });
    expect(revisionOf(await create(scope, MAPS, configMap('b')))).toBeGreaterThan(other);
  });

  it('STORE-2: a revision far in the future is refused and moves nothing', async () => {
    const scope = inDefault(freshCluster());
    const future = Number.MAX_SAFE_INTEGER;
    const before = revisionOf(await create(scope, MAPS, configMap('a')));
    const list = await stubOf(scope).list(listRequest(scope, MAPS, { notBefore: future }));
    expect(list).toMatchObject({ ok: false, status: { reason: 'Timeout', code: 504 } });
    const watch = await WatchClient.open({ scope, resource: MAPS, after: future });
    await watch.until((w) => w.closed);
    expect(watch.lines[0]).toContain('Too large resource version');
    const after = revisionOf(await create(scope, MAPS, configMap('b')));
    expect(after).toBeLessThan(before * 1.001);
  });
});

describe('slots', () => {
  const slotOf = async (cluster: string, namespace: string, name: string) =>
    revisionSlot(revisionOf(await create({ cluster, namespace }, MAPS, configMap(name))));

  it('SLOT-1: a deleted namespace gives its slot back, and its next holder starts above it', async () => {
    const cluster = freshCluster();
    const clusterScope = { cluster, namespace: '' };
    await createNamespace(cluster, 'first');
    const last = await create({ cluster, namespace: 'first' }, MAPS, configMap('a'));
    await remove(clusterScope, 'namespaces', 'first');
    await vi.waitFor(async () => {
      const found = await stubOf(clusterScope).get({
        scope: clusterScope,
        resource: 'namespaces',
        name: 'first',
      });
      expect(found.ok).toBe(false);
    });
    const slot = revisionSlot(revisionOf(last));
    await vi.waitFor(async () => {
      const free = await runInDurableObject(stubOf(clusterScope), (_object, { storage }) =>
        storage.sql.exec(`SELECT * FROM slots WHERE namespace = ''`).toArray(),
      );
      expect(free.map((row) => row['slot'])).toEqual([slot]);
    });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 60_000 });
    await createNamespace(cluster, 'second');
    const next = await create({ cluster, namespace: 'second' }, MAPS, configMap('b'));
    expect(revisionSlot(revisionOf(next))).toBe(slot);
    expect(revisionOf(next)).toBeGreaterThan(revisionOf(last));
  });

  it('SLOT-2: when all are taken, the longest active idle store gives its own back', async () => {
    const cluster = freshCluster();
    await createNamespace(cluster, 'idle');
    const taken = await slotOf(cluster, 'idle', 'a');
    await runInDurableObject(stubOf({ cluster, namespace: '' }), (_object, { storage }) => {
      // All other slots are held by stores that became active later.
      storage.sql.exec(
        `WITH RECURSIVE n(slot) AS (SELECT 1 UNION ALL SELECT slot + 1 FROM n WHERE slot < 511)
         INSERT OR IGNORE INTO slots SELECT slot, 'held-' || slot, 0, 9e15 FROM n`,
      );
      storage.sql.exec(`UPDATE slots SET activated_at = 1 WHERE namespace = 'idle'`);
    });
    await vi.waitFor(async () =>
      expect(await rowsOf({ cluster, namespace: 'idle' }, 'workqueue')).toBe(0),
    );
    await createNamespace(cluster, 'new');
    expect(await slotOf(cluster, 'new', 'a')).toBe(taken);
    const again = await create({ cluster, namespace: 'idle' }, MAPS, configMap('b'));
    expect(revisionSlot(revisionOf(again))).not.toBe(taken);
  });

  it('SLOT-3: a store with a watcher or with due work keeps its slot', async () => {
    const scope = inDefault(freshCluster());
    await create(scope, MAPS, configMap('a'));
    await vi.waitFor(async () => expect(await rowsOf(scope, 'workqueue')).toBe(0));
    const watch = await WatchClient.open({ scope, resource: MAPS });
    expect(await stubOf(scope).yieldSlot()).toBeNull();
    watch.close();
    await vi.waitFor(async () => expect(await stubOf(scope).yieldSlot()).toBeGreaterThan(0));
    const back = await create(scope, MAPS, configMap('b'));
    expect(revisionOf(back)).toBeGreaterThan(0);
  });
});

/** An object that may be large: the value of an environment variable has no bound of its own. */
const controllerWith = (value: string) => ({
  apiVersion: 'v1',
  kind: 'ReplicationController',
  metadata: { name: 'big' },
  spec: {
    replicas: 0,
    selector: { app: 'big' },
    template: {
      metadata: { labels: { app: 'big' } },
      spec: { containers: [{ name: 'c', image: 'none', env: [{ name: 'TEXT', value }] }] },
    },
  },
});

describe('writes', () => {
  it('STORE-7: an object above 1.5 MiB is refused with 413 and nothing is written', async () => {
    const scope = inDefault(freshCluster());
    const request = (text: string) => ({
      scope,
      resource: 'replicationcontrollers',
      object: JSON.stringify(controllerWith(text)),
      user: { name: 'test', groups: [] },
      fieldManager: 'test',
      dryRun: false,
    });
    const bytes = 1.5 * 1024 * 1024;
    for (const text of ['x'.repeat(bytes), 'ä'.repeat(bytes / 2)]) {
      const answer = await stubOf(scope).create(request(text));
      expect(answer).toMatchObject({
        ok: false,
        status: { reason: 'RequestEntityTooLarge', code: 413 },
      });
    }
    const list = await stubOf(scope).list(listRequest(scope, 'replicationcontrollers'));
    expect(list).toMatchObject({ ok: true, body: '' });
    const fits = await stubOf(scope).create(request('x'.repeat(bytes - 10_000)));
    expect(objectOf(fits).metadata.name).toBe('big');
  });

  it('STORE-1: a dry run answers and leaves nothing: no object, no event, no history', async () => {
    const scope = inDefault(freshCluster());
    const watch = await WatchClient.open({ scope, resource: MAPS, fieldSelector: OWN_MAPS });
    const answer = await stubOf(scope).create({
      scope,
      resource: MAPS,
      object: JSON.stringify(configMap('dry')),
      user: { name: 'test', groups: [] },
      fieldManager: 'test',
      dryRun: true,
    });
    expect(objectOf(answer).metadata).toMatchObject({ name: 'dry' });
    expect(objectOf(answer).metadata).not.toHaveProperty('resourceVersion');
    expect((await stubOf(scope).get({ scope, resource: MAPS, name: 'dry' })).ok).toBe(false);
    const real = await create(scope, MAPS, configMap('real'));
    const update = await stubOf(scope).update({
      scope,
      resource: MAPS,
      name: 'real',
      subresource: '',
      object: JSON.stringify({ ...configMap('real'), data: { a: '1' } }),
      user: { name: 'test', groups: [] },
      fieldManager: 'test',
      dryRun: true,
    });
    expect(objectOf(update)).toMatchObject({
      metadata: { resourceVersion: String(revisionOf(real)) },
      data: { a: '1' },
    });
    await watch.settle(revisionOf(real));
    expect(watch.events).toEqual(['ADDED real']);
  });

  it('STORE-8: of writers with the same resourceVersion one wins, the others conflict', async () => {
    const scope = inDefault(freshCluster());
    const base = await create(scope, MAPS, configMap('a'));
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, (_, i) => update(scope, MAPS, { ...base, data: { i: `${i}` } })),
    );
    expect(outcomes.filter((o) => o.status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') continue;
      expect(String(outcome.reason)).toContain('the object has been modified');
    }
  });

  it('content for a namespace that does not exist is refused and holds no slot', async () => {
    const scope = { cluster: freshCluster(), namespace: 'nowhere' };
    await expect(create(scope, MAPS, configMap('a'))).rejects.toThrow(
      'namespaces "nowhere" not found',
    );
    expect(await stubOf(scope).list(listRequest(scope, MAPS))).toMatchObject({
      ok: true,
      body: '',
    });
  });
});
