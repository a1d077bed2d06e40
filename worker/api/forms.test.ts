import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { call, type ListBody, type WatchFrame } from '../../test/workerd/api.ts';
import { createAt } from '../../test/workerd/definitions.ts';
import { configMap, freshCluster, OWN_MAPS } from '../../test/workerd/stores.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const OWN = `${MAPS}?fieldSelector=${OWN_MAPS}`;

async function clusterWithMaps(count: number, bytes = 1): Promise<string> {
  const cluster = freshCluster();
  for (let i = 0; i < count; i++) {
    await createAt(cluster, MAPS, { ...configMap(`m${i}`), data: { a: 'x'.repeat(bytes) } });
  }
  return cluster;
}

describe('answers', () => {
  it('API-9: come in YAML for who prefers it', async () => {
    const cluster = await clusterWithMaps(2);
    const Accept = 'application/yaml, application/json;q=0.5';
    for (const path of [`${MAPS}/m0`, MAPS, '/apis', `${MAPS}/none`]) {
      const response = await call(cluster, 'GET', path, { headers: { Accept } });
      expect(response.headers.get('Content-Type')).toBe('application/yaml');
      const plain = await call(cluster, 'GET', path);
      expect(parse(await response.text())).toEqual(await plain.json());
    }
  });

  it('API-9: have no YAML for watches', async () => {
    const response = await call(freshCluster(), 'GET', `${MAPS}?watch=1`, {
      headers: { Accept: 'application/yaml' },
    });
    expect(parse(await response.text())).toMatchObject({ code: 406, reason: 'NotAcceptable' });
  });

  it.each([
    ['&pretty=true', 'test', true],
    ['&pretty=1', 'test', true],
    ['', 'curl/8.0', true],
    ['&pretty=false', 'curl/8.0', false],
    ['', 'kubectl/v1.33.0', false],
  ])('API-9: are indented for people: %s as %s', async (query, agent, want) => {
    const cluster = await clusterWithMaps(1);
    const headers = { 'User-Agent': agent };
    const response = await call(cluster, 'GET', `${OWN}${query}`, { headers });
    const text = await response.text();
    expect(text.startsWith('{\n  "kind"')).toBe(want);
    expect((JSON.parse(text) as ListBody).items).toHaveLength(1);
  });

  it('API-10: are compressed from 128 KiB on for who takes gzip', async () => {
    const cluster = await clusterWithMaps(3, 60_000);
    const headers = { 'Accept-Encoding': 'gzip' };
    const small = await call(cluster, 'GET', `${MAPS}/m0`, { headers });
    expect(small.headers.get('Content-Encoding')).toBeNull();
    await small.body?.cancel();
    const large = await call(cluster, 'GET', OWN, { headers });
    expect(large.headers.get('Content-Encoding')).toBe('gzip');
    // The caller is in the same process: the platform unpacks for it.
    const { items } = await large.json<ListBody>();
    expect(items.map((item) => item.metadata.name)).toEqual(['m0', 'm1', 'm2']);
    const plain = await call(cluster, 'GET', OWN);
    expect(plain.headers.get('Content-Encoding')).toBeNull();
    expect((await plain.json<ListBody>()).items).toHaveLength(3);
  });
});

describe('a watch over WebSocket', () => {
  it('WATCH-13: has an event a message, and ends when the client leaves', async () => {
    const cluster = await clusterWithMaps(1);
    const { webSocket } = await call(cluster, 'GET', `${OWN}&watch=1`, {
      headers: { Upgrade: 'websocket' },
    });
    if (webSocket === null) throw new Error('no WebSocket');
    const frames: WatchFrame[] = [];
    const second = new Promise<void>((resolve) => {
      webSocket.addEventListener('message', ({ data }) => {
        frames.push(JSON.parse(String(data)) as WatchFrame);
        if (frames.length === 2) resolve();
      });
    });
    webSocket.accept();
    await createAt(cluster, MAPS, configMap('later'));
    await second;
    expect(frames.map((f) => `${f.type} ${f.object.metadata.name}`)).toEqual([
      'ADDED m0',
      'ADDED later',
    ]);
    webSocket.close(1000);
  });
});
