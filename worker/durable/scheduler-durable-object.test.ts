import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test';
import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { LabelSelectorSource } from '../../apimachinery/label-selector.ts';
import type { KubernetesObject } from '../../apimachinery/meta.ts';
import type { PodRequest } from '../reconcile/scheduler/pod-request.ts';
import { enrol, READY_STATUS } from '../../test/workerd/agent-link.ts';
import { env } from '../../test/workerd/env.ts';
import { create, freshCluster, read, remove, stubOf } from '../../test/workerd/stores.ts';
import type { SettleAnswer, SettleRequest } from './scheduler/protocol.ts';
import { schedulerStub } from './stubs.ts';

const node = (name: string, revision: number, cpu: string): KubernetesObject => ({
  metadata: {
    name,
    uid: name,
    resourceVersion: String(revision),
    labels: { 'kubernetes.io/hostname': name },
  },
  status: { allocatable: { cpu, memory: '8Gi', pods: '110' } },
});

const request = (uid: string, milliCPU: number): PodRequest => ({
  uid,
  preempts: true,
  footprint: {
    demand: { requests: { cpu: milliCPU }, scoringCPU: milliCPU, scoringMemory: 0 },
    hostPorts: [],
    traits: { namespace: 'default', labels: {} },
    standing: { name: uid, priority: 0, createdAt: '' },
  },
  constraints: { tolerations: [] },
});

const setNode = (cluster: string, name: string, revision: number, cpu: string) =>
  schedulerStub(env, cluster).setNode({ cluster, name, node: node(name, revision, cpu) });

async function settle(
  cluster: string,
  part: Partial<SettleRequest>,
  namespace = 'default',
): Promise<SettleAnswer> {
  const settled = { cluster, namespace, place: [], account: [], release: [], ...part };
  return schedulerStub(env, cluster).settle(settled);
}

const boundTo = ({ bindings }: SettleAnswer) => bindings.map(({ nodeName }) => nodeName);

describe('the scheduler', () => {
  it('SCHED-1: keeps reservations and nodes through eviction', async () => {
    const cluster = freshCluster();
    await setNode(cluster, 'a', 1, '1');
    expect(boundTo(await settle(cluster, { place: [request('p1', 600)] }))).toEqual(['a']);
    await evictDurableObject(schedulerStub(env, cluster));
    expect((await settle(cluster, { place: [request('p2', 600)] })).unschedulable).toHaveLength(1);
    await settle(cluster, { release: ['p1'] });
    await evictDurableObject(schedulerStub(env, cluster));
    expect(boundTo(await settle(cluster, { place: [request('p2', 600)] }))).toEqual(['a']);
  });

  it('SCHED-2: a store that lost its answer gets the same one', async () => {
    const cluster = freshCluster();
    for (const [i, name] of ['a', 'b', 'c'].entries()) await setNode(cluster, name, i + 1, '1');
    const place = [request('p1', 600), request('p2', 600), request('p3', 600)];
    const first = await settle(cluster, { place });
    await evictDurableObject(schedulerStub(env, cluster));
    const again = await settle(cluster, { place });
    const sorted = (answer: SettleAnswer) => answer.bindings.map((b) => JSON.stringify(b)).sort();
    expect(sorted(again)).toEqual(sorted(first));
  });

  it('SCHED-3: an older state of a node does not overwrite a newer one', async () => {
    const cluster = freshCluster();
    await setNode(cluster, 'a', 5, '1');
    await setNode(cluster, 'a', 4, '64');
    expect((await settle(cluster, { place: [request('p', 2_000)] })).unschedulable).toHaveLength(1);
  });

  it('SCHED-1: never more than allocatable, with racing stores, lost answers and evictions', async () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.record({ do: fc.constant('place'), pod: fc.nat(11) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('release'), pod: fc.nat(11) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('evict'), pod: fc.constant(0) }) },
    );
    const sizeOf = (pod: number) => 200 + (pod % 4) * 150;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { maxLength: 4 }), { maxLength: 8 }),
        async (rounds) => {
          const cluster = freshCluster();
          for (const [i, name] of ['a', 'b'].entries()) await setNode(cluster, name, i + 1, '1');
          const placed = new Map<string, { node: string; size: number }>();
          for (const round of rounds) {
            // What is released is released before what is placed is sent, as a store does.
            for (const { pod } of round.filter((s) => s.do === 'release')) {
              await settle(cluster, { release: [`p${pod}`] });
              placed.delete(`p${pod}`);
            }
            if (round.some((s) => s.do === 'evict')) {
              // Only what runs can be evicted.
              await settle(cluster, {});
              await evictDurableObject(schedulerStub(env, cluster));
            }
            const wishes = round.filter((s) => s.do === 'place').map((s) => s.pod);
            // Two stores ask at once; one of them asks twice, since it lost the first answer.
            const answers = await Promise.all(
              [...wishes, ...wishes.slice(0, 1)].map((pod, i) =>
                settle(cluster, { place: [request(`p${pod}`, sizeOf(pod))] }, `ns-${i % 2}`),
              ),
            );
            for (const { podUID, nodeName } of answers.flatMap(({ bindings }) => bindings)) {
              const size = sizeOf(Number(podUID.slice(1)));
              expect(placed.get(podUID)?.node ?? nodeName).toBe(nodeName);
              placed.set(podUID, { node: nodeName, size });
            }
            for (const name of ['a', 'b']) {
              const onNode = [...placed.values()].filter((p) => p.node === name);
              expect(onNode.reduce((sum, p) => sum + p.size, 0)).toBeLessThanOrEqual(1_000);
            }
          }
        },
      ),
      { numRuns: 25 },
    );
  }, 60_000);
});

describe('pods that wait for room', () => {
  const pod = (name: string, cpu: string): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'c', image: 'i', resources: { requests: { cpu } } }],
    },
  });
  const nodeNameOf = async (cluster: string, name: string) =>
    ((await read({ cluster, namespace: 'default' }, 'pods', name))['spec'] as { nodeName?: string })
      .nodeName;

  it('SCHED-4: are placed when room comes free, by the alarm, whatever was evicted meanwhile', async () => {
    const cluster = freshCluster();
    const scope = { cluster, namespace: 'default' };
    await enrol(cluster, 'n1');
    await stubOf({ cluster, namespace: '' }).registerNode(
      { cluster, namespace: '' },
      { name: 'n1', labels: {}, status: READY_STATUS },
    );
    await create(scope, 'pods', pod('first', '3'));
    await vi.waitFor(async () => expect(await nodeNameOf(cluster, 'first')).toBe('n1'));
    await create(scope, 'pods', pod('second', '3'));
    await vi.waitFor(async () => {
      const { status } = await read(scope, 'pods', 'second');
      expect(JSON.stringify(status)).toContain('Insufficient cpu');
    });
    await remove(scope, 'pods', 'first', { gracePeriodSeconds: 0 });
    await vi.waitFor(async () => {
      await runDurableObjectAlarm(schedulerStub(env, cluster));
      expect(await nodeNameOf(cluster, 'second')).toBe('n1');
    });
  });

  it('SCHED-5: are made room for, at the cost of less important pods', async () => {
    const cluster = freshCluster();
    const scope = { cluster, namespace: 'default' };
    await enrol(cluster, 'n1');
    await stubOf({ cluster, namespace: '' }).registerNode(
      { cluster, namespace: '' },
      { name: 'n1', labels: {}, status: READY_STATUS },
    );
    await create({ cluster, namespace: '' }, 'priorityclasses.scheduling.k8s.io', {
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name: 'high' },
      value: 1000,
    });
    const slow = pod('low', '3');
    slow['spec'] = { ...(slow['spec'] as object), terminationGracePeriodSeconds: 30 };
    await create(scope, 'pods', slow);
    await vi.waitFor(async () => expect(await nodeNameOf(cluster, 'low')).toBe('n1'));
    const high = pod('high', '3');
    high['spec'] = { ...(high['spec'] as object), priorityClassName: 'high' };
    await vi.waitFor(() => create(scope, 'pods', high));
    await vi.waitFor(async () => {
      const { status } = await read(scope, 'pods', 'high');
      expect(status).toMatchObject({ nominatedNodeName: 'n1' });
    });
    await evictDurableObject(schedulerStub(env, cluster));
    await vi.waitFor(async () => {
      await runDurableObjectAlarm(schedulerStub(env, cluster));
      const low = await read(scope, 'pods', 'low');
      expect(low.metadata.deletionTimestamp).toBeDefined();
      expect(JSON.stringify(low['status'])).toContain('PreemptionByScheduler');
    });
    await remove(scope, 'pods', 'low', { gracePeriodSeconds: 0 });
    await vi.waitFor(async () => {
      await runDurableObjectAlarm(schedulerStub(env, cluster));
      const bound = await read(scope, 'pods', 'high');
      expect(bound['spec']).toMatchObject({ nodeName: 'n1' });
      expect(bound['status']).not.toHaveProperty('nominatedNodeName');
    });
  });

  it('SCHED-6: are placed when another pod comes that they want to be near, or is labelled so', async () => {
    const cluster = freshCluster();
    const place = [near('waits', 'db')];
    await setNode(cluster, 'a', 1, '4');
    expect((await settle(cluster, { place })).unschedulable).toHaveLength(1);
    const other = request('other', 100);
    const traits = { namespace: 'default', labels: { app: 'db' } };
    const account = [{ uid: 'other', nodeName: 'a', footprint: { ...other.footprint, traits } }];
    await settle(cluster, { place: [other] });
    await evictDurableObject(schedulerStub(env, cluster));
    expect((await settle(cluster, { place })).unschedulable).toHaveLength(1);
    await settle(cluster, { account });
    await evictDurableObject(schedulerStub(env, cluster));
    expect(boundTo(await settle(cluster, { place }))).toEqual(['a']);
  });

  it('SCHED-7: heed the labels of Namespaces, through eviction', async () => {
    const cluster = freshCluster();
    await setNode(cluster, 'a', 1, '4');
    const place = [near('waits', 'db', { matchLabels: { team: 'red' } })];
    const db = request('db', 100);
    const traits = { namespace: 'data', labels: { app: 'db' } };
    const other = [{ ...db, footprint: { ...db.footprint, traits } }];
    await settle(
      cluster,
      { place: other, facts: { labels: { team: 'blue' }, budgets: [] } },
      'data',
    );
    expect((await settle(cluster, { place })).unschedulable).toHaveLength(1);
    await settle(cluster, { facts: { labels: { team: 'red' }, budgets: [] } }, 'data');
    await evictDurableObject(schedulerStub(env, cluster));
    expect(boundTo(await settle(cluster, { place }))).toEqual(['a']);
  });
});

/** A request that has to be on the node of a pod of the app. */
function near(uid: string, app: string, namespaceSelector?: LabelSelectorSource): PodRequest {
  const { footprint, ...rest } = request(uid, 100);
  const required = [
    {
      topologyKey: 'kubernetes.io/hostname',
      namespaces: ['default'],
      labels: { matchLabels: { app } },
      ...(namespaceSelector === undefined ? {} : { namespaceSelector }),
    },
  ];
  const traits = { ...footprint.traits, terms: { required } };
  return { ...rest, footprint: { ...footprint, traits } };
}
