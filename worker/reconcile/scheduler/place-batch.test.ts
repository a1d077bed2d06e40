import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Node, Pod, PodSpec } from '../kinds.ts';
import { Ledger } from './ledger.ts';
import { placeBatch } from './place-batch.ts';
import { needsScheduling, podFootprint, podRequest } from './pod-request.ts';

interface NodeSample {
  name: string;
  cpu?: string;
  memory?: string;
  pods?: string;
  labels?: Record<string, string>;
  taints?: { key: string; effect: string; value?: string }[];
  unschedulable?: boolean;
}

function node({ name, cpu = '4', memory = '8Gi', pods = '110', ...rest }: NodeSample): Node {
  const { labels = {}, taints = [], unschedulable = false } = rest;
  return {
    metadata: { name, uid: name, labels },
    spec: { taints, unschedulable },
    status: { allocatable: { cpu, memory, pods, 'example.com/gpu': '1' } },
  };
}

function pod(uid: string, requests: Record<string, string> = {}, spec: Partial<PodSpec> = {}): Pod {
  return {
    metadata: { name: uid, uid },
    spec: { containers: [{ name: 'c', resources: { requests } }], ...spec },
  };
}

function place(nodes: NodeSample[], pods: Pod[], seed = 0) {
  const ledger = new Ledger();
  for (const sample of nodes) ledger.setNode(node(sample));
  const placement = placeBatch(
    ledger,
    pods.map((each) => podRequest(each)),
    seed,
  );
  return {
    ledger,
    messages: placement.unschedulable.map(({ message }) => message),
    nodeOf: Object.fromEntries(placement.bindings.map((b) => [b.podUID, b.nodeName])),
  };
}

const three: NodeSample[] = [{ name: 'a' }, { name: 'b' }, { name: 'c' }];
const numbered = (count: number, requests: Record<string, string>): Pod[] =>
  Array.from({ length: count }, (_, i) => pod(`p${i}`, requests));

describe('where pods go', () => {
  it('spreads pods that are alike evenly', () => {
    const { nodeOf } = place(three, numbered(9, { cpu: '100m' }));
    const counts = Object.groupBy(Object.values(nodeOf), (name) => name);
    expect(Object.values(counts).map((list) => list!.length)).toEqual([3, 3, 3]);
  });

  it('prefers the node with most left', () => {
    const { nodeOf } = place(
      [
        { name: 'small', cpu: '1' },
        { name: 'large', cpu: '16' },
      ],
      [pod('p', { cpu: '500m' })],
    );
    expect(nodeOf).toEqual({ p: 'large' });
  });

  it('begins with another of equally good nodes for another seed, and is the same for the same', () => {
    const chosen = [0, 1, 2, 3].map((seed) => place(three, [pod('p')], seed).nodeOf['p']);
    expect(chosen).toEqual(['a', 'b', 'c', 'a']);
  });

  it('serves the pod of higher priority first when room is short', () => {
    const { nodeOf, messages } = place(
      [{ name: 'a', cpu: '1' }],
      [pod('low', { cpu: '1' }), pod('high', { cpu: '1' }, { priority: 10 })],
    );
    expect(nodeOf).toEqual({ high: 'a' });
    expect(messages).toHaveLength(1);
  });

  it.each<[string, NodeSample, Partial<PodSpec>, boolean]>([
    ['a cordoned node', { name: 'n', unschedulable: true }, {}, false],
    [
      'a cordoned node with a toleration',
      { name: 'n', unschedulable: true },
      { tolerations: [{ key: 'node.kubernetes.io/unschedulable', operator: 'Exists' }] },
      true,
    ],
    ['a taint', { name: 'n', taints: [{ key: 'k', effect: 'NoSchedule' }] }, {}, false],
    ['a NoExecute taint', { name: 'n', taints: [{ key: 'k', effect: 'NoExecute' }] }, {}, false],
    ['a soft taint', { name: 'n', taints: [{ key: 'k', effect: 'PreferNoSchedule' }] }, {}, true],
    [
      'a tolerated taint',
      { name: 'n', taints: [{ key: 'k', value: 'v', effect: 'NoSchedule' }] },
      { tolerations: [{ key: 'k', value: 'v', effect: 'NoSchedule' }] },
      true,
    ],
    [
      'a taint of another value',
      { name: 'n', taints: [{ key: 'k', value: 'w', effect: 'NoSchedule' }] },
      { tolerations: [{ key: 'k', operator: 'Equal', value: 'v' }] },
      false,
    ],
    [
      'any taint, with a toleration of all',
      { name: 'n', taints: [{ key: 'k', effect: 'NoExecute' }] },
      { tolerations: [{ operator: 'Exists' }] },
      true,
    ],
    [
      'a matching nodeSelector',
      { name: 'n', labels: { d: 'ssd' } },
      { nodeSelector: { d: 'ssd' } },
      true,
    ],
    [
      'another nodeSelector',
      { name: 'n', labels: { d: 'hdd' } },
      { nodeSelector: { d: 'ssd' } },
      false,
    ],
    [
      'required affinity by Gt',
      { name: 'n', labels: { gen: '7' } },
      requiring({ key: 'gen', operator: 'Gt', values: ['5'] }),
      true,
    ],
    [
      'required affinity by NotIn',
      { name: 'n', labels: { zone: 'x' } },
      requiring({ key: 'zone', operator: 'NotIn', values: ['x'] }),
      false,
    ],
  ])('decides about %s', (_what, sample, spec, wantPlaced) => {
    expect('p' in place([sample], [pod('p', {}, spec)]).nodeOf).toBe(wantPlaced);
  });

  it('finds the node that a DaemonSet names by field', () => {
    const spec = {
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [
              { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['b'] }] },
            ],
          },
        },
      },
    };
    expect(place(three, [pod('p', {}, spec)]).nodeOf).toEqual({ p: 'b' });
  });

  it('follows preferred affinity and avoids soft taints', () => {
    const preferring = {
      affinity: {
        nodeAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            {
              weight: 10,
              preference: { matchExpressions: [{ key: 'd', operator: 'In', values: ['ssd'] }] },
            },
          ],
        },
      },
    };
    const nodes = [{ name: 'a' }, { name: 'b', labels: { d: 'ssd' } }];
    expect(place(nodes, [pod('p', {}, preferring)]).nodeOf).toEqual({ p: 'b' });
    const soft = [{ name: 'a', taints: [{ key: 'k', effect: 'PreferNoSchedule' }] }, { name: 'b' }];
    expect(place(soft, [pod('p')]).nodeOf).toEqual({ p: 'b' });
  });

  it('gives a host port of a node once, whatever the addresses', () => {
    const ports = (hostIP?: string): Partial<PodSpec> => ({
      containers: [
        {
          name: 'c',
          ports: [{ containerPort: 80, hostPort: 80, ...(hostIP === undefined ? {} : { hostIP }) }],
        },
      ],
    });
    const { nodeOf, messages } = place(
      [{ name: 'a' }],
      [pod('p', {}, ports('10.0.0.1')), pod('q', {}, ports('10.0.0.2')), pod('r', {}, ports())],
    );
    expect(Object.keys(nodeOf)).toEqual(['p', 'q']);
    expect(messages).toEqual([
      "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports. " +
        'preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.',
    ]);
  });
});

function requiring(requirement: {
  key: string;
  operator: string;
  values: string[];
}): Partial<PodSpec> {
  const nodeSelectorTerms = [{ matchExpressions: [requirement] }];
  return {
    affinity: {
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } },
    },
  };
}

describe('what is said of a pod that cannot be placed', () => {
  it('counts the reasons of all nodes', () => {
    const { messages } = place(
      [
        { name: 'full', cpu: '1' },
        { name: 'tainted', taints: [{ key: 'k', effect: 'NoSchedule' }] },
        { name: 'cordoned', unschedulable: true },
      ],
      [pod('first', { cpu: '600m' }), pod('second', { cpu: '600m' })],
    );
    expect(messages).toEqual([
      '0/3 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s), ' +
        '1 node(s) were unschedulable. preemption: 0/3 nodes are available: ' +
        '1 No preemption victims found for incoming pod, 2 Preemption is not helpful for scheduling.',
    ]);
  });

  it('names each resource that is short, and sees that no eviction would help', () => {
    const { messages } = place(
      [{ name: 'n', pods: '0' }],
      [pod('p', { cpu: '5', memory: '9Gi', 'example.com/gpu': '2' })],
    );
    expect(messages).toEqual([
      '0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient example.com/gpu, ' +
        '1 Insufficient memory, 1 Too many pods. preemption: 0/1 nodes are available: ' +
        '1 Preemption is not helpful for scheduling.',
    ]);
  });

  it('says so when there are no nodes', () => {
    expect(place([], [pod('p')]).messages).toEqual(['no nodes available to schedule pods']);
  });
});

describe('what a pod needs', () => {
  it.each<[string, Partial<PodSpec>, Record<string, number>]>([
    ['the sum of its containers', { containers: [sized('1'), sized('500m')] }, { cpu: 1500 }],
    [
      'the largest init container when that is more',
      { containers: [sized('1')], initContainers: [sized('2'), sized('3')] },
      { cpu: 3000 },
    ],
    [
      'sidecars beside containers, and beside the init containers after them',
      {
        containers: [sized('1')],
        initContainers: [{ ...sized('1'), restartPolicy: 'Always' }, sized('3')],
      },
      { cpu: 4000 },
    ],
    ['overhead on top', { containers: [sized('1')], overhead: { cpu: '250m' } }, { cpu: 1250 }],
  ])('is %s', (_what, spec, want) => {
    expect(podFootprint(pod('p', {}, spec)).demand.requests).toEqual({ ...want, pods: 1 });
  });

  it('counts a container that asks for nothing in scores alone', () => {
    const { demand } = podFootprint(pod('p'));
    expect(demand).toEqual({
      requests: { pods: 1 },
      scoringCPU: 100,
      scoringMemory: 200 * 1024 * 1024,
    });
  });
});

function sized(cpu: string) {
  return { name: 'c', resources: { requests: { cpu } } };
}

describe('which pods are this scheduler’s', () => {
  it.each<[string, Partial<PodSpec>, boolean]>([
    ['a new pod', {}, true],
    ['a bound pod', { nodeName: 'n' }, false],
    ['a gated pod', { schedulingGates: [{ name: 'g' }] }, false],
    ['a pod of another scheduler', { schedulerName: 'other' }, false],
  ])('knows about %s', (_what, spec, want) => {
    expect(needsScheduling(pod('p', {}, spec))).toBe(want);
  });
});

describe('the ledger', () => {
  it('keeps what pods hold while their node is away, and forgets it with them', () => {
    const { ledger } = place([{ name: 'a', cpu: '1' }], [pod('p', { cpu: '1' })]);
    ledger.removeNode('a');
    expect(ledger.nodes()).toEqual([]);
    ledger.setNode(node({ name: 'a', cpu: '1' }));
    const next = [podRequest(pod('q', { cpu: '1' }))];
    expect(placeBatch(ledger, next, 0).bindings).toEqual([]);
    expect(ledger.release('p')).toBe(true);
    expect(ledger.release('p')).toBe(false);
    expect(placeBatch(ledger, next, 0).bindings).toEqual([{ podUID: 'q', nodeName: 'a' }]);
  });

  it('answers a repeated question with the place that it has reserved', () => {
    const { ledger } = place([{ name: 'a', cpu: '1' }], [pod('p', { cpu: '1' })]);
    const again = [podRequest(pod('p', { cpu: '1' }))];
    expect(placeBatch(ledger, again, 7).bindings).toEqual([{ podUID: 'p', nodeName: 'a' }]);
    ledger.removeNode('a');
    ledger.setNode(node({ name: 'b' }));
    expect(placeBatch(ledger, again, 7).bindings).toEqual([{ podUID: 'p', nodeName: 'b' }]);
  });

  it('moves a pod that turns out to be elsewhere', () => {
    const { ledger } = place([{ name: 'a' }], [pod('p')]);
    ledger.reserve('p', 'b', podFootprint(pod('p')));
    expect(ledger.nodeOf('p')).toBe('b');
    expect(ledger.nodes()[0]!.pods.size).toBe(0);
  });

  it('never gives away more than is allocatable, whatever comes and goes', () => {
    // Small numbers, so that nodes often fill up to the very last unit.
    const cpu = fc.integer({ min: 1, max: 20 }).map((milli) => `${milli}m`);
    const memory = fc.integer({ min: 1, max: 20 }).map(String);
    const step = fc.oneof(
      fc.record({
        place: fc.array(fc.record({ cpu, memory }), { maxLength: 12 }),
        seed: fc.nat(9),
      }),
      fc.record({ release: fc.nat(60) }),
      fc.record({ node: fc.nat(3), cpu, memory }),
      fc.record({ drop: fc.nat(3) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const ledger = new Ledger();
        let uid = 0;
        for (const happening of steps) {
          if ('node' in happening) {
            ledger.setNode(node({ ...happening, name: `n${happening.node}`, pods: '5' }));
          }
          if ('drop' in happening) ledger.removeNode(`n${happening.drop}`);
          if ('release' in happening) ledger.release(`p${happening.release}`);
          if (!('place' in happening)) continue;
          const before = new Map(ledger.nodes().map((n) => [n.name, [...n.requested]]));
          const pods = happening.place.map((requests) => podRequest(pod(`p${uid++}`, requests)));
          const { bindings, unschedulable } = placeBatch(ledger, pods, happening.seed);
          expect(bindings.length + unschedulable.length).toBe(pods.length);
          for (const { name, requested, allocatable } of ledger.nodes()) {
            requested.forEach((amount, column) => {
              // A node may have shrunk below what it holds already; then it gets nothing more.
              const most = Math.max(before.get(name)?.[column] ?? 0, allocatable[column] ?? 0);
              expect(amount).toBeLessThanOrEqual(most);
            });
          }
        }
        for (const podUID of ledger.podUIDs()) ledger.release(podUID);
        for (const { requested } of ledger.nodes()) {
          expect(requested.every((amount) => amount === 0)).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });
});
