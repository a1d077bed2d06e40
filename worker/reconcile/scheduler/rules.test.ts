import * as fc from 'fast-check';
import type { PodAffinityTerm, TopologySpreadConstraint } from 'kubernetes-types/core/v1.js';
import type { LabelSelector } from 'kubernetes-types/meta/v1.js';
import { describe, expect, it } from 'vitest';
import type { Node, Pod, PodSpec } from '../kinds.ts';
import { Ledger } from './ledger.ts';
import { placeBatch } from './place-batch.ts';
import { podFootprint, podRequest } from './pod-request.ts';
import { NaiveScheduler } from './testing/naive-scheduler.ts';
import type { NaivePlaced } from './testing/naive-scheduler.ts';

const HOST = 'kubernetes.io/hostname';
const ZONE = 'topology.kubernetes.io/zone';

/** Nodes of a size that no pod of these tests fills, so that resources say the same of all of them. */
function node(name: string, zone: string | null, taint: string | null): Node {
  return {
    metadata: {
      name,
      uid: name,
      labels: { [HOST]: name, pool: name < 'n2' ? 'low' : 'high', ...(zone && { [ZONE]: zone }) },
    },
    spec: { taints: taint === null ? [] : [{ key: 'k', effect: taint }] },
    status: { allocatable: { cpu: '10000', memory: '100Ti', pods: '100000' } },
  };
}

const labels = fc.record({ app: fc.constantFrom('x', 'y'), tier: fc.constantFrom('1', '2') });
const labelSelector: fc.Arbitrary<LabelSelector> = fc.oneof(
  labels.map(({ app }) => ({ matchLabels: { app } })),
  labels.map((matchLabels) => ({ matchLabels })),
  fc.constant<LabelSelector>({
    matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['x'] }],
  }),
  fc.constant({}),
);
const topologyKey = fc.constantFrom(HOST, ZONE);
const scope = fc.constantFrom<Pick<PodAffinityTerm, 'namespaces' | 'namespaceSelector'>[]>(
  {},
  { namespaces: ['a'] },
  { namespaceSelector: {} },
  { namespaceSelector: { matchLabels: { team: 'red' } } },
  { namespaces: ['b'], namespaceSelector: { matchLabels: { team: 'blue' } } },
);
const term: fc.Arbitrary<PodAffinityTerm> = fc
  .tuple(fc.record({ topologyKey, labelSelector }), scope)
  .map(([rest, where]) => ({ ...rest, ...where }));
const weighted = fc.record({ weight: fc.integer({ min: 1, max: 100 }), podAffinityTerm: term });
const kind = fc.record({
  requiredDuringSchedulingIgnoredDuringExecution: fc.array(term, { maxLength: 2 }),
  preferredDuringSchedulingIgnoredDuringExecution: fc.array(weighted, { maxLength: 2 }),
});
const spread: fc.Arbitrary<TopologySpreadConstraint> = fc.record(
  {
    topologyKey,
    maxSkew: fc.integer({ min: 1, max: 2 }),
    whenUnsatisfiable: fc.constantFrom('DoNotSchedule', 'ScheduleAnyway'),
    labelSelector,
    minDomains: fc.integer({ min: 1, max: 4 }),
    nodeAffinityPolicy: fc.constantFrom('Honor', 'Ignore'),
    nodeTaintsPolicy: fc.constantFrom('Honor', 'Ignore'),
  },
  { requiredKeys: ['topologyKey', 'maxSkew', 'whenUnsatisfiable', 'labelSelector'] },
);
const sometimes = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });
const podSample = fc.record({
  namespace: fc.constantFrom('a', 'b', 'c'),
  labels,
  priority: fc.integer({ min: 0, max: 2 }),
  podAffinity: sometimes(kind),
  podAntiAffinity: sometimes(kind),
  topologySpreadConstraints: sometimes(fc.array(spread, { minLength: 1, maxLength: 2 })),
  nodeSelector: sometimes(fc.constant({ pool: 'low' })),
  tolerates: fc.boolean(),
  terminating: fc.boolean(),
  siblings: sometimes(labels.map(({ app }) => ({ matchLabels: { app } }))),
});
type PodSample = typeof podSample extends fc.Arbitrary<infer T> ? T : never;

function podOf(uid: string, sample: PodSample): Pod {
  const { namespace, priority, podAffinity, podAntiAffinity, ...rest } = sample;
  const spec: PodSpec = {
    priority,
    preemptionPolicy: 'Never',
    containers: [{ name: 'c' }],
    affinity: {
      ...(podAffinity && { podAffinity }),
      ...(podAntiAffinity && { podAntiAffinity }),
    },
    tolerations: rest.tolerates ? [{ key: 'k', operator: 'Exists', effect: 'NoSchedule' }] : [],
    ...(rest.nodeSelector && { nodeSelector: rest.nodeSelector }),
    ...(rest.topologySpreadConstraints && {
      topologySpreadConstraints: rest.topologySpreadConstraints,
    }),
  };
  return { metadata: { name: uid, uid, namespace, labels: sample.labels }, spec };
}

function pick(placed: ReadonlyMap<string, NaivePlaced>, at: number): NaivePlaced | undefined {
  return [...placed.values()][placed.size === 0 ? 0 : at % placed.size];
}

const zoneOf = fc.constantFrom('z1', 'z2', null);
const cluster = fc
  .array(fc.tuple(zoneOf, fc.constantFrom('NoSchedule', 'PreferNoSchedule', null, null)), {
    minLength: 1,
    maxLength: 5,
  })
  .map((list) => list.map(([zone, taint], i) => node(`n${i}`, zone, taint)));
const teams = fc.constantFrom('red', 'blue');
const step = fc.oneof(
  { weight: 3, arbitrary: fc.array(podSample, { minLength: 1, maxLength: 5 }) },
  // Alike: what was counted for the first is kept up for the others.
  {
    weight: 3,
    arbitrary: fc
      .record({ sample: podSample, count: fc.integer({ min: 4, max: 12 }) })
      .map(({ sample, count }) => Array.from({ length: count }, () => sample)),
  },
  { weight: 1, arbitrary: fc.record({ release: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ terminate: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ relabel: fc.constantFrom('a', 'b'), team: teams }) },
);

describe('placements by the rules between pods', () => {
  it('are those of a scheduler that asks every pod every time', () => {
    fc.assert(
      fc.property(cluster, fc.array(step, { maxLength: 8 }), (nodes, steps) => {
        const ledger = new Ledger();
        for (const each of nodes) ledger.setNode(each);
        const byName = new Map(nodes.map((each) => [each.metadata.name, each]));
        const namespaces: Record<string, Record<string, string>> = {};
        const placed = new Map<string, NaivePlaced>();
        let uid = 0;
        for (const happening of steps) {
          if ('release' in happening) {
            const gone = pick(placed, happening.release)?.pod.metadata.uid ?? '';
            expect(ledger.release(gone)).toBe(placed.delete(gone));
          } else if ('terminate' in happening) {
            const known = pick(placed, happening.terminate);
            if (known === undefined) continue;
            const metadata = { ...known.pod.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' };
            const pod = { ...known.pod, metadata };
            placed.set(metadata.uid, { ...known, pod });
            ledger.reserve(metadata.uid, known.node.metadata.name, podFootprint(pod));
          } else if ('relabel' in happening) {
            namespaces[happening.relabel] = { team: happening.team };
            ledger.placed.setNamespace(happening.relabel, { team: happening.team });
          } else {
            const pods = happening.map((sample) => ({
              pod: podOf(`p${uid++}`, sample),
              siblings: sample.siblings,
            }));
            const requests = pods.map(({ pod, siblings }) => podRequest(pod, siblings));
            const { bindings } = placeBatch(ledger, requests, uid);
            const chosen = new Map(bindings.map((b) => [b.podUID, b.nodeName]));
            const byPriority = pods.toSorted(
              (a, b) => (b.pod.spec.priority ?? 0) - (a.pod.spec.priority ?? 0),
            );
            for (const { pod, siblings } of byPriority) {
              const naive = new NaiveScheduler(
                { nodes, placed: [...placed.values()], namespaces },
                pod,
                siblings,
              );
              const feasible = naive.feasible();
              const scores = naive.scores(feasible);
              const best = feasible.filter((_, i) => scores[i] === Math.max(...scores));
              const got = chosen.get(pod.metadata.uid);
              const want = best.map(({ metadata }) => metadata.name);
              if (want.length === 0) expect(got).toBeUndefined();
              else expect(want).toContain(got);
              const at = byName.get(got ?? '');
              if (at !== undefined) placed.set(pod.metadata.uid, { pod, node: at });
            }
          }
        }
      }),
      { numRuns: 300 },
    );
  }, 60_000);

  it('are the same in one batch and one by one', () => {
    fc.assert(
      fc.property(cluster, fc.array(podSample, { maxLength: 12 }), (nodes, samples) => {
        const requests = samples.map((sample, i) =>
          podRequest(podOf(`p${i}`, { ...sample, priority: 0 }), sample.siblings),
        );
        const together = new Ledger();
        const apart = new Ledger();
        for (const each of nodes) {
          together.setNode(each);
          apart.setNode(each);
        }
        const placement = placeBatch(together, requests, 3);
        const single = requests.map((request) => placeBatch(apart, [request], 3));
        expect(placement).toMatchObject({
          bindings: single.flatMap(({ bindings }) => bindings),
          unschedulable: single.flatMap(({ unschedulable }) => unschedulable),
        });
      }),
      { numRuns: 300 },
    );
  });
});
