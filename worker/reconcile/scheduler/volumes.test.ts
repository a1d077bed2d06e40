import { describe, expect, it } from 'vitest';
import type { DelayedBinding, VolumeAnswer } from '../../registry/binding/volume-answer.ts';
import type { PersistentVolumeClaim, Pod } from '../kinds.ts';
import { Ledger } from './ledger.ts';
import { placeBatch } from './place-batch.ts';
import { podRequest } from './pod-request.ts';
import { volumeConstraints } from './volume-constraints.ts';
import type { VolumeConstraints } from './volume-constraints.ts';

const ZONE = 'topology.kubernetes.io/zone';
const onNodes = (...values: string[]) => [
  { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values }] },
];
const NOTHING: VolumeConstraints = { nodes: [], zones: [], delayed: [] };
const delayed = (binding: Partial<DelayedBinding>, selectedNode?: string) => ({
  candidates: [],
  provisions: false,
  ...binding,
  ...(selectedNode === undefined ? {} : { selectedNode }),
});

function newLedger(names: readonly string[] = ['a', 'b', 'c']): Ledger {
  const ledger = new Ledger();
  for (const name of names) {
    const labels = { 'kubernetes.io/hostname': name, [ZONE]: `zone-${name}` };
    ledger.setNode({
      metadata: {
        name,
        uid: name,
        labels: name === 'c' ? { 'kubernetes.io/hostname': 'c' } : labels,
      },
      spec: {},
      status: { allocatable: { cpu: '4', memory: '8Gi', pods: '1' } },
    });
  }
  return ledger;
}

const pod = (uid = 'p'): Pod => ({
  metadata: { name: uid, uid },
  spec: { containers: [{ name: 'c' }] },
});

const place = (volumes: VolumeConstraints, ledger = newLedger(), uid = 'p') =>
  placeBatch(ledger, [podRequest(pod(uid), undefined, { ...NOTHING, ...volumes })], 0);

function placed(volumes: Partial<VolumeConstraints>, ledger?: Ledger): string {
  const { bindings, unschedulable } = place({ ...NOTHING, ...volumes }, ledger);
  return bindings[0]?.nodeName ?? unschedulable[0]?.message ?? '';
}

const EVERYWHERE =
  'preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.';

describe('SCHED-9: a pod goes where its volumes are, or can be had', () => {
  it.each<{ what: string; volumes: Partial<VolumeConstraints>; want: string }>([
    { what: 'a bound volume', volumes: { nodes: [onNodes('b')] }, want: 'b' },
    {
      what: 'two bound volumes that no node has both',
      volumes: { nodes: [onNodes('a'), onNodes('b')] },
      want: `0/3 nodes are available: 3 node(s) didn't match PersistentVolume's node affinity. ${EVERYWHERE}`,
    },
    {
      what: 'a volume that is not there',
      volumes: { isLost: true },
      want: `0/3 nodes are available: 3 node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s). ${EVERYWHERE}`,
    },
    {
      what: 'a claim that only one pod may use',
      volumes: { isTaken: true },
      want: `0/3 nodes are available: 3 node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode. ${EVERYWHERE}`,
    },
    { what: 'a volume of a zone', volumes: { zones: [{ [ZONE]: 'zone-b' }] }, want: 'b' },
    {
      what: 'a zone where only nodes without zones are',
      volumes: { zones: [{ [ZONE]: 'nowhere' }], nodes: [onNodes('a', 'b')] },
      want: `0/3 nodes are available: 1 node(s) didn't match PersistentVolume's node affinity, 2 node(s) had no available volume zone. ${EVERYWHERE}`,
    },
    {
      what: 'a volume of several zones',
      volumes: { zones: [{ [ZONE]: 'x__zone-b' }], nodes: [onNodes('a', 'b')] },
      want: 'b',
    },
    {
      what: 'a free volume',
      volumes: { delayed: [delayed({ candidates: [{ name: 'v', nodeTerms: onNodes('c') }] })] },
      want: 'c',
    },
    {
      what: 'one free volume for two claims',
      volumes: {
        delayed: [
          delayed({ candidates: [{ name: 'v' }] }),
          delayed({ candidates: [{ name: 'v' }] }),
        ],
      },
      want: `0/3 nodes are available: 3 node(s) didn't find available persistent volumes to bind. ${EVERYWHERE}`,
    },
    {
      what: 'a volume that can be made in a zone',
      volumes: {
        delayed: [
          delayed({
            provisions: true,
            topologies: [{ matchExpressions: [{ key: ZONE, operator: 'In', values: ['zone-b'] }] }],
          }),
        ],
      },
      want: 'b',
    },
    {
      what: 'a volume that two nodes cannot make',
      volumes: { delayed: [delayed({ provisions: true, excludes: ['a', 'b'] })] },
      want: 'c',
    },
    {
      what: 'a node that was selected for a claim',
      volumes: { delayed: [delayed({ provisions: true }, 'b')] },
      want: 'b',
    },
    {
      what: 'nothing that nodes could change',
      volumes: { unresolvable: 'persistentvolumeclaim "x" not found' },
      want: `0/3 nodes are available: persistentvolumeclaim "x" not found. ${EVERYWHERE}`,
    },
  ])('$what', ({ volumes, want }) => {
    expect(placed(volumes)).toBe(want);
  });

  it('says so of nodes that have no room either by what comes first', () => {
    const ledger = newLedger(['a', 'b']);
    place(NOTHING, ledger, 'other');
    const free = ledger.nodeOf('other') === 'a' ? 'b' : 'a';
    expect(placed({ nodes: [onNodes(free === 'a' ? 'b' : 'a')] }, ledger)).toContain(
      "1 Too many pods, 1 node(s) didn't match PersistentVolume's node affinity",
    );
  });
});

describe('SCHED-10: a node that was promised to a pod', () => {
  it('stays promised while a volume is made there', () => {
    const ledger = newLedger();
    const first = place({ ...NOTHING, delayed: [delayed({ provisions: true })] }, ledger);
    const { nodeName } = first.bindings[0]!;
    const waiting = { ...NOTHING, delayed: [delayed({ provisions: true }, nodeName)] };
    expect(place(waiting, ledger).bindings).toEqual(first.bindings);
    const bound = { ...NOTHING, nodes: [onNodes(nodeName)] };
    expect(place(bound, ledger).bindings).toEqual(first.bindings);
  });

  it('is given up when nothing can be had there', () => {
    const ledger = newLedger();
    const [binding] = place({ ...NOTHING, nodes: [onNodes('a')] }, ledger).bindings;
    expect(binding?.nodeName).toBe('a');
    const elsewhere = [delayed({ candidates: [{ name: 'v', nodeTerms: onNodes('b') }] })];
    expect(placed({ delayed: elsewhere }, ledger)).toBe('b');
    expect(placed({ unresolvable: 'gone' }, ledger)).toContain('gone');
    expect(ledger.nodeOf('p')).toBeUndefined();
  });
});

describe('what the claims of a pod say', () => {
  const BOUND = { 'pv.kubernetes.io/bind-completed': 'yes' };
  const claim = (
    spec: object = {},
    metadata: object = {},
    status: object = {},
  ): PersistentVolumeClaim => ({
    metadata: { name: 'data', uid: 'c', ...metadata },
    spec: { accessModes: ['ReadWriteOnce'], ...spec },
    status,
  });
  const said = (part: object): VolumeAnswer => ({
    metadata: { name: 'data' },
    claim: { namespace: 'shop', name: 'data', uid: 'c' },
    state: 'Pending',
    ...part,
  });
  const user: Pod = {
    metadata: { name: 'web', namespace: 'shop', uid: 'web' },
    spec: {
      containers: [],
      volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }],
    },
  };
  const ephemeral: Pod = {
    ...user,
    spec: { containers: [], volumes: [{ name: 'tmp', ephemeral: {} }] },
  };
  const volume = { name: 'disk', capacity: {}, accessModes: [], nodeTerms: onNodes('a') };

  it.each<{
    what: string;
    pod?: Pod;
    claim: PersistentVolumeClaim | null;
    answer?: VolumeAnswer;
    isUsed?: boolean;
    want: unknown;
  }>([
    {
      what: 'one that is not there',
      claim: null,
      want: { ...NOTHING, unresolvable: 'persistentvolumeclaim "data" not found' },
    },
    {
      what: 'an ephemeral one that is not there yet',
      pod: ephemeral,
      claim: null,
      want: {
        ...NOTHING,
        unresolvable:
          'waiting for ephemeral volume controller to create the persistentvolumeclaim "web-tmp"',
      },
    },
    {
      what: 'an ephemeral one of somebody else',
      pod: ephemeral,
      claim: claim({}, { name: 'web-tmp', namespace: 'shop' }),
      want: {
        ...NOTHING,
        unresolvable: 'PVC shop/web-tmp was not created for pod shop/web (pod is not owner)',
      },
    },
    {
      what: 'one that is being deleted',
      claim: claim({}, { deletionTimestamp: '2026-01-01T00:00:00Z' }),
      want: { ...NOTHING, unresolvable: 'persistentvolumeclaim "data" is being deleted' },
    },
    {
      what: 'one that has lost its volume',
      claim: claim({ volumeName: 'disk' }, {}, { phase: 'Lost' }),
      want: {
        ...NOTHING,
        unresolvable: 'persistentvolumeclaim "data" bound to non-existent persistentvolume "disk"',
      },
    },
    { what: 'one that nothing is known of', claim: claim(), want: null },
    {
      what: 'one that had another life',
      claim: claim({}, { uid: 'new' }),
      answer: said({ delayed: delayed({}) }),
      want: null,
    },
    {
      what: 'one that is being bound',
      claim: claim(),
      answer: said({ state: 'Bound', volume }),
      want: null,
    },
    {
      what: 'one whose node was rejected',
      claim: claim(),
      answer: said({ rejectedNode: 'a', delayed: delayed({}) }),
      want: null,
    },
    {
      what: 'one that is bound at once, and is not',
      claim: claim(),
      answer: said({}),
      want: { ...NOTHING, unresolvable: 'pod has unbound immediate PersistentVolumeClaims' },
    },
    {
      what: 'one that waits for the pod',
      claim: claim({}, { annotations: { 'volume.kubernetes.io/selected-node': 'a' } }),
      answer: said({ delayed: delayed({ provisions: true }) }),
      want: { ...NOTHING, delayed: [delayed({ provisions: true }, 'a')] },
    },
    {
      what: 'one that is bound',
      claim: claim({ volumeName: 'disk' }, { annotations: BOUND }),
      answer: said({ state: 'Bound', volume }),
      want: { ...NOTHING, nodes: [onNodes('a')] },
    },
    {
      what: 'one that is bound to what is not there',
      claim: claim({ volumeName: 'disk' }, { annotations: BOUND }),
      answer: said({ state: 'Lost' }),
      want: { ...NOTHING, isLost: true },
    },
    {
      what: 'one for one pod that another has',
      claim: claim({ volumeName: 'd', accessModes: ['ReadWriteOncePod'] }, { annotations: BOUND }),
      answer: said({ state: 'Bound', volume }),
      isUsed: true,
      want: { ...NOTHING, isTaken: true, nodes: [onNodes('a')] },
    },
  ])('$what', ({ pod: asked = user, claim: found, answer = null, isUsed = false, want }) => {
    const reader = { claim: () => found, answer: () => answer, isUsed: () => isUsed };
    expect(volumeConstraints(asked, reader)).toEqual(want);
  });

  it('of a pod without any: nothing, and nothing is read', () => {
    const refuse = () => {
      throw new Error('read');
    };
    const reader = { claim: refuse, answer: refuse, isUsed: refuse };
    expect(volumeConstraints(pod(), reader)).toBeUndefined();
    expect(podRequest(pod()).constraints).not.toHaveProperty('volumes');
  });
});
