import { abortAllDurableObjects, evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { describe, expect, it, vi } from 'vitest';
import { APIWatch, call, list, type WatchFrame } from '../../../test/workerd/api.ts';
import {
  configMap,
  create,
  createNamespace,
  freshCluster,
  remove,
  revisionOf,
  stubOf,
} from '../../../test/workerd/stores.ts';

const MAPS = 'configmaps';
const ALL = '/api/v1/configmaps?labelSelector=app=test';

const make = (cluster: string, namespace: string, name: string) =>
  create({ cluster, namespace }, MAPS, configMap(name, {}, { app: 'test' }));

const place = ({ type, object }: WatchFrame) =>
  `${type} ${object.metadata.namespace}/${object.metadata.name}`;
const revisions = (frames: readonly WatchFrame[]) => frames.map(({ object }) => revisionOf(object));
const sorted = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b);

async function clusterOf(...namespaces: string[]): Promise<string> {
  const cluster = freshCluster();
  for (const name of namespaces) await createNamespace(cluster, name);
  return cluster;
}

/** Writes to several namespaces at once; each store takes its share in its own order. */
const scatter = (cluster: string, namespaces: readonly string[], count: number, prefix: string) =>
  Promise.all(
    Array.from({ length: count }, (_, i) =>
      make(cluster, namespaces[i % namespaces.length] ?? '', `${prefix}${i}`),
    ),
  );

describe('a watch over all namespaces', () => {
  it('WATCH-7: delivers what concurrent writers write in revision order, each once', async () => {
    const cluster = await clusterOf('red', 'green');
    const { metadata } = await list(cluster, ALL);
    const watch = await APIWatch.open(
      cluster,
      `${ALL}&watch=1&resourceVersion=${metadata.resourceVersion}`,
    );
    const written = await scatter(cluster, ['red', 'green', 'default'], 60, 'm');
    const frames = await watch.take(60);
    expect(revisions(frames)).toEqual(sorted(written.map(revisionOf)));
    await watch.close();
  });

  it('WATCH-8: begins with one snapshot, and what comes after its bookmark is later', async () => {
    const cluster = await clusterOf('red', 'green');
    await scatter(cluster, ['red', 'green'], 10, 'before');
    const query = `${ALL}&watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`;
    const opening = APIWatch.open(cluster, query);
    const writing = scatter(cluster, ['green', 'red'], 20, 'during');
    const watch = await opening;
    const frames: WatchFrame[] = [];
    while (frames.filter(({ type }) => type === 'ADDED').length < 30) {
      frames.push(...(await watch.take(1)));
    }
    await writing;
    const mark = frames.findIndex(({ type }) => type === 'BOOKMARK');
    const bookmark = frames[mark];
    expect(bookmark?.object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
    const begin = Number(bookmark?.object.metadata.resourceVersion);
    const later = revisions(frames.slice(mark + 1));
    expect(revisions(frames.slice(0, mark)).every((revision) => revision <= begin)).toBe(true);
    expect(later.every((revision) => revision > begin)).toBe(true);
    expect(later).toEqual(sorted(later));
    expect(new Set(frames.map(place)).size).toBe(31);
    await watch.close();
  });

  it('WATCH-9: joins namespaces that are made while it runs, and loses nothing of them', async () => {
    const cluster = await clusterOf('old');
    const { metadata } = await list(cluster, ALL);
    const watch = await APIWatch.open(
      cluster,
      `${ALL}&watch=1&resourceVersion=${metadata.resourceVersion}`,
    );
    await make(cluster, 'old', 'a');
    await createNamespace(cluster, 'young');
    await make(cluster, 'young', 'b');
    await make(cluster, 'old', 'c');
    expect((await watch.take(3)).map(place)).toEqual([
      'ADDED old/a',
      'ADDED young/b',
      'ADDED old/c',
    ]);
    await watch.close();
  });

  it('WATCH-9: resumed behind it, tells how a namespace that is gone since was emptied', async () => {
    const cluster = await clusterOf('gone');
    const scope = { cluster, namespace: '' };
    const last = await make(cluster, 'gone', 'a');
    await remove(scope, 'namespaces', 'gone');
    await vi.waitFor(async () => {
      const found = await stubOf(scope).get({ scope, resource: 'namespaces', name: 'gone' });
      expect(found.ok).toBe(false);
    });
    const watch = await APIWatch.open(
      cluster,
      `${ALL}&watch=1&resourceVersion=${revisionOf(last)}`,
    );
    expect((await watch.take(1)).map(place)).toEqual(['DELETED gone/a']);
    await watch.close();
  });

  it('WATCH-7: goes on while the stores sleep and wake', async () => {
    const cluster = await clusterOf('red');
    const { metadata } = await list(cluster, ALL);
    const path = `${ALL}&watch=1&resourceVersion=${metadata.resourceVersion}`;
    const watch = await APIWatch.open(cluster, path);
    await make(cluster, 'red', 'a');
    expect((await watch.take(1)).map(place)).toEqual(['ADDED red/a']);
    for (const namespace of ['red', 'default', '']) {
      await evictDurableObject(stubOf({ cluster, namespace }));
    }
    await make(cluster, 'default', 'b');
    await make(cluster, 'red', 'c');
    expect((await watch.take(2)).map(place)).toEqual(['ADDED default/b', 'ADDED red/c']);
    await watch.close();
  });

  it('WATCH-7: ends when a store crashes, and is resumed from any of its events', async () => {
    const cluster = await clusterOf('red', 'green');
    const { metadata } = await list(cluster, ALL);
    const begin = metadata.resourceVersion;
    const first = await APIWatch.open(cluster, `${ALL}&watch=1&resourceVersion=${begin}`);
    await scatter(cluster, ['red', 'green'], 10, 'm');
    const frames = await first.take(10);
    await abortAllDurableObjects();
    await expect(first.take(1)).rejects.toThrow();
    for (const [index, { object }] of frames.entries()) {
      const path = `${ALL}&watch=1&resourceVersion=${object.metadata.resourceVersion}`;
      const resumed = await APIWatch.open(cluster, path);
      const rest = frames.slice(index + 1);
      expect((await resumed.take(rest.length)).map(place)).toEqual(rest.map(place));
      await resumed.close();
    }
  });

  it('WATCH-5: is refused with 410 when a store has compacted past its revision', async () => {
    const cluster = await clusterOf('red');
    const first = await make(cluster, 'red', 'a');
    await make(cluster, 'red', 'b');
    await runInDurableObject(stubOf({ cluster, namespace: 'red' }), (_object, { storage }) => {
      storage.sql.exec(
        `INSERT INTO meta VALUES ('compact/configmaps', '${revisionOf(first) + 1}')`,
      );
    });
    await evictDurableObject(stubOf({ cluster, namespace: 'red' }));
    const path = `${ALL}&watch=1&resourceVersion=${revisionOf(first)}`;
    const watch = await APIWatch.open(cluster, path);
    const [frame] = await watch.take(1);
    expect(frame).toMatchObject({ type: 'ERROR', object: { reason: 'Expired', code: 410 } });
    expect(await watch.next()).toBeNull();
  });

  it('deletes in revision order, too', async () => {
    const cluster = await clusterOf('red', 'green');
    await scatter(cluster, ['red', 'green'], 10, 'm');
    const { metadata } = await list(cluster, ALL);
    const path = `${ALL}&watch=1&resourceVersion=${metadata.resourceVersion}`;
    const watch = await APIWatch.open(cluster, path);
    for (const namespace of ['red', 'green']) {
      const gone = await call(
        cluster,
        'DELETE',
        `/api/v1/namespaces/${namespace}/configmaps?labelSelector=app=test`,
      );
      expect(gone.status).toBe(200);
    }
    const frames = await watch.take(10);
    expect(frames.every(({ type }) => type === 'DELETED')).toBe(true);
    expect(revisions(frames)).toEqual(sorted(revisions(frames)));
    await watch.close();
  });
});
