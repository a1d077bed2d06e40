import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Node, Pod, PodSpec } from '../kinds.ts';
import type { Budget } from './budgets.ts';
import { Ledger } from './ledger.ts';
import { placeBatch } from './place-batch.ts';
import { podFootprint, podRequest } from './pod-request.ts';

const node = (name: string, cpu = '4'): Node => ({
  metadata: { name, uid: name, labels: { 'kubernetes.io/hostname': name } },
  spec: {},
  status: { allocatable: { cpu, memory: '8Gi', pods: '110' } },
});

interface Sample {
  cpu?: string;
  priority?: number;
  createdAt?: string;
  spec?: Partial<PodSpec>;
  app?: string;
}

function pod(
  uid: string,
  { cpu = '1', priority = 0, createdAt, spec, app = 'x' }: Sample = {},
): Pod {
  return {
    metadata: {
      name: uid,
      uid,
      namespace: 'default',
      labels: { app },
      ...(createdAt !== undefined && { creationTimestamp: createdAt }),
    },
    spec: { priority, containers: [{ name: 'c', resources: { requests: { cpu } } }], ...spec },
  };
}

function ledgerOf(nodes: Node[], on: Record<string, Pod[]>): Ledger {
  const ledger = new Ledger();
  for (const each of nodes) ledger.setNode(each);
  for (const [name, pods] of Object.entries(on)) {
    for (const each of pods) ledger.reserve(each.metadata.uid, name, podFootprint(each));
  }
  return ledger;
}

const ask = (ledger: Ledger, ...pods: Pod[]) =>
  placeBatch(
    ledger,
    pods.map((each) => podRequest(each)),
    0,
  );
const uids = (victims: readonly { podUID: string }[]) => victims.map(({ podUID }) => podUID);

describe('making room for a pod of higher priority', () => {
  it.each<[string, Record<string, Pod[]>, Sample, string[]]>([
    [
      'takes the pod that is in the way',
      { a: [pod('low', { cpu: '4' })] },
      { priority: 1 },
      ['low'],
    ],
    [
      'leaves pods of the same priority',
      { a: [pod('p', { cpu: '4', priority: 1 })] },
      { priority: 1 },
      [],
    ],
    [
      'takes no more than it needs, and the least important first',
      { a: [pod('p1', { cpu: '2', priority: 1 }), pod('p2', { cpu: '2', priority: 2 })] },
      { priority: 3 },
      ['p1'],
    ],
    [
      'of pods alike the younger',
      {
        a: [
          pod('old', { cpu: '2', createdAt: '2026-01-01T00:00:00Z' }),
          pod('young', { cpu: '2', createdAt: '2026-01-02T00:00:00Z' }),
        ],
      },
      { priority: 3 },
      ['young'],
    ],
    [
      'on the node where the most important victim is the least',
      { a: [pod('p2', { cpu: '4', priority: 2 })], b: [pod('p1', { cpu: '4', priority: 1 })] },
      { priority: 3 },
      ['p1'],
    ],
    [
      'on the node with fewer of them',
      {
        a: [pod('p1', { cpu: '2' }), pod('p2', { cpu: '2' })],
        b: [pod('p3', { cpu: '4' })],
      },
      { cpu: '4', priority: 3 },
      ['p3'],
    ],
    [
      'takes the pod that does not want it near',
      { a: [pod('shy', { cpu: '1', spec: notNear('y') }), pod('other', { cpu: '1' })] },
      { cpu: '1', priority: 1, app: 'y' },
      ['shy'],
    ],
    [
      'takes the pod that it does not want near',
      { a: [pod('loud', { cpu: '1', app: 'loud' }), pod('other', { cpu: '1' })] },
      { cpu: '1', priority: 1, spec: notNear('loud') },
      ['loud'],
    ],
    [
      'takes nobody for what is too large for the node',
      { a: [pod('p')] },
      { cpu: '9', priority: 1 },
      [],
    ],
  ])('%s', (_what, on, sample, want) => {
    const ledger = ledgerOf(
      Object.keys(on).map((name) => node(name)),
      on,
    );
    const { victims, bindings } = ask(ledger, pod('new', sample));
    expect(bindings).toEqual([]);
    expect(uids(victims)).toEqual(want);
    // Until they are gone, they are there.
    for (const each of Object.values(on).flat()) {
      expect(ledger.nodeOf(each.metadata.uid)).toBeDefined();
    }
  });

  it('says who has to go, from where and for whom, and where the pod is to go', () => {
    const ledger = ledgerOf([node('a')], { a: [pod('low', { cpu: '4' })] });
    const { victims, unschedulable } = ask(ledger, pod('new', { priority: 1 }));
    expect(victims).toEqual([
      { podUID: 'low', namespace: 'default', name: 'low', nodeName: 'a', preemptor: 'new' },
    ]);
    const message = '0/1 nodes are available: 1 Insufficient cpu.';
    expect(unschedulable).toEqual([{ podUID: 'new', message, nominatedNodeName: 'a' }]);
  });

  it('waits while victims go, and gets the room when they are gone', () => {
    const ledger = ledgerOf([node('a')], { a: [pod('low', { cpu: '4' })] });
    const high = pod('new', { cpu: '4', priority: 1 });
    ask(ledger, high);
    const { unschedulable, victims } = ask(ledger, high);
    expect(victims).toEqual([]);
    expect(unschedulable).toEqual([
      {
        podUID: 'new',
        message:
          '0/1 nodes are available: 1 Insufficient cpu. ' +
          'preemption: not eligible due to a terminating pod on the nominated node.',
        nominatedNodeName: 'a',
      },
    ]);
    ledger.release('low');
    // Who comes in between does not get it, neither before the pod asks nor with it.
    const late = [pod('late', { cpu: '1' }), pod('same', { cpu: '1', priority: 1 })];
    expect(ask(ledger, ...late).bindings).toEqual([]);
    expect(ask(ledger, ...late, high).bindings).toEqual([{ podUID: 'new', nodeName: 'a' }]);
  });

  it('gives what is held for a pod to one of still higher priority', () => {
    const ledger = ledgerOf([node('a')], { a: [pod('low', { cpu: '4' })] });
    ask(ledger, pod('new', { cpu: '4', priority: 1 }));
    const higher = pod('higher', { cpu: '4', priority: 2 });
    const { unnominated, unschedulable, victims } = ask(ledger, higher);
    expect(unnominated).toEqual(['new']);
    expect(victims).toEqual([]);
    expect(unschedulable).toMatchObject([{ podUID: 'higher', nominatedNodeName: 'a' }]);
    ledger.release('low');
    expect(ask(ledger, higher).bindings).toEqual([{ podUID: 'higher', nodeName: 'a' }]);
  });

  it('binds at once when others only waited for the room', () => {
    const ledger = ledgerOf([node('a')], { a: [pod('low', { cpu: '4' })] });
    ask(ledger, pod('new', { cpu: '4', priority: 1 }));
    ledger.release('low');
    const { bindings, unnominated } = ask(ledger, pod('higher', { cpu: '4', priority: 2 }));
    expect(bindings).toEqual([{ podUID: 'higher', nodeName: 'a' }]);
    expect(unnominated).toEqual(['new']);
  });

  it('does not happen for a pod that must not', () => {
    const ledger = ledgerOf([node('a')], { a: [pod('low', { cpu: '4' })] });
    const polite = pod('new', { priority: 1, spec: { preemptionPolicy: 'Never' } });
    expect(ask(ledger, polite)).toMatchObject({
      victims: [],
      unschedulable: [
        {
          message:
            '0/1 nodes are available: 1 Insufficient cpu. ' +
            'preemption: not eligible due to preemptionPolicy=Never.',
        },
      ],
    });
  });

  it.each<[string, Budget[], string]>([
    ['the least important pod', [], 'p1'],
    ['rather one that no budget protects', [{ labels: of('a'), allowed: 0, disrupted: [] }], 'p2'],
    ['one that its budget lets go', [{ labels: of('a'), allowed: 1, disrupted: [] }], 'p1'],
    [
      'one that its budget counts already',
      [{ labels: of('a'), allowed: 0, disrupted: ['p1'] }],
      'p1',
    ],
    ['one whose budget selects nothing', [{ labels: {}, allowed: 0, disrupted: [] }], 'p1'],
    [
      'the least important of what budgets protect',
      [
        { labels: of('a'), allowed: 0, disrupted: [] },
        { labels: of('b'), allowed: 0, disrupted: [] },
      ],
      'p1',
    ],
  ])('takes %s', (_what, budgets, want) => {
    const p1 = pod('p1', { cpu: '4', priority: 1, app: 'a' });
    const p2 = pod('p2', { cpu: '4', priority: 2, app: 'b' });
    // On two nodes, and on one with room for both.
    for (const on of [{ a: [p1], b: [p2] }, { c: [p1, p2] }]) {
      const nodes = Object.entries(on).map(([name, pods]) => node(name, String(4 * pods.length)));
      const ledger = ledgerOf(nodes, on);
      ledger.setBudgets('default', budgets);
      expect(uids(ask(ledger, pod('new', { cpu: '4', priority: 3 })).victims)).toEqual([want]);
    }
  });

  it('does not take the same pod twice', () => {
    const ledger = ledgerOf([node('a')], { a: [pod('low', { cpu: '4' })] });
    const first = ask(
      ledger,
      pod('n1', { cpu: '4', priority: 1 }),
      pod('n2', { cpu: '4', priority: 1 }),
    );
    expect(uids(first.victims)).toEqual(['low']);
    expect(first.unschedulable.map((each) => each.nominatedNodeName)).toEqual(['a', undefined]);
  });

  it('never binds more than there is, and gets every important pod in', () => {
    const size = fc.integer({ min: 1, max: 4 });
    const wave = fc.array(fc.record({ size, priority: fc.integer({ min: 0, max: 3 }) }), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(fc.array(wave, { maxLength: 6 }), fc.nat(9), (waves, seed) => {
        const ledger = ledgerOf([node('a', '4'), node('b', '6')], {});
        const bound = new Map<string, { node: string; size: number; priority: number }>();
        let waiting: Pod[] = [];
        let uid = 0;
        // The last rounds bring nobody new: all that is being made room for comes to its end.
        for (const each of [...waves, [], [], [], [], [], []]) {
          waiting.push(
            ...each.map((s) => pod(`p${uid++}`, { cpu: String(s.size), priority: s.priority })),
          );
          const requests = waiting.map((p) => podRequest(p));
          const { bindings, victims } = placeBatch(ledger, requests, seed);
          for (const { podUID, nodeName } of bindings) {
            const p = waiting.find(({ metadata }) => metadata.uid === podUID)!;
            const cpu = Number(p.spec.containers[0]!.resources!.requests!['cpu']);
            bound.set(podUID, { node: nodeName, size: cpu, priority: p.spec.priority ?? 0 });
          }
          waiting = waiting.filter(({ metadata }) => !bound.has(metadata.uid));
          for (const [name, most] of Object.entries({ a: 4, b: 6 })) {
            const there = [...bound.values()].filter((b) => b.node === name);
            expect(there.reduce((sum, b) => sum + b.size, 0)).toBeLessThanOrEqual(most);
          }
          for (const { podUID, preemptor } of victims) {
            const preempting = waiting.find(({ metadata }) => metadata.uid === preemptor)!;
            expect(bound.get(podUID)!.priority).toBeLessThan(preempting.spec.priority ?? 0);
            bound.delete(podUID);
            ledger.release(podUID);
          }
        }
        // Whoever still waits would not fit if all below it were gone.
        for (const { spec } of waiting) {
          const cpu = Number(spec.containers[0]!.resources!.requests!['cpu']);
          for (const [name, most] of Object.entries({ a: 4, b: 6 })) {
            const stay = [...bound.values()]
              .filter((b) => b.node === name && b.priority >= (spec.priority ?? 0))
              .reduce((sum, b) => sum + b.size, 0);
            expect(stay + cpu).toBeGreaterThan(most);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});

function of(app: string) {
  return { matchLabels: { app } };
}

function notNear(app: string): Partial<PodSpec> {
  return {
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app } } },
        ],
      },
    },
  };
}
