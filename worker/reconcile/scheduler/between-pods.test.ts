import type { PodAffinityTerm } from 'kubernetes-types/core/v1.js';
import { describe, expect, it } from 'vitest';
import type { Node, Pod, PodSpec } from '../kinds.ts';
import { Ledger } from './ledger.ts';
import { placeBatch } from './place-batch.ts';
import { podFootprint, podRequest } from './pod-request.ts';

const HOST = 'kubernetes.io/hostname';
const ZONE = 'topology.kubernetes.io/zone';

const node = (
  name: string,
  zone?: string,
  taints: { key: string; effect: string }[] = [],
): Node => ({
  metadata: {
    name,
    uid: name,
    labels: { [HOST]: name, ...(zone !== undefined && { [ZONE]: zone }) },
  },
  spec: { taints },
  status: { allocatable: { cpu: '64', memory: '256Gi', pods: '110' } },
});

let count = 0;
function pod(app: string, spec: Partial<PodSpec> = {}, namespace = 'default'): Pod {
  const uid = `p${count++}`;
  return {
    metadata: { name: uid, uid, namespace, labels: { app } },
    spec: { containers: [{ name: 'c' }], ...spec },
  };
}

const of = (app: string) => ({ matchLabels: { app } });
const near = (app: string, topologyKey = ZONE, more: Partial<PodAffinityTerm> = {}) => ({
  affinity: {
    podAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey, labelSelector: of(app), ...more },
      ],
    },
  },
});
const apart = (app: string, topologyKey = HOST, more: Partial<PodAffinityTerm> = {}) => ({
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey, labelSelector: of(app), ...more },
      ],
    },
  },
});
const spread = (topologyKey: string, maxSkew: number, more: object = {}) => ({
  topologySpreadConstraints: [
    {
      topologyKey,
      maxSkew,
      whenUnsatisfiable: 'DoNotSchedule',
      labelSelector: of('web'),
      ...more,
    },
  ],
});

/** Nodes a and b are in z1, c is in z2, d in none. */
const NODES = [node('a', 'z1'), node('b', 'z1'), node('c', 'z2'), node('d')];
const FINAL = '4 Preemption is not helpful for scheduling';

interface Case {
  what: string;
  on?: Record<string, Pod[]>;
  teams?: Record<string, string>;
  incoming: Pod;
  /** Where it may go. */
  want: string[];
  /** What is said when it is nowhere. */
  wantMessage?: string;
}

const cases: Case[] = [
  {
    what: 'affinity keeps to the zone of a match, not to a node without one',
    on: { c: [pod('db')] },
    incoming: pod('web', near('db')),
    want: ['c'],
  },
  {
    what: 'affinity by host name is on the very node',
    on: { b: [pod('db')] },
    incoming: pod('web', near('db', HOST)),
    want: ['b'],
  },
  {
    what: 'affinity that nobody meets is final',
    incoming: pod('web', near('db')),
    want: [],
    wantMessage: `0/4 nodes are available: 4 node(s) didn't match pod affinity rules. preemption: 0/4 nodes are available: ${FINAL}.`,
  },
  {
    what: 'the first of a series meets its own affinity, where the label is',
    incoming: pod('web', near('web')),
    want: ['a', 'b', 'c'],
  },
  {
    what: 'the second of a series follows the first',
    on: { c: [pod('web')] },
    incoming: pod('web', near('web')),
    want: ['c'],
  },
  {
    what: 'affinity is about the namespace of the pod',
    on: { a: [pod('db', {}, 'other')] },
    incoming: pod('web', near('db')),
    want: [],
  },
  {
    what: 'affinity to named namespaces',
    on: { a: [pod('db', {}, 'other')] },
    incoming: pod('web', near('db', HOST, { namespaces: ['other'] })),
    want: ['a'],
  },
  {
    what: 'affinity to namespaces by their labels',
    on: { a: [pod('db', {}, 'other')], c: [pod('db', {}, 'third')] },
    teams: { other: 'red', third: 'blue' },
    incoming: pod('web', near('db', HOST, { namespaceSelector: { matchLabels: { team: 'red' } } })),
    want: ['a'],
  },
  {
    what: 'an empty selector of namespaces is all of them',
    on: { a: [pod('db', {}, 'other')] },
    incoming: pod('web', near('db', HOST, { namespaceSelector: {} })),
    want: ['a'],
  },
  {
    what: 'anti-affinity',
    on: { a: [pod('web')], b: [pod('web')], c: [pod('db')] },
    incoming: pod('web', apart('web')),
    want: ['c', 'd'],
  },
  {
    what: 'anti-affinity by zone leaves nodes without one',
    on: { a: [pod('web')] },
    incoming: pod('web', apart('web', ZONE)),
    want: ['c', 'd'],
  },
  {
    what: 'anti-affinity of pods that are there already',
    on: { a: [pod('db', apart('web', ZONE))] },
    incoming: pod('web'),
    want: ['c', 'd'],
  },
  {
    what: 'both kinds of anti-affinity, in the message',
    on: { a: [pod('web')], b: [pod('db', apart('web'))], c: [pod('web')], d: [pod('web')] },
    incoming: pod('web', apart('web')),
    want: [],
    wantMessage:
      "0/4 nodes are available: 1 node(s) didn't satisfy existing pods anti-affinity rules, " +
      "3 node(s) didn't match pod anti-affinity rules. " +
      'preemption: 0/4 nodes are available: 4 No preemption victims found for incoming pod.',
  },
  {
    what: 'spreading over zones',
    on: { a: [pod('web')] },
    incoming: pod('web', spread(ZONE, 1)),
    want: ['c'],
  },
  {
    what: 'spreading counts pods of the namespace that are not going away',
    on: { a: [pod('web', {}, 'other'), terminating(pod('web'))] },
    incoming: pod('web', spread(ZONE, 1)),
    want: ['a', 'b', 'c'],
  },
  {
    what: 'spreading with fewer domains than wanted',
    on: { a: [pod('web')], c: [pod('web')] },
    incoming: pod('web', spread(ZONE, 1, { minDomains: 3 })),
    want: [],
    wantMessage:
      "0/4 nodes are available: 1 node(s) didn't match pod topology spread constraints " +
      "(missing required label), 3 node(s) didn't match pod topology spread constraints. " +
      'preemption: 0/4 nodes are available: 1 Preemption is not helpful for scheduling, ' +
      '3 No preemption victims found for incoming pod.',
  },
  {
    what: 'spreading over the nodes that the pod wants',
    on: { a: [pod('web')], c: [] },
    incoming: pod('web', { ...spread(ZONE, 1), nodeSelector: { [ZONE]: 'z1' } }),
    want: ['a', 'b'],
  },
  {
    what: 'spreading over all nodes, also those that the pod does not want',
    on: { a: [pod('web')] },
    incoming: pod('web', {
      ...spread(ZONE, 1, { nodeAffinityPolicy: 'Ignore' }),
      nodeSelector: { [ZONE]: 'z1' },
    }),
    want: [],
  },
  {
    what: 'spreading of a pod that does not count itself',
    on: { a: [pod('web')] },
    incoming: pod('db', spread(ZONE, 1)),
    want: ['a', 'b', 'c'],
  },
];

function terminating(each: Pod): Pod {
  return { ...each, metadata: { ...each.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
}

/** Every node that a pod may go to, found by closing the one that was chosen, again and again. */
function allChoices({ on = {}, teams = {}, incoming }: Case): { names: string[]; message: string } {
  const ledger = new Ledger();
  for (const each of NODES) ledger.setNode(each);
  for (const [name, pods] of Object.entries(on)) {
    for (const each of pods) ledger.reserve(each.metadata.uid, name, podFootprint(each));
  }
  for (const [name, team] of Object.entries(teams)) ledger.placed.setNamespace(name, { team });
  const names: string[] = [];
  for (;;) {
    const { bindings, unschedulable } = placeBatch(ledger, [podRequest(incoming)], 0);
    const [message] = unschedulable.map((each) => each.message);
    if (message !== undefined) return { names: names.sort(), message };
    const name = bindings[0]?.nodeName ?? '';
    names.push(name);
    ledger.release(incoming.metadata.uid);
    const closed = NODES.find(({ metadata }) => metadata.name === name);
    ledger.setNode({ ...closed!, status: { allocatable: { pods: '0' } } });
  }
}

describe('rules between pods', () => {
  it.each(cases)('$what', (each) => {
    const { names, message } = allChoices(each);
    expect(names).toEqual(each.want);
    if (each.wantMessage !== undefined) expect(message).toBe(each.wantMessage);
  });

  it('leave out nodes with taints when a constraint honours them', () => {
    const place = (nodeTaintsPolicy: string) => {
      const ledger = new Ledger();
      ledger.setNode(node('a', 'z1'));
      ledger.setNode(node('b', 'z2', [{ key: 'k', effect: 'NoSchedule' }]));
      ledger.reserve('x', 'a', podFootprint(pod('web')));
      const incoming = podRequest(pod('web', spread(ZONE, 1, { nodeTaintsPolicy })));
      return placeBatch(ledger, [incoming], 0).bindings.length;
    };
    expect(place('Ignore')).toBe(0);
    expect(place('Honor')).toBe(1);
  });

  it('hold for what a pod is labelled later', () => {
    const ledger = new Ledger();
    for (const each of NODES) ledger.setNode(each);
    const other = pod('db');
    const incoming = () => podRequest(pod('web', near('cache', HOST)));
    ledger.reserve('x', 'c', podFootprint(other));
    expect(placeBatch(ledger, [incoming()], 0).bindings).toEqual([]);
    other.metadata.labels = { app: 'cache' };
    ledger.reserve('x', 'c', podFootprint(other));
    expect(placeBatch(ledger, [incoming()], 0).bindings).toMatchObject([{ nodeName: 'c' }]);
    ledger.release('x');
    expect(placeBatch(ledger, [incoming()], 0).bindings).toEqual([]);
  });

  it('see the pods before in the same batch', () => {
    const ledger = new Ledger();
    for (const each of NODES) ledger.setNode(each);
    const batch = [1, 2, 3, 4, 5].map(() => podRequest(pod('web', apart('web'))));
    const { bindings, unschedulable } = placeBatch(ledger, batch, 0);
    expect(new Set(bindings.map(({ nodeName }) => nodeName))).toEqual(
      new Set(['a', 'b', 'c', 'd']),
    );
    expect(unschedulable).toHaveLength(1);
  });
});
