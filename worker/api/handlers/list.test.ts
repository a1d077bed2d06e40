import { runDurableObjectAlarm } from 'cloudflare:test';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { call, list, statusOf, type ListBody } from '../../../test/workerd/api.ts';
import {
  configMap,
  create,
  createNamespace,
  freshCluster,
  remove,
  stubOf,
} from '../../../test/workerd/stores.ts';

const MAPS = 'configmaps';
const OWN = 'labelSelector=app%3Dtest';

const make = (cluster: string, namespace: string, name: string) =>
  create({ cluster, namespace }, MAPS, configMap(name, {}, { app: 'test' }));
const names = ({ items }: ListBody) =>
  items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);

/** Every page of a list, `between` run after each. */
async function pages(
  cluster: string,
  path: string,
  between: (page: number) => Promise<unknown> = async () => undefined,
): Promise<ListBody[]> {
  const found: ListBody[] = [];
  let token = '';
  do {
    const page = await list(cluster, `${path}${token === '' ? '' : `&continue=${token}`}`);
    found.push(page);
    token = page.metadata.continue ?? '';
    await between(found.length);
  } while (token !== '');
  return found;
}

afterEach(() => {
  vi.useRealTimers();
});

describe('a list in pages', () => {
  it('LIST-1: shows one snapshot and counts what is left, whatever is written in between', async () => {
    const cluster = freshCluster();
    for (const letter of 'abcdefg') await make(cluster, 'default', letter);
    const path = '/api/v1/namespaces/default/configmaps?limit=3';
    const before = await list(cluster, '/api/v1/namespaces/default/configmaps');
    const found = await pages(cluster, path, async (page) => {
      await remove({ cluster, namespace: 'default' }, MAPS, page === 1 ? 'e' : 'g');
      await make(cluster, 'default', `d${page}`);
    });
    expect(found.flatMap(names)).toEqual(names(before));
    const total = before.items.length;
    expect(found.map(({ metadata }) => metadata.remainingItemCount)).toEqual([
      ...Array.from({ length: found.length - 1 }, (_, i) => total - 3 * (i + 1)),
      undefined,
    ]);
    expect(new Set(found.map(({ metadata }) => metadata.resourceVersion)).size).toBe(1);
  });

  it('LIST-1: does so over all namespaces, through one that is deleted meanwhile', async () => {
    const cluster = freshCluster();
    for (const namespace of ['red', 'green', 'blue']) {
      await createNamespace(cluster, namespace);
      for (const letter of 'abc') await make(cluster, namespace, letter);
    }
    const before = await list(cluster, '/api/v1/configmaps');
    const scope = { cluster, namespace: '' };
    const found = await pages(cluster, '/api/v1/configmaps?limit=2', async (page) => {
      if (page !== 1) return;
      await remove(scope, 'namespaces', 'red');
      await make(cluster, 'green', 'aa');
      await vi.waitFor(async () => {
        const left = await stubOf(scope).get({ scope, resource: 'namespaces', name: 'red' });
        expect(left.ok).toBe(false);
      });
    });
    expect(found.flatMap(names)).toEqual(names(before));
    expect(
      found
        .map(({ items }) => items.length)
        .slice(0, -1)
        .every((n) => n === 2),
    ).toBe(true);
    let left = before.items.length;
    for (const { items, metadata } of found) {
      left -= items.length;
      expect(metadata.remainingItemCount ?? 0).toBe(left);
    }
  });

  it('LIST-1: gives no count where a selector makes it unknown', async () => {
    const cluster = freshCluster();
    for (const letter of 'abc') await make(cluster, 'default', letter);
    const path = `/api/v1/namespaces/default/configmaps?limit=2&${OWN}`;
    const found = await pages(cluster, path);
    expect(found.flatMap(names)).toEqual(['default/a', 'default/b', 'default/c']);
    expect(found[0]?.metadata).not.toHaveProperty('remainingItemCount');
  });

  it('LIST-2: goes on at once in a store that nobody wrote to for long', async () => {
    const cluster = freshCluster();
    for (const letter of 'abc') await make(cluster, 'default', letter);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 });
    await runDurableObjectAlarm(stubOf({ cluster, namespace: 'default' }));
    const found = await pages(cluster, `/api/v1/namespaces/default/configmaps?limit=2&${OWN}`);
    expect(found.flatMap(names)).toHaveLength(3);
  });

  it('LIST-3: past five minutes is 410, with a token that goes on in the present', async () => {
    const cluster = freshCluster();
    for (const letter of 'abc') await make(cluster, 'default', letter);
    for (const path of ['/api/v1/namespaces/default/configmaps', '/api/v1/configmaps']) {
      vi.useFakeTimers({ toFake: ['Date'] });
      const first = await list(cluster, `${path}?limit=2&${OWN}`);
      vi.setSystemTime(Date.now() + 6 * 60_000);
      const late = await call(
        cluster,
        'GET',
        `${path}?limit=2&${OWN}&continue=${first.metadata.continue}`,
      );
      const status = await statusOf(late);
      expect(status).toMatchObject({ code: 410, reason: 'Expired' });
      const rest = await list(
        cluster,
        `${path}?limit=2&${OWN}&continue=${status.metadata.continue}`,
      );
      expect(names(rest)).toEqual(['default/c']);
      vi.useRealTimers();
    }
  });

  it('LIST-4: a token of ours only', async () => {
    const cluster = freshCluster();
    const tokens = ['x', btoa('[]'), btoa('["fairlead.dev/v1",1]'), btoa('{"v":"meta.k8s.io/v1"}')];
    for (const token of tokens) {
      const answer = await call(cluster, 'GET', `/api/v1/configmaps?limit=1&continue=${token}`);
      expect(await statusOf(answer)).toMatchObject({ code: 400, reason: 'BadRequest' });
    }
  });
});

describe('a list at a revision', () => {
  it('LIST-5: shows exactly that one, over one namespace and over all', async () => {
    const cluster = freshCluster();
    const scope = { cluster, namespace: 'default' };
    await make(cluster, 'default', 'a');
    const then = (await make(cluster, 'default', 'b')).metadata.resourceVersion;
    await remove(scope, MAPS, 'a');
    await make(cluster, 'default', 'c');
    for (const path of ['/api/v1/namespaces/default/configmaps', '/api/v1/configmaps']) {
      const exact = `${path}?${OWN}&resourceVersion=${then}&resourceVersionMatch=Exact`;
      const found = await list(cluster, exact);
      expect(names(found)).toEqual(['default/a', 'default/b']);
      expect(found.metadata.resourceVersion).toBe(then);
      expect(names(await list(cluster, `${path}?${OWN}&resourceVersion=${then}`))).toEqual([
        'default/b',
        'default/c',
      ]);
    }
  });

  it('LIST-5: over all namespaces is one snapshot under concurrent writes', async () => {
    const cluster = freshCluster();
    for (const name of ['red', 'green']) await createNamespace(cluster, name);
    const writes: Promise<unknown>[] = [];
    for (let i = 0; i < 40; i++) writes.push(make(cluster, i % 2 === 0 ? 'red' : 'green', `m${i}`));
    const snapshots = await Promise.all(
      Array.from({ length: 5 }, () => list(cluster, `/api/v1/configmaps?${OWN}`)),
    );
    await Promise.all(writes);
    const all = (await list(cluster, `/api/v1/configmaps?${OWN}`)).items;
    for (const { metadata, items } of snapshots) {
      const revision = Number(metadata.resourceVersion);
      const want = all.filter((o) => Number(o.metadata.resourceVersion) <= revision);
      expect(items).toEqual(want);
    }
  });

  it('LIST-5: that is gone is 410 before the answer begins', async () => {
    const cluster = freshCluster();
    const then = (await make(cluster, 'default', 'a')).metadata.resourceVersion;
    await remove({ cluster, namespace: 'default' }, MAPS, 'a');
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 6 * 60_000 });
    await runDurableObjectAlarm(stubOf({ cluster, namespace: 'default' }));
    await runDurableObjectAlarm(stubOf({ cluster, namespace: 'default' }));
    for (const path of ['/api/v1/namespaces/default/configmaps', '/api/v1/configmaps']) {
      const exact = `${path}?resourceVersion=${then}&resourceVersionMatch=Exact`;
      expect(await statusOf(await call(cluster, 'GET', exact))).toMatchObject({ code: 410 });
    }
  });
});
