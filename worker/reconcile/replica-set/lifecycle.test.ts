import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NAMESPACE_PLANNERS } from '../index.ts';
import { as, asList } from '../kinds.ts';
import type { Pod, ReplicaSet } from '../kinds.ts';
import { isPodActive } from '../pods/pod-phase.ts';
import { MemoryStore } from '../testing/memory-store.ts';
import { START, sampleReplicaSet, setReplicas } from '../testing/samples.ts';
import { ScriptedKubelet } from '../testing/scripted-kubelet.ts';

function newWorld(spec: Record<string, unknown> = {}) {
  const store = new MemoryStore({ namespace: 'shop', planners: NAMESPACE_PLANNERS, now: START });
  store.create('replicasets.apps', sampleReplicaSet(spec));
  return {
    store,
    kubelet: new ScriptedKubelet(store),
    pods: () => asList<Pod>(store.objects.list('pods')),
    replicaSet: () => as<ReplicaSet>(store.objects.get('replicasets.apps', 'web')!),
    edit: (change: Parameters<MemoryStore['edit']>[2]) =>
      store.edit('replicasets.apps', 'web', change),
  };
}

const barePod = (labels: Record<string, string>) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'bare', labels },
  spec: { containers: [{ name: 'c', image: 'web:1' }] },
});

describe('a ReplicaSet', () => {
  it('makes pods of its template that it controls', () => {
    const { store, pods } = newWorld({
      template: {
        metadata: {
          labels: { app: 'web', tier: 'front' },
          annotations: { note: 'x' },
          finalizers: ['example.com/f'],
        },
        spec: { containers: [{ name: 'web', image: 'web:1' }] },
      },
    });
    store.settle();
    expect(pods()).toHaveLength(3);
    expect(pods()[0]).toMatchObject({
      metadata: {
        generateName: 'web-',
        labels: { app: 'web', tier: 'front' },
        annotations: { note: 'x' },
        finalizers: ['example.com/f'],
        ownerReferences: [
          { kind: 'ReplicaSet', name: 'web', controller: true, blockOwnerDeletion: true },
        ],
      },
      spec: { containers: [{ name: 'web', image: 'web:1' }] },
    });
  });

  it('counts its pods, ready and available ones apart', () => {
    const { store, kubelet, pods, replicaSet } = newWorld({ minReadySeconds: 30 });
    store.settle();
    kubelet.report(pods()[0]!, true);
    store.settle();
    expect(replicaSet().status).toEqual({
      replicas: 3,
      fullyLabeledReplicas: 3,
      readyReplicas: 1,
      observedGeneration: 1,
      terminatingReplicas: 0,
    });
    store.advance(30_000);
    expect(replicaSet().status).toMatchObject({ readyReplicas: 1, availableReplicas: 1 });
  });

  it('replaces a pod that is deleted or that has failed, and counts the one that is leaving', () => {
    const { store, kubelet, pods, replicaSet } = newWorld();
    kubelet.run();
    const [leaving, failed] = pods();
    store.delete('pods', leaving!.metadata.name);
    store.edit(
      'pods',
      failed!.metadata.name,
      (pod) => (pod['status'] = { phase: 'Failed' }),
      'status',
    );
    store.settle();
    expect(pods().filter(isPodActive)).toHaveLength(3);
    expect(pods()).toHaveLength(5);
    expect(replicaSet().status).toMatchObject({ replicas: 3, terminatingReplicas: 1 });
  });

  it('adopts a pod that matches instead of making one', () => {
    const { store, pods } = newWorld({ replicas: 1 });
    store.create('pods', barePod({ app: 'web' }));
    store.settle();
    expect(pods()).toHaveLength(1);
    expect(pods()[0]!.metadata.ownerReferences).toMatchObject([{ name: 'web', controller: true }]);
  });

  it('lets a pod go whose labels no longer match, and replaces it', () => {
    const { store, kubelet, pods } = newWorld({ replicas: 1 });
    kubelet.run();
    const [pod] = pods();
    store.edit('pods', pod!.metadata.name, (draft) => (draft.metadata.labels = { app: 'debug' }));
    store.settle();
    expect(pods().map(({ metadata }) => metadata.ownerReferences?.length ?? 0)).toEqual([0, 1]);
  });

  it('leaves pods that somebody else controls alone', () => {
    const { store, pods } = newWorld({ replicas: 1 });
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'x' };
    const { uid = '' } = store.create('configmaps', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'x' },
    }).metadata;
    const pod = barePod({ app: 'web' });
    store.create('pods', {
      ...pod,
      metadata: { ...pod.metadata, ownerReferences: [{ ...owner, uid, controller: true }] },
    });
    store.settle();
    expect(pods()).toHaveLength(2);
  });

  it('makes nothing in a namespace that is being deleted', () => {
    const { store, pods } = newWorld();
    store.mirror('namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'shop', uid: 'ns', deletionTimestamp: '2026-01-01T00:00:00Z' },
      status: { phase: 'Terminating' },
    });
    store.settle();
    expect(pods()).toHaveLength(0);
  });

  it('does the same under the name of ReplicationController', () => {
    const store = new MemoryStore({ namespace: 'shop', planners: NAMESPACE_PLANNERS, now: START });
    const { spec } = sampleReplicaSet() as { spec?: { template: object } };
    store.create('replicationcontrollers', {
      apiVersion: 'v1',
      kind: 'ReplicationController',
      metadata: { name: 'old' },
      spec: { replicas: 2, selector: { app: 'web' }, template: spec!.template },
    });
    store.settle();
    expect(
      store.objects.list('pods').map(({ metadata }) => metadata.ownerReferences),
    ).toMatchObject([
      [{ kind: 'ReplicationController', apiVersion: 'v1', name: 'old' }],
      [{ kind: 'ReplicationController', apiVersion: 'v1', name: 'old' }],
    ]);
    expect(store.events[0]?.component).toBe('replication-controller');
  });

  it('writes 1,000 pods in plans of 250, and takes them away again', () => {
    const { store, pods, edit, replicaSet } = newWorld({ replicas: 1000 });
    store.settle();
    expect(pods()).toHaveLength(1000);
    expect(replicaSet().status).toMatchObject({ replicas: 1000 });
    edit((draft) => setReplicas(draft, 0));
    store.settle();
    expect(pods()).toHaveLength(0);
  });

  it('has as many active pods as wanted after any history, and then plans nothing', () => {
    const step = fc.oneof(
      fc.record({ replicas: fc.nat(10) }),
      fc.record({ kill: fc.nat(100) }),
      fc.record({ relabel: fc.nat(100) }),
      fc.record({ report: fc.nat(100), ready: fc.boolean() }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const { store, kubelet, pods, edit, replicaSet } = newWorld();
        store.settle();
        const chosen = (n: number): Pod | undefined => pods()[n % Math.max(1, pods().length)];
        for (const happening of steps) {
          if ('replicas' in happening) edit((draft) => setReplicas(draft, happening.replicas));
          if ('kill' in happening) {
            const name = chosen(happening.kill)?.metadata.name;
            if (name !== undefined) store.delete('pods', name);
          }
          if ('relabel' in happening) {
            const name = chosen(happening.relabel)?.metadata.name;
            const flip = (draft: { metadata: { labels?: Record<string, string> } }) => {
              const app = draft.metadata.labels?.['app'] === 'web' ? 'other' : 'web';
              draft.metadata.labels = { app };
            };
            if (name !== undefined) store.edit('pods', name, flip);
          }
          if ('report' in happening) {
            const pod = chosen(happening.report);
            if (pod !== undefined && isPodActive(pod)) kubelet.report(pod, happening.ready);
          }
          store.settle();
          const owned = pods().filter((pod) => pod.metadata.ownerReferences !== undefined);
          expect(owned.filter(isPodActive)).toHaveLength(replicaSet().spec.replicas!);
          expect(store.writesOfAnotherRound()).toEqual([]);
        }
      }),
      { numRuns: 100 },
    );
  });
});
