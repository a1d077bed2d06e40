import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { Node, Pod, PodSpec } from '../kinds.ts';
import { imageScores } from './image-locality.ts';
import { Ledger } from './ledger.ts';
import { placeBatch } from './place-batch.ts';
import { heedsPods, podFootprint, podRequest } from './pod-request.ts';
import { balancedAllocation, leastAllocated } from './resource-scores.ts';
import { siblingSelector } from './sibling-selector.ts';

const MB = 1024 * 1024;

const node = (name: string, rest: Partial<NonNullable<Node['status']>> = {}, zone = 'z'): Node => ({
  metadata: {
    name,
    uid: name,
    labels: { 'kubernetes.io/hostname': name, 'topology.kubernetes.io/zone': zone },
  },
  spec: {},
  status: { allocatable: { cpu: '64', memory: '256Gi', pods: '110' }, ...rest },
});

const pod = (uid: string, spec: Partial<PodSpec> = {}): Pod => ({
  metadata: { name: uid, uid, namespace: 'default', labels: { app: 'web' } },
  spec: { containers: [{ name: 'c' }], ...spec },
});

describe('LeastAllocated', () => {
  it.each([
    [0, 4000, 0, 10_000, 100],
    [3000, 4000, 5000, 10_000, 37],
    [6000, 4000, 0, 10_000, 50],
    [1, 4000, 1, 10_000, 99],
    [0, 0, 5000, 10_000, 50],
    [0, 0, 0, 0, 0],
  ])('of %d/%d CPU and %d/%d memory is the mean of what is free', (...row) => {
    const [cpu, ofCPU, memory, ofMemory, want] = row;
    expect(leastAllocated(cpu, ofCPU, memory, ofMemory)).toBe(want);
  });
});

describe('BalancedAllocation', () => {
  it.each([
    [2000, 4000, 5000, 10_000, 100],
    [3000, 4000, 5000, 10_000, 87],
    [4000, 4000, 0, 10_000, 50],
    [9000, 4000, 0, 10_000, 50],
    [0, 0, 5000, 10_000, 100],
  ])('of %d/%d CPU and %d/%d memory falls with the difference', (...row) => {
    const [cpu, ofCPU, memory, ofMemory, want] = row;
    expect(balancedAllocation(cpu, ofCPU, memory, ofMemory)).toBe(want);
  });
});

describe('ImageLocality', () => {
  const score = (images: [string, number][][], wanted: string[]) => {
    const ledger = new Ledger();
    images.forEach((list, i) =>
      ledger.setNode(
        node(`n${i}`, { images: list.map(([name, sizeBytes]) => ({ names: [name], sizeBytes })) }),
      ),
    );
    return [...imageScores(ledger, ledger.table(), wanted)];
  };
  it.each<[string, [string, number][][], string[], number[]]>([
    [
      'counts a size by the part of nodes that have it',
      [[['a:1', 500 * MB]], []],
      ['a:1'],
      [23, 0],
    ],
    ['forgets small images', [[['a:1', 40 * MB]], []], ['a:1'], [0, 0]],
    ['has an upper end', [[['a:1', 9_000 * MB]], [['a:1', 9_000 * MB]]], ['a:1'], [100, 100]],
    ['takes all images of a pod', [[['a:1', 1_000 * MB]]], ['a:1', 'b:1'], [49]],
    ['knows nothing of others', [[['a:1', 1_000 * MB]]], ['a:2'], [0]],
  ])('%s', (_what, images, wanted, want) => {
    expect(score(images, wanted)).toEqual(want);
  });

  it('takes an image without a tag for the latest, and follows what nodes have', () => {
    const ledger = new Ledger();
    ledger.setNode(node('a'));
    const images = [{ names: ['repo:5000/x:latest'], sizeBytes: 2_000 * MB }];
    ledger.setNode(node('b', { images }));
    const wants = () => podRequest(pod('p', { containers: [{ name: 'c', image: 'repo:5000/x' }] }));
    expect(placeBatch(ledger, [wants()], 0).bindings).toMatchObject([{ nodeName: 'b' }]);
    ledger.release('p');
    expect(ledger.setNode(node('b'))).toBe(false);
    expect(placeBatch(ledger, [wants()], 0).bindings).toMatchObject([{ nodeName: 'a' }]);
  });
});

describe('default spreading', () => {
  const siblings = { matchLabels: { app: 'web' } };

  it('puts pods that belong together on different nodes and in different zones', () => {
    const ledger = new Ledger();
    for (const [name, zone] of Object.entries({ a: 'z1', b: 'z1', c: 'z2', d: 'z3' })) {
      ledger.setNode(node(name, {}, zone));
    }
    const batch = [0, 1, 2, 3].map((i) => podRequest(pod(`p${i}`), siblings));
    const names = placeBatch(ledger, batch, 0).bindings.map(({ nodeName }) => nodeName);
    expect(names.slice(0, 3).sort()).toEqual(['a', 'c', 'd']);
    expect(names[3]).toBe('b');
  });

  const selecting = (kind: string, selector: unknown, uid = 'u'): KubernetesObject => ({
    kind,
    metadata: { name: 'owner', uid },
    spec: { selector },
  });
  const owned = (apiVersion: string, kind: string): Pod => {
    const each = pod('p');
    each.metadata.ownerReferences = [
      { apiVersion, kind, name: 'owner', uid: 'u', controller: true },
    ];
    return each;
  };

  it.each<[string, Pod, KubernetesObject[], Record<string, KubernetesObject>, unknown]>([
    ['nobody', pod('p'), [], {}, undefined],
    ['a service of others', pod('p'), [selecting('Service', { app: 'db' })], {}, undefined],
    ['a service without a selector', pod('p'), [selecting('Service', undefined)], {}, undefined],
    ['a service', pod('p'), [selecting('Service', { app: 'web' })], {}, siblings],
    [
      'a service and a ReplicaSet',
      owned('apps/v1', 'ReplicaSet'),
      [selecting('Service', { app: 'web' })],
      { 'replicasets.apps': selecting('ReplicaSet', { matchLabels: { hash: '1' } }) },
      { matchLabels: { app: 'web', hash: '1' } },
    ],
    [
      'a ReplicationController',
      owned('v1', 'ReplicationController'),
      [],
      { replicationcontrollers: selecting('ReplicationController', { app: 'web' }) },
      siblings,
    ],
    [
      'an owner that was made anew',
      owned('apps/v1', 'StatefulSet'),
      [],
      { 'statefulsets.apps': selecting('StatefulSet', { matchLabels: { a: 'b' } }, 'v') },
      undefined,
    ],
    ['a Job, which says nothing', owned('batch/v1', 'Job'), [], {}, undefined],
  ])('asks %s which pods belong together', (_what, each, services, owners, want) => {
    const read = (resource: string) => owners[resource] ?? null;
    expect(siblingSelector(each, services, read)).toEqual(want);
  });
});

describe('what is sent of a pod', () => {
  it('says whether another pod on a node may help it', () => {
    const labelSelector = { matchLabels: { app: 'web' } };
    const spread = (whenUnsatisfiable: string): Partial<PodSpec> => ({
      topologySpreadConstraints: [
        { maxSkew: 1, topologyKey: 'z', whenUnsatisfiable, labelSelector },
      ],
    });
    expect(heedsPods(podRequest(pod('p')))).toBe(false);
    expect(heedsPods(podRequest(pod('p', spread('ScheduleAnyway'))))).toBe(false);
    expect(heedsPods(podRequest(pod('p', spread('DoNotSchedule'))))).toBe(true);
  });

  it('is plain JSON', () => {
    const { footprint } = podRequest(pod('p'));
    expect(JSON.parse(JSON.stringify(footprint))).toEqual(podFootprint(pod('p')));
  });
});
