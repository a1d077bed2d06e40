import { expect, it, vi } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { Node, Pod, PodSpec, ReplicaSet } from '../../../worker/reconcile/kinds.ts';
import { call } from '../../workerd/api.ts';
import { createAt } from '../../workerd/definitions.ts';
import { freshCluster } from '../../workerd/stores.ts';
import { get, merge } from './lifecycle.ts';
import { listWhen, objectWhen } from './waiting.ts';

const PODS = '/api/v1/namespaces/default/pods';
const NODES = '/api/v1/nodes';
const CLASSES = '/apis/scheduling.k8s.io/v1/priorityclasses';
const REPLICA_SETS = '/apis/apps/v1/namespaces/default/replicasets';

/** A cluster of Nodes with four processors each, that no agent stands behind. */
class SchedulingWorld {
  readonly cluster = freshCluster();

  static async with(...nodes: string[]): Promise<SchedulingWorld> {
    const world = new SchedulingWorld();
    for (const name of nodes) {
      await createAt(world.cluster, NODES, {
        metadata: { name, labels: { 'kubernetes.io/hostname': name } },
        status: {
          allocatable: { cpu: '4', memory: '8Gi', pods: '110', 'example.com/fakecpu': '5' },
          conditions: [{ type: 'Ready', status: 'True' }],
        },
      });
      // A new Node is tainted until it has been looked at.
      await objectWhen<Node>(
        world.cluster,
        `${NODES}/${name}`,
        ({ spec }) => (spec?.taints ?? []).length === 0,
      );
    }
    return world;
  }

  async addClass(name: string, value: number): Promise<void> {
    await createAt(this.cluster, CLASSES, { metadata: { name }, value });
  }

  /** A class that was just made is on its way to the store of the pods. */
  async addPod(
    name: string,
    cpu: string,
    spec: Partial<PodSpec> = {},
    metadata: object = {},
  ): Promise<void> {
    const pod = { metadata: { name, ...metadata }, spec: podSpec(cpu, spec) };
    await vi.waitFor(() => createAt(this.cluster, PODS, pod), 5_000);
  }

  bound(name: string): Promise<Pod> {
    return objectWhen<Pod>(this.cluster, `${PODS}/${name}`, ({ spec }) => Boolean(spec.nodeName));
  }

  /** The message by which the pod is said to find no node. */
  async unscheduled(name: string): Promise<string> {
    const pod = await objectWhen<Pod>(
      this.cluster,
      `${PODS}/${name}`,
      ({ status }) => scheduledOf(status)?.status === 'False',
    );
    expect(scheduledOf(pod.status)?.reason).toBe('Unschedulable');
    return scheduledOf(pod.status)?.message ?? '';
  }
}

const scheduledOf = (status: Pod['status']) =>
  status?.conditions?.find(({ type }) => type === 'PodScheduled');

const podSpec = (cpu: string, spec: Partial<PodSpec> = {}): PodSpec => ({
  terminationGracePeriodSeconds: 0,
  containers: [{ name: 'c', image: 'i', resources: { requests: { cpu } } }],
  ...spec,
});

it('[sig-scheduling] SchedulerPredicates validates resource limits of pods that are allowed to run [Conformance] [Serial]', async () => {
  const world = await SchedulingWorld.with('n1', 'n2');
  await world.addPod('filler-1', '2800m');
  await world.addPod('filler-2', '2800m');
  const nodes = [await world.bound('filler-1'), await world.bound('filler-2')];
  expect(new Set(nodes.map(({ spec }) => spec.nodeName))).toEqual(new Set(['n1', 'n2']));
  await world.addPod('additional', '2');
  expect(await world.unscheduled('additional')).toBe(
    '0/2 nodes are available: 2 Insufficient cpu. preemption: 0/2 nodes are available: ' +
      '2 No preemption victims found for incoming pod.',
  );
});

it('[sig-scheduling] SchedulerPredicates validates that NodeSelector is respected if not matching [Conformance] [Serial]', async () => {
  const world = await SchedulingWorld.with('n1');
  await world.addPod('restricted', '1', { nodeSelector: { label: 'nonempty' } });
  expect(await world.unscheduled('restricted')).toContain(
    "1 node(s) didn't match Pod's node affinity/selector",
  );
});

it('[sig-scheduling] SchedulerPredicates validates that NodeSelector is respected if matching [Conformance] [Serial]', async () => {
  const world = await SchedulingWorld.with('n1', 'n2');
  await world.addPod('with-labels', '1', { nodeSelector: { e2e: '42' } });
  await world.unscheduled('with-labels');
  await merge(world.cluster, `${NODES}/n2`, { metadata: { labels: { e2e: '42' } } });
  expect((await world.bound('with-labels')).spec.nodeName).toBe('n2');
});

it('[sig-scheduling] SchedulerPredicates validates that there exists conflict between pods with same hostPort and protocol but one using 0.0.0.0 hostIP [Conformance] [Serial]', async () => {
  const world = await SchedulingWorld.with('n1', 'n2');
  const onPort = (hostIP: string): Partial<PodSpec> => ({
    nodeSelector: { 'kubernetes.io/hostname': 'n1' },
    containers: [
      {
        name: 'c',
        image: 'i',
        ports: [{ containerPort: 80, hostPort: 54322, hostIP, protocol: 'TCP' }],
      },
    ],
  });
  await world.addPod('pod4', '0', onPort('0.0.0.0'));
  expect((await world.bound('pod4')).spec.nodeName).toBe('n1');
  await world.addPod('pod5', '0', onPort('127.0.0.1'));
  expect(await world.unscheduled('pod5')).toContain(
    "1 node(s) didn't have free ports for the requested pod ports",
  );
});

it('[sig-scheduling] SchedulerPreemption validates basic preemption works [Conformance] [Serial]', async () => {
  const world = await SchedulingWorld.with('n1', 'n2');
  await world.addClass('low', 1);
  await world.addClass('medium', 500);
  await world.addClass('high', 1000);
  await world.addPod('pod0', '3', { priorityClassName: 'low' });
  await world.addPod('pod1', '3', { priorityClassName: 'medium' });
  const low = await world.bound('pod0');
  const medium = await world.bound('pod1');
  await world.addPod('preemptor', '3', { priorityClassName: 'high' });
  const preemptor = await world.bound('preemptor');
  expect(preemptor.spec.nodeName).toBe(low.spec.nodeName);
  expect((await call(world.cluster, 'GET', `${PODS}/pod0`)).status).toBe(404);
  const kept = await get<Pod>(world.cluster, `${PODS}/pod1`);
  expect(kept.metadata.uid).toBe(medium.metadata.uid);
  const events = await listWhen<KubernetesObject & { reason?: string; message?: string }>(
    world.cluster,
    '/api/v1/namespaces/default/events',
    (items) => items.some(({ reason }) => reason === 'Preempted'),
  );
  expect(events.find(({ reason }) => reason === 'Preempted')?.message).toBe(
    `Preempted by pod ${preemptor.metadata.uid} on node ${low.spec.nodeName}`,
  );
});

it('[sig-scheduling] SchedulerPreemption validates lower priority pod preemption by critical pod [Conformance] [Serial]', async () => {
  const world = await SchedulingWorld.with('n1');
  await world.addClass('low', 1);
  await world.addPod('victim', '3', { priorityClassName: 'low' });
  await world.bound('victim');
  await createAt(world.cluster, '/api/v1/namespaces/kube-system/pods', {
    metadata: { name: 'critical' },
    spec: podSpec('3', { priorityClassName: 'system-cluster-critical' }),
  });
  await objectWhen<Pod>(
    world.cluster,
    '/api/v1/namespaces/kube-system/pods/critical',
    ({ spec }) => spec.nodeName === 'n1',
  );
  expect((await call(world.cluster, 'GET', `${PODS}/victim`)).status).toBe(404);
});

it('[sig-scheduling] SchedulerPreemption validates pod disruption condition is added to the preempted pod [Conformance] [Serial]', async () => {
  const world = await SchedulingWorld.with('n1');
  await world.addClass('low', 1);
  await world.addClass('high', 1000);
  const finalizers = ['example.com/test-finalizer'];
  await world.addPod('victim', '3', { priorityClassName: 'low' }, { finalizers });
  await world.bound('victim');
  await world.addPod('preemptor', '3', { priorityClassName: 'high' });
  const victim = await objectWhen<Pod>(
    world.cluster,
    `${PODS}/victim`,
    ({ metadata }) => metadata.deletionTimestamp !== undefined,
  );
  expect(victim.status?.conditions).toContainEqual(
    expect.objectContaining({
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'PreemptionByScheduler',
      message: 'default-scheduler: preempting to accommodate a higher priority pod',
    }),
  );
  const waiting = await get<Pod>(world.cluster, `${PODS}/preemptor`);
  expect(waiting.status?.nominatedNodeName).toBe('n1');
  await merge(world.cluster, `${PODS}/victim`, { metadata: { finalizers: null } });
  await world.bound('preemptor');
});

it('[sig-scheduling] SchedulerPreemption PreemptionExecutionPath runs ReplicaSets to verify preemption running path [Conformance] [Serial]', async () => {
  const world = await SchedulingWorld.with('n1');
  for (const level of [1, 2, 3, 4]) await world.addClass(`p${level}`, level);
  const fakecpu = (amount: number) => ({ 'example.com/fakecpu': String(amount) });
  const addSet = (level: number, replicas: number, amount: number) =>
    createAt(world.cluster, REPLICA_SETS, {
      metadata: { name: `rs-pod${level}` },
      spec: {
        replicas,
        selector: { matchLabels: { name: `pod${level}` } },
        template: {
          metadata: { labels: { name: `pod${level}` } },
          spec: {
            terminationGracePeriodSeconds: 0,
            priorityClassName: `p${level}`,
            containers: [
              {
                name: 'c',
                image: 'i',
                resources: { requests: fakecpu(amount), limits: fakecpu(amount) },
              },
            ],
          },
        },
      },
    });
  const boundOf = (level: number, count: number) =>
    listWhen<Pod>(
      world.cluster,
      `${PODS}?labelSelector=name%3Dpod${level}`,
      (items) => items.filter(({ spec }) => spec.nodeName).length === count,
    );
  // Five there are: p1 has all; p2 and p3 take of it; p4 needs what only p1 and p2 can give.
  await addSet(1, 5, 1);
  await boundOf(1, 5);
  await addSet(2, 1, 2);
  await boundOf(2, 1);
  await addSet(3, 1, 2);
  await boundOf(3, 1);
  await boundOf(1, 1);
  await addSet(4, 1, 3);
  await boundOf(4, 1);
  await boundOf(3, 1);
  await boundOf(2, 0);
  await boundOf(1, 0);
  const set = await objectWhen<ReplicaSet>(
    world.cluster,
    `${REPLICA_SETS}/rs-pod1`,
    ({ status }) => status?.replicas === 5,
  );
  expect(set.spec.replicas).toBe(5);
});
