import type { Node, Pod, PodSpec } from '../../worker/reconcile/kinds.ts';
import { Ledger } from '../../worker/reconcile/scheduler/ledger.ts';
import { placeBatch } from '../../worker/reconcile/scheduler/place-batch.ts';
import { podRequest } from '../../worker/reconcile/scheduler/pod-request.ts';
import { latencies, round } from '../client.ts';

const BATCH = 500;
const ZONES = 3;
/** Of the workloads whose pods all differ from those of others. */
const APPS = 100;
const ZONE = 'topology.kubernetes.io/zone';
const HOSTNAME = 'kubernetes.io/hostname';

interface Shape {
  readonly name: string;
  readonly nodes: number;
  /** Placed before the clock starts, plain, or so large that four fill a node. */
  readonly existing: number;
  readonly large?: boolean;
  readonly pods: number;
  readonly pod: (index: number) => Pod;
  /** Changes the cluster between two batches; what that costs counts. */
  readonly churn?: (ledger: Ledger, turn: number) => void;
}

/**
 * What placing pods costs, in this process, without stores and nodes; shapes after upstream's
 * scheduler_perf. Pods are like one another unless the name of a shape says otherwise.
 */
export function scheduler(): Promise<Record<string, unknown>[]> {
  return Promise.resolve(shapes().map((shape) => measure(shape)));
}

function shapes(): Shape[] {
  const basics = [100, 1_000, 5_000].flatMap((nodes) => {
    const sized = { nodes, existing: 0, pods: Math.min(10_000, nodes * 100) };
    return [
      { ...sized, name: 'basic', pod: (i: number) => pod(i, {}) },
      { ...sized, name: 'default spreading', pod: (i: number) => pod(i, {}) },
      { ...sized, name: 'topology spreading', pod: (i: number) => pod(i, spread('DoNotSchedule')) },
      {
        ...sized,
        name: 'preferred spreading',
        pod: (i: number) => pod(i, spread('ScheduleAnyway')),
      },
      { ...sized, name: 'affinity', pod: (i: number) => pod(i, affinity('podAffinity', ZONE)) },
      {
        ...sized,
        name: 'preferred affinity',
        pod: (i: number) => pod(i, preferred('podAffinity')),
      },
      {
        ...sized,
        name: 'preferred anti-affinity',
        pod: (i: number) => pod(i, preferred('podAntiAffinity')),
      },
      { ...sized, name: '100 apps', pod: (i: number) => pod(i, {}, `app-${i % APPS}`) },
      { ...sized, name: 'labels of their own', pod: (i: number) => pod(i, {}, `app-${i}`) },
    ];
  });
  // No two of these fit on a node.
  const apart = [1_000, 5_000].map((nodes) => ({
    nodes,
    existing: nodes,
    pods: nodes,
    name: 'anti-affinity',
    pod: (i: number) => pod(i, affinity('podAntiAffinity', HOSTNAME)),
  }));
  const full = {
    nodes: 5_000,
    existing: 0,
    pods: 10_000,
    name: 'nowhere to go',
    pod: (i: number) => pod(i, { nodeSelector: { [ZONE]: 'none' } }),
  };
  // Full of pods of low priority, four to a node; two of each four have to go.
  const preemption = [500, 5_000].map((nodes) => ({
    nodes,
    existing: nodes * 4,
    large: true,
    pods: 500,
    name: 'preemption',
    pod: (i: number) => pod(i, { priority: 10, containers: [large] }),
  }));
  const mixed = {
    nodes: 5_000,
    existing: 5_000,
    pods: 10_000,
    name: 'mixed churn',
    pod: (i: number) => pod(i, {}),
    churn: mixedChurn,
  };
  return [...basics, ...apart, full, ...preemption, mixed];
}

function measure({
  name,
  nodes,
  existing,
  large: isLarge = false,
  pods,
  pod: make,
  churn,
}: Shape): Record<string, unknown> {
  const ledger = new Ledger();
  for (let i = 0; i < nodes; i++) ledger.setNode(node(i));
  const siblings = name === 'default spreading' ? { matchLabels: { app: 'app' } } : undefined;
  const filler = isLarge ? { containers: [large] } : {};
  const before = Array.from({ length: existing }, (_, i) =>
    podRequest(pod(-1 - i, filler, 'other')),
  );
  placeBatch(ledger, before, 0);
  const requests = Array.from({ length: pods }, (_, i) => podRequest(make(i), siblings));
  const times: number[] = [];
  let placed = 0;
  let preempting = 0;
  for (let at = 0; at < pods; at += BATCH) {
    // As they come from a store: copies, none of them known.
    const batch = structuredClone(requests.slice(at, at + BATCH));
    const startedAt = performance.now();
    churn?.(ledger, at / BATCH);
    const { bindings, unschedulable } = placeBatch(ledger, batch, at);
    times.push(performance.now() - startedAt);
    placed += bindings.length;
    preempting += unschedulable.filter((each) => each.nominatedNodeName !== undefined).length;
  }
  const totalMs = times.reduce((sum, time) => sum + time, 0);
  return {
    shape: name,
    nodes,
    pods,
    placed,
    preempting,
    podsPerSecond: Math.round((pods * 1_000) / totalMs),
    meanMs: round(totalMs / times.length),
    ...latencies(times),
  };
}

/**
 * A node comes, another goes, one changes, a pod of high priority finds no room, and a pod that was
 * there before goes.
 */
function mixedChurn(ledger: Ledger, turn: number): void {
  const arrival = node(1_000_000 + turn);
  ledger.setNode(arrival);
  ledger.removeNode(node(1_000_000 + turn - 1).metadata.name);
  const changed = node(turn);
  ledger.setNode({ ...changed, spec: { unschedulable: turn % 2 === 0 } });
  const hopeless = pod(-1_000_000 - turn, { priority: 10, nodeSelector: { [ZONE]: 'none' } });
  placeBatch(ledger, [podRequest(hopeless)], turn);
  ledger.release(`p${-1 - turn}`);
}

function node(index: number): Node {
  const name = `node-${index}`;
  return {
    metadata: {
      name,
      uid: name,
      labels: { [HOSTNAME]: name, [ZONE]: `zone-${index % ZONES}` },
    },
    spec: {},
    status: { allocatable: { cpu: '32', memory: '128Gi', pods: '110' } },
  };
}

function pod(index: number, spec: Partial<PodSpec>, app = 'app'): Pod {
  const resources = { requests: { cpu: '100m', memory: '500Mi' } };
  return {
    metadata: { name: `p${index}`, uid: `p${index}`, namespace: 'default', labels: { app } },
    spec: { containers: [{ name: 'c', image: 'pause:3', resources }], ...spec },
  };
}

const large = { name: 'c', resources: { requests: { cpu: '8', memory: '1Gi' } } };

const labelSelector = { matchLabels: { app: 'app' } };

function spread(whenUnsatisfiable: string): Partial<PodSpec> {
  return {
    topologySpreadConstraints: [
      { maxSkew: 5, topologyKey: ZONE, whenUnsatisfiable, labelSelector },
      { maxSkew: 5, topologyKey: HOSTNAME, whenUnsatisfiable, labelSelector },
    ],
  };
}

function affinity(kind: 'podAffinity' | 'podAntiAffinity', topologyKey: string): Partial<PodSpec> {
  const requiredDuringSchedulingIgnoredDuringExecution = [{ topologyKey, labelSelector }];
  return { affinity: { [kind]: { requiredDuringSchedulingIgnoredDuringExecution } } };
}

function preferred(kind: 'podAffinity' | 'podAntiAffinity'): Partial<PodSpec> {
  const podAffinityTerm = { topologyKey: HOSTNAME, labelSelector };
  const preferredDuringSchedulingIgnoredDuringExecution = [{ weight: 1, podAffinityTerm }];
  return { affinity: { [kind]: { preferredDuringSchedulingIgnoredDuringExecution } } };
}
