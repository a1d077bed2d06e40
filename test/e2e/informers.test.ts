import * as k8s from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster } from './harness/cluster.ts';
import { forgetHistory } from './harness/forgotten-history.ts';
import { until } from './harness/until.ts';

/** A Lease of so many seconds is taken over when it was not renewed for that long. */
const LEASE_SECONDS = 1;

/** What operators in JavaScript are made of, through faults of the server. */
describe('@kubernetes/client-node', () => {
  let cluster: Cluster;
  let config: k8s.KubeConfig;
  let core: k8s.CoreV1Api;
  beforeAll(async () => {
    cluster = await Cluster.start('informers', { node: false });
    config = new k8s.KubeConfig();
    config.loadFromFile(cluster.dir.kubeconfig);
    core = config.makeApiClient(k8s.CoreV1Api);
  });
  afterAll(() => cluster?.stop());

  /** As its users do: the library only says why it stopped. */
  const startAgain = (informer: { start(): Promise<void> }): Promise<boolean> =>
    until('the informer goes on', () => informer.start().then(() => true));

  const map = (name: string, value: string) => ({ metadata: { name }, data: { value } });

  it('keeps an informer up to date through a restart of the server', async () => {
    const namespace = await cluster.namespace();
    const informer = k8s.makeInformer<k8s.V1ConfigMap>(
      config,
      `/api/v1/namespaces/${namespace}/configmaps`,
      () => core.listNamespacedConfigMap({ namespace }),
    );
    const known = new Map<string, string>();
    // What every namespace has is not the test's.
    const note = ({ metadata, data }: k8s.V1ConfigMap) => {
      if (data?.['value'] !== undefined) known.set(metadata?.name ?? '', data['value']);
    };
    informer.on('add', note);
    informer.on('update', note);
    informer.on('delete', ({ metadata }) => void known.delete(metadata?.name ?? ''));
    let isOver = false;
    informer.on('error', () => {
      if (!isOver) void startAgain(informer);
    });
    await core.createNamespacedConfigMap({ namespace, body: map('a', '1') });
    await informer.start();
    await until('the first is known', () => known.get('a') === '1');

    await cluster.down();
    await cluster.up();
    await core.replaceNamespacedConfigMap({ namespace, name: 'a', body: map('a', '2') });
    await core.createNamespacedConfigMap({ namespace, body: map('b', '1') });
    await until('what was written after the restart is known', () => known.get('b') === '1');
    expect(Object.fromEntries(known)).toEqual({ a: '2', b: '1' });
    await core.deleteNamespacedConfigMap({ namespace, name: 'a' });
    await until('what was deleted is not', () => !known.has('a'));
    isOver = true;
    await informer.stop();
  });

  it('begins anew when what it watched from was compacted', async () => {
    const namespace = await cluster.namespace();
    await core.createNamespacedConfigMap({ namespace, body: map('a', '1') });
    let lists = 0;
    const informer = k8s.makeInformer<k8s.V1ConfigMap>(
      config,
      `/api/v1/namespaces/${namespace}/configmaps`,
      async () => {
        lists++;
        return core.listNamespacedConfigMap({ namespace });
      },
    );
    const known = new Set<string>();
    let isOver = false;
    informer.on('add', ({ metadata }) => void known.add(metadata?.name ?? ''));
    informer.on('error', () => {
      if (!isOver) void startAgain(informer);
    });
    await informer.start();
    await until('the first is known', () => known.has('a'));

    // The history ages while the server is away, faster than a test can wait for.
    await cluster.down();
    expect(forgetHistory(cluster.dir.root, 'configmaps')).toBeGreaterThan(0);
    await cluster.up();
    await core.createNamespacedConfigMap({ namespace, body: map('b', '1') });
    await until('what came later is known', () => known.has('b'));
    expect(lists).toBeGreaterThan(1);
    isOver = true;
    await informer.stop();

    const codes: unknown[] = [];
    const watch = new k8s.Watch(config);
    await new Promise((resolve, reject) => {
      watch
        .watch(
          `/api/v1/namespaces/${namespace}/configmaps`,
          { resourceVersion: '1' },
          (type: string, object: k8s.V1Status) => void codes.push([type, object.code]),
          resolve,
        )
        .catch(reject);
    });
    expect(codes).toEqual([['ERROR', 410]]);
  });

  it('elects one leader by a Lease, and another when the first is gone', async () => {
    const namespace = await cluster.namespace();
    const api = config.makeApiClient(k8s.CoordinationV1Api);
    const name = 'election';
    const now = () => new k8s.V1MicroTime(new Date().toISOString());
    const leaders = new Set<string>();
    let most = 0;

    /** One try of a candidate: renew, take what has expired, or wait. A conflict is a try lost. */
    async function attempt(candidate: string): Promise<boolean> {
      try {
        const lease = await api.readNamespacedLease({ namespace, name });
        const { holderIdentity, renewTime } = lease.spec ?? {};
        const age = Date.now() - new Date(renewTime ?? 0).getTime();
        if (holderIdentity !== candidate && age < LEASE_SECONDS * 1_000) return false;
        Object.assign(lease.spec ?? {}, { holderIdentity: candidate, renewTime: now() });
        await api.replaceNamespacedLease({ namespace, name, body: lease });
        return true;
      } catch (error) {
        const { code } = error as { code?: number };
        if (code === 404) {
          const spec = {
            holderIdentity: candidate,
            leaseDurationSeconds: LEASE_SECONDS,
            acquireTime: now(),
            renewTime: now(),
          };
          const body = { metadata: { name }, spec };
          return api.createNamespacedLease({ namespace, body }).then(
            () => true,
            () => false,
          );
        }
        if (code === 409) return false;
        throw error;
      }
    }

    async function campaign(candidate: string, until_: () => boolean): Promise<void> {
      while (!until_()) {
        if (await attempt(candidate)) leaders.add(candidate);
        else leaders.delete(candidate);
        most = Math.max(most, leaders.size);
      }
      leaders.delete(candidate);
    }

    let firstIsGone = false;
    let isOver = false;
    const first = campaign('one', () => firstIsGone);
    await until('one leads', () => leaders.has('one'));
    const others = ['two', 'three'].map((candidate) => campaign(candidate, () => isOver));
    firstIsGone = true;
    await first;
    const next = await until('another one leads', () => [...leaders][0]);
    expect(['two', 'three']).toContain(next);
    const { spec } = await api.readNamespacedLease({ namespace, name });
    expect(spec?.holderIdentity).toBe(next);
    isOver = true;
    await Promise.all(others);
    expect(most).toBe(1);
  });

  it('applies on the server’s side, and is told of conflicts', async () => {
    const namespace = await cluster.namespace();
    const apply = (fieldManager: string, value: string, force = false) =>
      core.patchNamespacedConfigMap(
        {
          namespace,
          name: 'shared',
          body: { apiVersion: 'v1', kind: 'ConfigMap', ...map('shared', value) },
          fieldManager,
          force,
        },
        k8s.setHeaderOptions('Content-Type', k8s.PatchStrategy.ServerSideApply),
      );
    expect((await apply('one', '1')).data).toEqual({ value: '1' });
    const refused = (await apply('two', '2').catch((error: unknown) => error)) as {
      code: number;
      body: string;
    };
    expect(refused.code).toBe(409);
    expect(JSON.parse(refused.body)).toMatchObject({
      message: expect.stringContaining('conflict with "one": .data.value') as unknown,
      details: { causes: [{ reason: 'FieldManagerConflict', field: '.data.value' }] },
    });
    const forced = await apply('two', '2', true);
    expect(forced.data).toEqual({ value: '2' });
    expect(forced.metadata?.managedFields?.map(({ manager }) => manager)).toEqual(['two']);
  });
});
