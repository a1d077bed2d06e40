import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { KubernetesObject } from '../../apimachinery/meta.ts';
import { AgentLink, enrol, linkStub } from '../../test/workerd/agent-link.ts';
import { merge } from '../../test/conformance/api/lifecycle.ts';
import { env } from '../../test/workerd/env.ts';
import { create, createNamespace, freshCluster, read } from '../../test/workerd/stores.ts';
import type { Node, Pod, Taint, Toleration } from '../reconcile/kinds.ts';
import { NODE_MONITOR_GRACE_MS } from './node/liveness.ts';
import type { Scope } from './store/protocol.ts';
import { schedulerStub } from './stubs.ts';

const OWN: Taint = { key: 'k', value: 'v', effect: 'NoExecute' };
const UNREACHABLE = 'node.kubernetes.io/unreachable';

const pod = (name: string, nodeName?: string, tolerations: Toleration[] = []) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: {
    ...(nodeName === undefined ? {} : { nodeName }),
    tolerations,
    containers: [{ name: 'c', image: 'i' }],
  },
});

class World {
  readonly cluster = freshCluster();
  readonly top: Scope = { cluster: this.cluster, namespace: '' };
  readonly shop: Scope = { cluster: this.cluster, namespace: 'shop' };
  readonly links = new Map<string, AgentLink>();

  static async with(...nodes: string[]): Promise<World> {
    const world = new World();
    await createNamespace(world.cluster, 'shop');
    for (const name of nodes) {
      await enrol(world.cluster, name);
      world.links.set(name, await AgentLink.greet(world.cluster, name));
    }
    return world;
  }

  node(name: string): Promise<Node> {
    return read(this.top, 'nodes', name) as Promise<Node>;
  }

  pod(name: string): Promise<Pod> {
    return read(this.shop, 'pods', name) as Promise<Pod>;
  }

  /** Replaces the taints that an administrator has set. */
  taint(name: string, ...taints: Taint[]): Promise<KubernetesObject> {
    return merge(this.cluster, `/api/v1/nodes/${name}`, { spec: { taints } });
  }

  /** The node is silent until it counts as lost. */
  async lose(name: string): Promise<void> {
    this.links.get(name)?.close();
    await vi.waitFor(() => runDurableObjectAlarm(linkStub(this.cluster, name)));
    pass(NODE_MONITOR_GRACE_MS + 1_000);
    await runDurableObjectAlarm(linkStub(this.cluster, name));
  }

  /** What the scheduler would do by now if the clock had not been moved. */
  async tellStores(): Promise<void> {
    await runDurableObjectAlarm(schedulerStub(env, this.cluster));
  }

  async whenGoing(name: string): Promise<Pod> {
    return vi.waitFor(async () => {
      await this.tellStores();
      const found = await this.pod(name);
      expect(found.metadata.deletionTimestamp).toBeDefined();
      return found;
    }, 5_000);
  }

  async whenMarked(name: string, isMarked = true): Promise<void> {
    await vi.waitFor(async () => {
      const { taints = [] } = (await this.node(name)).spec ?? {};
      expect(taints.some((t) => t.key === UNREACHABLE && t.effect === 'NoExecute')).toBe(isMarked);
    }, 5_000);
  }
}

const pass = (ms: number) => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms });

const readyOf = ({ status }: Pod) =>
  status?.conditions?.find(({ type }) => type === 'Ready')?.status;

const report = (seq: number, { metadata }: KubernetesObject, ready: string) => ({
  type: 'report' as const,
  seq,
  podStatuses: [
    {
      namespace: 'shop',
      name: metadata.name ?? '',
      uid: metadata.uid ?? '',
      status: { phase: 'Running', conditions: [{ type: 'Ready', status: ready }] },
    },
  ],
});

afterEach(() => {
  vi.useRealTimers();
});

describe('a NoExecute taint', () => {
  it('NODE-14: drives away the pods that do not tolerate it, with the reason', async () => {
    const world = await World.with('n1');
    await create(world.shop, 'pods', pod('plain', 'n1'));
    await create(world.shop, 'pods', pod('tolerant', 'n1', [{ key: 'k', operator: 'Exists' }]));
    await world.taint('n1', OWN);
    const going = await world.whenGoing('plain');
    expect(going.status?.conditions).toContainEqual(
      expect.objectContaining({
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'DeletionByTaintManager',
        message: 'Taint manager: deleting due to NoExecute taint',
      }),
    );
    expect((await world.pod('tolerant')).metadata.deletionTimestamp).toBeUndefined();
  });

  it('NODE-14: meets a pod that is put on the node by name after it', async () => {
    const world = await World.with('n1');
    await world.taint('n1', OWN);
    await create(world.shop, 'pods', pod('late', 'n1'));
    await world.whenGoing('late');
  });

  it('NODE-14: that has been taken off harms no pod that is bound as soon as it may be', async () => {
    const world = await World.with('n1');
    await create(world.shop, 'pods', pod('first', 'n1'));
    await world.taint('n1', OWN);
    await world.whenGoing('first');
    await world.taint('n1');
    await create(world.shop, 'pods', pod('last'));
    await vi.waitFor(async () => expect((await world.pod('last')).spec.nodeName).toBe('n1'), 5_000);
    await world.tellStores();
    expect((await world.pod('last')).metadata.deletionTimestamp).toBeUndefined();
  });

  it('NODE-14: is told to the stores after a restart of the scheduler in between', async () => {
    const world = await World.with('n1');
    await create(world.shop, 'pods', pod('plain', 'n1'));
    const node = await world.node('n1');
    const tainted = {
      ...node,
      metadata: { ...node.metadata, resourceVersion: String(Number.MAX_SAFE_INTEGER) },
      spec: { ...node.spec, taints: [OWN] },
    };
    await schedulerStub(env, world.cluster).setNode({
      cluster: world.cluster,
      name: 'n1',
      node: tainted,
    });
    await evictDurableObject(schedulerStub(env, world.cluster));
    await world.whenGoing('plain');
  });
});

describe('a lost node', () => {
  it('NODE-15: is held against its pods once the others are known to be there', async () => {
    const world = await World.with('n1', 'n2');
    const brief = [
      { key: UNREACHABLE, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 0 },
    ];
    await create(world.shop, 'pods', pod('brief', 'n1', brief));
    await create(world.shop, 'pods', pod('patient', 'n1'));
    await world.lose('n1');
    // The other one has been silent as long, for all that is known.
    world.links.set('n2', await AgentLink.greet(world.cluster, 'n2'));
    await world.whenMarked('n1');
    await world.whenGoing('brief');
    expect((await world.pod('patient')).metadata.deletionTimestamp).toBeUndefined();
    await AgentLink.greet(world.cluster, 'n1');
    await world.whenMarked('n1', false);
  });

  it('NODE-15: is not held against its pods when all vanished in the same moment', async () => {
    const world = await World.with('n1', 'n2');
    const brief = [
      { key: UNREACHABLE, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 0 },
    ];
    await create(world.shop, 'pods', pod('brief', 'n1', brief));
    await world.lose('n1');
    // Its link is open still, but nothing came over it for as long: the roll call finds it lost.
    await vi.waitFor(async () => {
      const { conditions = [] } = (await world.node('n2')).status ?? {};
      expect(conditions.find(({ type }) => type === 'Ready')?.status).toBe('Unknown');
    }, 5_000);
    pass(60_000);
    await world.tellStores();
    await world.whenMarked('n1', false);
    expect((await world.pod('brief')).metadata.deletionTimestamp).toBeUndefined();
  });

  it('NODE-16: has pods that are not ready, until it says again how they are', async () => {
    const world = await World.with('n1', 'n2');
    const made = await create(world.shop, 'pods', pod('web', 'n1'));
    world.links.get('n1')?.send(report(1, made, 'True'));
    await world.links.get('n1')?.take('reported');
    expect(readyOf(await world.pod('web'))).toBe('True');
    await world.lose('n1');
    await vi.waitFor(async () => {
      await world.tellStores();
      expect(readyOf(await world.pod('web'))).toBe('False');
    }, 5_000);
    const back = await AgentLink.open(world.cluster, 'n1');
    back.hello();
    expect((await back.take('welcome')).repeat).toBe(true);
    back.send(report(2, made, 'True'));
    await back.take('reported');
    expect(readyOf(await world.pod('web'))).toBe('True');
    back.hello();
    expect((await back.take('welcome')).repeat).toBe(false);
  });
});
