import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { afterEach, expect, it, vi } from 'vitest';
import type { KubernetesObject } from '../../apimachinery/meta.ts';
import type { NodeUsage } from '../../apimachinery/node-usage.ts';
import { AgentLink, enrol } from '../../test/workerd/agent-link.ts';
import { call, list } from '../../test/workerd/api.ts';
import {
  create,
  createNamespace,
  freshCluster,
  read,
  remove,
  stubOf,
  update,
} from '../../test/workerd/stores.ts';
import { sampleAutoscaler } from '../reconcile/testing/autoscaled-world.ts';
import { sampleDeployment } from '../reconcile/testing/samples.ts';
import type { Scope } from './store/protocol.ts';

const AUTOSCALERS = 'horizontalpodautoscalers.autoscaling';
const DEPLOYMENTS = 'deployments.apps';
const NODE = 'n1';

afterEach(() => {
  vi.useRealTimers();
});

/** Runs every pod that it is told of, and says that each uses so much. */
class BusyNode {
  milli: number;
  asked = 0;
  readonly #link: AgentLink;
  readonly #pods = new Map<string, Pick<KubernetesObject, 'metadata'>>();
  #seq = 0;

  constructor(link: AgentLink, milli: number) {
    this.#link = link;
    this.milli = milli;
    // Both end with the link.
    void this.#runPods().catch(() => undefined);
    void this.#answer().catch(() => undefined);
  }

  close(): void {
    this.#link.close();
  }

  async #runPods(): Promise<void> {
    for (;;) {
      const { pods } = await this.#link.take('desired');
      for (const { uid, pod } of pods) if (pod !== null) this.#pods.set(uid, pod);
      const lastTransitionTime = '2020-01-01T00:00:00Z';
      const status = {
        phase: 'Running',
        startTime: lastTransitionTime,
        conditions: [{ type: 'Ready', status: 'True', lastTransitionTime }],
      };
      const podStatuses = pods
        .filter(({ pod }) => pod !== null)
        .map(({ namespace, name, uid }) => ({ namespace, name, uid, status }));
      if (podStatuses.length === 0) continue;
      this.#link.send({ type: 'report', seq: ++this.#seq, podStatuses });
      await this.#link.take('reported');
    }
  }

  async #answer(): Promise<void> {
    for (;;) {
      const { requestID } = await this.#link.take('sampleUsage');
      this.asked++;
      const period = { timestampMs: Date.now(), windowMs: 15_000 };
      const cpuNanoCores = this.milli * 1_000_000;
      const pods: NodeUsage['pods'] = [...this.#pods].map(([uid, { metadata }]) => ({
        namespace: metadata.namespace ?? '',
        name: metadata.name ?? '',
        uid,
        ...period,
        containers: [{ name: 'web', cpuNanoCores, memoryBytes: 1 }],
      }));
      const node = { ...period, cpuNanoCores, memoryBytes: 1 };
      this.#link.send({ type: 'usage', requestID, usage: { node, pods } });
    }
  }
}

async function newWorld(spec: object = {}) {
  const scope: Scope = { cluster: freshCluster(), namespace: 'shop' };
  await createNamespace(scope.cluster, 'shop');
  await enrol(scope.cluster, NODE);
  const link = await AgentLink.greet(scope.cluster, NODE, { features: ['usage'] });
  const node = new BusyNode(link, 100);
  const template = {
    metadata: { labels: { app: 'web' } },
    spec: { containers: [{ name: 'web', image: 'i', resources: { requests: { cpu: '50m' } } }] },
  };
  await create(scope, DEPLOYMENTS, sampleDeployment({ replicas: 1, template }));
  await create(scope, AUTOSCALERS, sampleAutoscaler({ maxReplicas: 5, ...spec }));
  await vi.waitFor(async () => {
    const { status } = await read(scope, DEPLOYMENTS, 'web');
    expect(status).toMatchObject({ readyReplicas: 1 });
  }, 10_000);
  return { scope, node };
}

/** A period goes by, and the store wakes. */
async function period(scope: Scope): Promise<void> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 16_000 });
  await runDurableObjectAlarm(stubOf(scope));
}

const whenReplicas = (scope: Scope, replicas: number) =>
  vi.waitFor(async () => {
    expect((await read(scope, DEPLOYMENTS, 'web'))['spec']).toMatchObject({ replicas });
  }, 10_000);

it('HPA-1: a store asks the nodes of its pods, and scales by what they say', async () => {
  const { scope } = await newWorld();
  await period(scope);
  await whenReplicas(scope, 4);
  await vi.waitFor(async () => {
    const { status } = await read(scope, AUTOSCALERS, 'web');
    expect(status).toMatchObject({ currentReplicas: 1, desiredReplicas: 4 });
  }, 5_000);
  const { metadata } = await read(scope, DEPLOYMENTS, 'web');
  expect(metadata.managedFields).toContainEqual(
    expect.objectContaining({ manager: 'kube-controller-manager', subresource: 'scale' }),
  );
});

it('HPA-9: goes on after the store has slept', async () => {
  const { scope } = await newWorld();
  await evictDurableObject(stubOf(scope));
  await period(scope);
  await whenReplicas(scope, 4);
  await evictDurableObject(stubOf(scope));
  await period(scope);
  await whenReplicas(scope, 5);
});

it('HPA-9: rounds begin for autoscalers that are older than they', async () => {
  const { scope } = await newWorld();
  await runInDurableObject(stubOf(scope), (_object, { storage }) => {
    storage.sql.exec("DELETE FROM workqueue WHERE worker = 'autoscaling'");
  });
  await evictDurableObject(stubOf(scope));
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 16_000 });
  await whenReplicas(scope, 4);
});

it('HPA-10: a node that is cut off is one of which nothing is known', async () => {
  const { scope, node } = await newWorld();
  node.close();
  await period(scope);
  await vi.waitFor(async () => {
    const { status } = await read(scope, AUTOSCALERS, 'web');
    const { conditions = [] } = status as { conditions?: { reason: string }[] };
    expect(conditions.map(({ reason }) => reason)).toContain('FailedGetResourceMetric');
  }, 10_000);
  await whenReplicas(scope, 1);
});

it('HPA-11: nobody is asked for a namespace without autoscalers', async () => {
  const { scope, node } = await newWorld();
  await period(scope);
  await whenReplicas(scope, 4);
  await remove(scope, AUTOSCALERS, 'web');
  await period(scope);
  const { asked } = node;
  await period(scope);
  await vi.waitFor(async () => expect(await stubOf(scope).yieldSlot()).not.toBeNull(), 10_000);
  expect(node.asked).toBe(asked);
});

it('HPA-12: a change of the autoscaler counts at once', async () => {
  const { scope } = await newWorld();
  await period(scope);
  await whenReplicas(scope, 4);
  const autoscaler = await read(scope, AUTOSCALERS, 'web');
  const spec = { ...(autoscaler['spec'] as object), minReplicas: 5 };
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 1_000 });
  await update(scope, AUTOSCALERS, { ...autoscaler, spec });
  await whenReplicas(scope, 5);
});

it.each([
  {
    type: 'pods',
    metric: {
      type: 'Pods',
      pods: { metric: { name: 'load' }, target: { type: 'AverageValue', averageValue: '10' } },
    },
    path: 'custom.metrics.k8s.io/v1beta2/namespaces/shop/pods/*/load',
    want: 4,
  },
  {
    type: 'external',
    metric: {
      type: 'External',
      external: { metric: { name: 'load' }, target: { type: 'AverageValue', averageValue: '10' } },
    },
    path: 'external.metrics.k8s.io/v1beta1/namespaces/shop/load',
    want: 3,
  },
])('HPA-13: scales by what clients say of a $type metric', async ({ metric, path, want }) => {
  const { scope } = await newWorld({ metrics: [metric] });
  const [pod] = (await list(scope.cluster, '/api/v1/namespaces/shop/pods')).items;
  const describedObject = { name: pod?.metadata.name };
  const items = [{ describedObject, value: want === 3 ? '25' : '40' }];
  const answer = await call(scope.cluster, 'PUT', `/apis/${path}`, { body: { items } });
  expect(answer.status).toBe(200);
  await period(scope);
  await whenReplicas(scope, want);
});
