import { describe, expect, it } from 'vitest';
import { APIWatch, call, statusOf } from '../../test/workerd/api.ts';
import { configMap, freshCluster } from '../../test/workerd/stores.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const deployment = (name: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    },
  },
});

describe('what a client gets', () => {
  const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
  const TABLE = 'application/json;as=Table;g=meta.k8s.io;v=v1';

  it('API-6: an object, a Table or metadata, as its Accept header says', async () => {
    const cluster = freshCluster();
    await call(cluster, 'POST', DEPLOYMENTS, { body: deployment('web') });
    const kindOf = async (accept: string, path = `${DEPLOYMENTS}/web`) =>
      (
        await (
          await call(cluster, 'GET', path, { headers: { Accept: accept } })
        ).json<{ kind: string }>()
      ).kind;
    expect(await kindOf('application/json')).toBe('Deployment');
    expect(await kindOf(`${TABLE},application/json`)).toBe('Table');
    const metadata = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
    expect(await kindOf(metadata)).toBe('PartialObjectMetadata');
    expect(await kindOf(`${TABLE},application/json`, DEPLOYMENTS)).toBe('Table');
  });

  it('API-6: 406 for what cannot be made, a Table of a Scale included', async () => {
    const cluster = freshCluster();
    await call(cluster, 'POST', DEPLOYMENTS, { body: deployment('web') });
    for (const [path, accept] of [
      [`${DEPLOYMENTS}/web/scale`, TABLE],
      [`${DEPLOYMENTS}/web`, 'text/html'],
    ] as const) {
      const answer = await call(cluster, 'GET', path, { headers: { Accept: accept } });
      expect((await statusOf(answer)).code).toBe(406);
    }
    const fallback = { headers: { Accept: `${TABLE},application/json` } };
    const scale = await call(cluster, 'GET', `${DEPLOYMENTS}/web/scale`, fallback);
    expect(await scale.json()).toMatchObject({ kind: 'Scale', metadata: { name: 'web' } });
  });

  it('API-7: warnings about unknown fields, unless it wants none', async () => {
    const cluster = freshCluster();
    const body = { ...configMap('a'), extra: 1 };
    const warned = await call(cluster, 'POST', MAPS, { body });
    expect(warned.status).toBe(201);
    expect(warned.headers.get('Warning')).toContain('unknown field \\"extra\\"');
    const ignored = await call(cluster, 'POST', `${MAPS}?fieldValidation=Ignore`, {
      body: { ...configMap('b'), extra: 1 },
    });
    expect(ignored.headers.get('Warning')).toBeNull();
  });

  it('API-12: a warning with every answer about what upstream is about to drop', async () => {
    const cluster = freshCluster();
    const text = 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice';
    const endpoints = '/api/v1/namespaces/default/endpoints';
    for (const path of [endpoints, `${endpoints}/none`]) {
      const answer = await call(cluster, 'GET', path);
      expect(answer.headers.get('Warning')).toBe(`299 - "${text}"`);
    }
    const slices = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices';
    expect((await call(cluster, 'GET', slices)).headers.get('Warning')).toBeNull();
  });

  it('WATCH-10: only what comes after its request, when it wants no initial events', async () => {
    const cluster = freshCluster();
    await call(cluster, 'POST', MAPS, { body: configMap('before') });
    const query = 'watch=1&sendInitialEvents=false&resourceVersionMatch=NotOlderThan';
    for (const path of [MAPS, '/api/v1/configmaps']) {
      const watch = await APIWatch.open(cluster, `${path}?${query}`);
      const name = path === MAPS ? 'one' : 'two';
      await call(cluster, 'POST', MAPS, { body: configMap(name) });
      const [frame] = await watch.take(1);
      expect([frame?.type, frame?.object.metadata.name]).toEqual(['ADDED', name]);
      await watch.close();
    }
  });

  it('API-8: a negative grace period is one second, which nothing but a pod waits for', async () => {
    const cluster = freshCluster();
    await call(cluster, 'POST', MAPS, { body: configMap('a') });
    const gone = await call(cluster, 'DELETE', `${MAPS}/a`, { body: { gracePeriodSeconds: -5 } });
    expect(gone.status).toBe(200);
  });

  it('API-8: after a delete, a Status with the uid of what is gone', async () => {
    const cluster = freshCluster();
    const made = await call(cluster, 'POST', MAPS, { body: configMap('a') });
    const { metadata } = await made.json<{ metadata: { uid: string } }>();
    const wrong = await call(cluster, 'DELETE', `${MAPS}/a`, {
      body: { preconditions: { uid: 'x' } },
    });
    expect((await statusOf(wrong)).code).toBe(409);
    const gone = await call(cluster, 'DELETE', `${MAPS}/a`);
    expect(await gone.json()).toMatchObject({
      kind: 'Status',
      status: 'Success',
      details: { name: 'a', kind: 'configmaps', uid: metadata.uid },
    });
  });
});
