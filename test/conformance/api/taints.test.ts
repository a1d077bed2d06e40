import { expect, it } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { Pod } from '../../../worker/reconcile/kinds.ts';
import { createAt } from '../../workerd/definitions.ts';
import { freshCluster } from '../../workerd/stores.ts';
import { get, merge } from './lifecycle.ts';
import { PODS } from './set-world.ts';
import { listWhen, objectWhen } from './waiting.ts';

const NODES = '/api/v1/nodes';
const TAINT = {
  key: 'kubernetes.io/e2e-evict-taint-key',
  value: 'evictTaintVal',
  effect: 'NoExecute',
};

/** A cluster of Nodes that no agent stands behind: a pod that is told to go stays, going. */
class TaintWorld {
  readonly cluster = freshCluster();

  static async with(...nodes: string[]): Promise<TaintWorld> {
    const world = new TaintWorld();
    for (const name of nodes) {
      await createAt(world.cluster, NODES, {
        metadata: { name, labels: { 'kubernetes.io/hostname': name } },
        status: {
          allocatable: { cpu: '4', memory: '8Gi', pods: '110' },
          conditions: [{ type: 'Ready', status: 'True' }],
        },
      });
    }
    return world;
  }

  /** A pod that tolerates the taint for so long, once it is on the node. */
  async addPod(name: string, node: string, tolerationSeconds: number): Promise<Pod> {
    await createAt(this.cluster, PODS, {
      metadata: { name },
      spec: {
        nodeSelector: { 'kubernetes.io/hostname': node },
        tolerations: [{ ...TAINT, operator: 'Equal', tolerationSeconds }],
        containers: [{ name: 'pause', image: 'pause' }],
      },
    });
    return objectWhen<Pod>(this.cluster, `${PODS}/${name}`, ({ spec }) => Boolean(spec.nodeName));
  }

  taint(node: string, ...taints: object[]): Promise<KubernetesObject> {
    return merge(this.cluster, `${NODES}/${node}`, { spec: { taints } });
  }

  whenGoing(name: string): Promise<Pod> {
    return objectWhen<Pod>(
      this.cluster,
      `${PODS}/${name}`,
      ({ metadata }) => metadata.deletionTimestamp !== undefined,
    );
  }

  async isGoing(name: string): Promise<boolean> {
    const { metadata } = await get(this.cluster, `${PODS}/${name}`);
    return metadata.deletionTimestamp !== undefined;
  }

  async whenSaid(message: string): Promise<void> {
    await listWhen<KubernetesObject & { reason?: string; message?: string }>(
      this.cluster,
      '/api/v1/namespaces/default/events',
      (items) => items.some((e) => e.reason === 'TaintManagerEviction' && e.message === message),
    );
  }
}

it('[sig-node] NoExecuteTaintManager Single Pod removing taint cancels eviction [Conformance] [Disruptive] [Serial]', async () => {
  const world = await TaintWorld.with('n1', 'n2');
  await world.addPod('stays', 'n1', 2);
  await world.addPod('goes', 'n2', 2);
  await world.taint('n1', TAINT);
  await world.taint('n1');
  await world.taint('n2', TAINT);
  await world.whenGoing('goes');
  expect(await world.isGoing('stays')).toBe(false);

  await world.addPod('cancelled', 'n1', 3600);
  await world.taint('n1', TAINT);
  await world.whenGoing('stays');
  expect(await world.isGoing('cancelled')).toBe(false);
  await world.taint('n1');
  await world.whenSaid('Cancelling deletion of Pod default/cancelled');
  expect(await world.isGoing('cancelled')).toBe(false);
});

it('[sig-node] NoExecuteTaintManager Multiple Pods evicts pods with minTolerationSeconds [Conformance] [Disruptive] [Serial]', async () => {
  const world = await TaintWorld.with('n1');
  await world.addPod('long', 'n1', 2);
  await world.addPod('short', 'n1', 1);
  const taintedAt = Date.now();
  await world.taint('n1', TAINT);
  await world.whenGoing('short');
  expect(Date.now() - taintedAt).toBeGreaterThanOrEqual(1_000);
  expect(await world.isGoing('long')).toBe(false);
  await world.whenGoing('long');
  expect(Date.now() - taintedAt).toBeGreaterThanOrEqual(2_000);
  await world.whenSaid('Marking for deletion Pod default/short');
  const { status } = await get<Pod>(world.cluster, `${PODS}/long`);
  expect(status?.conditions).toContainEqual(
    expect.objectContaining({ type: 'DisruptionTarget', reason: 'DeletionByTaintManager' }),
  );
});
