import { describe, expect, it } from 'vitest';
import { controllerOf } from '../../../apimachinery/owner-references.ts';
import { NAMESPACE_PLANNERS } from '../index.ts';
import { as, asList } from '../kinds.ts';
import type { ControllerRevision, PersistentVolumeClaim, Pod, StatefulSet } from '../kinds.ts';
import { MemoryStore } from '../testing/memory-store.ts';
import { sampleStatefulSet, setImage, setReplicas, START } from '../testing/samples.ts';
import { ScriptedKubelet } from '../testing/scripted-kubelet.ts';

const dataClaim = {
  metadata: { name: 'data', labels: { kind: 'disk' } },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
};

function newWorld(spec: Record<string, unknown> = {}) {
  const store = new MemoryStore({ namespace: 'shop', planners: NAMESPACE_PLANNERS, now: START });
  store.create('statefulsets.apps', sampleStatefulSet(spec));
  store.settle();
  const kubelet = new ScriptedKubelet(store);
  return {
    store,
    kubelet,
    pods: () => asList<Pod>(store.objects.list('pods')),
    names: () =>
      store.objects
        .list('pods')
        .map(({ metadata }) => metadata.name ?? '')
        .sort((a, b) => a.localeCompare(b)),
    pod: (name: string) => as<Pod>(store.objects.get('pods', name)!),
    claims: () =>
      asList<PersistentVolumeClaim>(store.objects.list('persistentvolumeclaims')).toSorted((a, b) =>
        a.metadata.name < b.metadata.name ? -1 : 1,
      ),
    revisions: () => asList<ControllerRevision>(store.objects.list('controllerrevisions.apps')),
    set: () => as<StatefulSet>(store.objects.get('statefulsets.apps', 'web')!),
    edit: (change: Parameters<MemoryStore['edit']>[2]) => {
      store.edit('statefulsets.apps', 'web', change);
      store.settle();
    },
    ready: (name: string) => {
      kubelet.report(as<Pod>(store.objects.get('pods', name)!), true);
      store.settle();
    },
    gone: (name: string) => {
      kubelet.finishTermination(as<Pod>(store.objects.get('pods', name)!));
      store.settle();
    },
  };
}

describe('a StatefulSet', () => {
  it('makes pods in order, each when the one before is ready', () => {
    const world = newWorld();
    expect(world.names()).toEqual(['web-0']);
    world.ready('web-0');
    expect(world.names()).toEqual(['web-0', 'web-1']);
    world.ready('web-1');
    world.ready('web-2');
    expect(world.names()).toEqual(['web-0', 'web-1', 'web-2']);
    const [revision] = world.revisions();
    expect(world.pod('web-1')).toMatchObject({
      metadata: {
        generateName: 'web-',
        labels: {
          app: 'web',
          'controller-revision-hash': revision!.metadata.name,
          'statefulset.kubernetes.io/pod-name': 'web-1',
          'apps.kubernetes.io/pod-index': '1',
        },
      },
      spec: { hostname: 'web-1', subdomain: 'web' },
    });
    expect(world.set().status).toEqual({
      observedGeneration: 1,
      replicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      currentReplicas: 3,
      updatedReplicas: 3,
      currentRevision: revision!.metadata.name,
      updateRevision: revision!.metadata.name,
      collisionCount: 0,
    });
    expect(world.store.events.map(({ reason, message }) => `${reason} ${message}`)).toEqual(
      [0, 1, 2].map((i) => `SuccessfulCreate create Pod web-${i} in StatefulSet web successful`),
    );
    expect(world.store.writesOfAnotherRound()).toEqual([]);
  });

  it('numbers its pods from where it is told to', () => {
    const world = newWorld({ replicas: 2, ordinals: { start: 5 } });
    world.kubelet.run();
    expect(world.names()).toEqual(['web-5', 'web-6']);
    world.edit(({ spec }) => ((spec as StatefulSet['spec']).ordinals = { start: 6 }));
    world.kubelet.run();
    expect(world.names()).toEqual(['web-6', 'web-7']);
  });

  it('stops growing and shrinking at a pod that is not ready', () => {
    const world = newWorld();
    world.kubelet.run();
    world.kubelet.report(world.pod('web-0'), false);
    world.edit((set) => setReplicas(set, 4));
    expect(world.names()).toEqual(['web-0', 'web-1', 'web-2']);
    world.edit((set) => setReplicas(set, 1));
    expect(world.pod('web-2').metadata.deletionTimestamp).toBeUndefined();
    world.ready('web-0');
    expect(world.pod('web-2').metadata.deletionTimestamp).toBeDefined();
    expect(world.pod('web-1').metadata.deletionTimestamp).toBeUndefined();
    world.gone('web-2');
    expect(world.pod('web-1').metadata.deletionTimestamp).toBeDefined();
  });

  it('makes and takes away all at once where that is allowed', () => {
    const world = newWorld({ podManagementPolicy: 'Parallel' });
    expect(world.names()).toEqual(['web-0', 'web-1', 'web-2']);
    world.edit((set) => setReplicas(set, 0));
    expect(world.names()).toEqual([]);
  });

  it('waits until a pod is available, not just ready', () => {
    const world = newWorld({ minReadySeconds: 30 });
    world.ready('web-0');
    expect(world.names()).toEqual(['web-0']);
    expect(world.set().status).toMatchObject({ readyReplicas: 1, availableReplicas: 0 });
    world.store.advance(30_000);
    expect(world.names()).toEqual(['web-0', 'web-1']);
  });

  it('replaces a pod that has ended, under its name, once it is gone', () => {
    const world = newWorld();
    world.kubelet.run();
    const before = world.pod('web-1').metadata.uid;
    world.kubelet.finish(world.pod('web-1'), 1);
    world.store.settle();
    expect(world.names()).toEqual(['web-0', 'web-1', 'web-2']);
    expect(world.pod('web-1').metadata.uid).not.toBe(before);
  });

  it('updates from the last pod down, and goes back to a revision that it had', () => {
    const world = newWorld();
    world.kubelet.run();
    const first = world.set().status!.currentRevision!;
    world.edit((set) => setImage(set, 'web:2'));
    const second = world.set().status!.updateRevision!;
    expect(second).not.toBe(first);
    expect(world.set().status).toMatchObject({ currentRevision: first, currentReplicas: 2 });
    world.gone('web-2');
    expect(world.pod('web-2').spec.containers[0]!.image).toBe('web:2');
    expect(world.pod('web-1').metadata.deletionTimestamp).toBeUndefined();
    world.ready('web-2');
    expect(world.pod('web-1').metadata.deletionTimestamp).toBeDefined();
    world.kubelet.run();
    expect(world.set().status).toMatchObject({ currentRevision: second, updatedReplicas: 3 });
    world.edit((set) => setImage(set, 'web:1'));
    world.kubelet.run();
    expect(world.set().status).toMatchObject({ currentRevision: first, updateRevision: first });
    expect(world.revisions().map(({ revision }) => revision)).toEqual([3, 2]);
  });

  it('leaves pods below the partition what they are, and makes them so again', () => {
    const world = newWorld({
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } },
    });
    world.kubelet.run();
    world.edit((set) => setImage(set, 'web:2'));
    world.kubelet.run();
    const images = () => [0, 1, 2].map((i) => world.pod(`web-${i}`).spec.containers[0]!.image);
    expect(images()).toEqual(['web:1', 'web:1', 'web:2']);
    for (const pod of world.pods()) world.store.delete('pods', pod.metadata.name);
    world.kubelet.run();
    expect(images()).toEqual(['web:1', 'web:1', 'web:2']);
    world.edit(({ spec }) => {
      (spec as StatefulSet['spec']).updateStrategy!.rollingUpdate!.partition = 0;
    });
    world.kubelet.run();
    expect(images()).toEqual(['web:2', 'web:2', 'web:2']);
  });

  it('updates pods when somebody deletes them where the strategy is OnDelete', () => {
    const world = newWorld({ updateStrategy: { type: 'OnDelete' } });
    world.kubelet.run();
    world.edit((set) => setImage(set, 'web:2'));
    world.kubelet.run();
    expect(world.pods().map(({ spec }) => spec.containers[0]!.image)).toEqual(
      Array.from({ length: 3 }, () => 'web:1'),
    );
    world.store.delete('pods', 'web-0');
    world.kubelet.run();
    expect(world.pod('web-0').spec.containers[0]!.image).toBe('web:2');
  });

  it('keeps no more old revisions than it is told to', () => {
    const world = newWorld({ revisionHistoryLimit: 1 });
    world.kubelet.run();
    for (const image of ['web:2', 'web:3', 'web:4']) {
      world.edit((set) => setImage(set, image));
      world.kubelet.run();
    }
    expect(world.revisions().map(({ revision }) => revision)).toEqual([3, 4]);
  });

  it('counts a collision where the name of its revision is taken by another', () => {
    const world = newWorld();
    const [revision] = world.revisions();
    const { name } = revision!.metadata;
    world.store.delete('statefulsets.apps', 'web');
    for (const { metadata } of world.revisions()) {
      world.store.remove('controllerrevisions.apps', metadata.name);
    }
    world.store.create('controllerrevisions.apps', {
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: { name },
      data: { other: true },
      revision: 1,
    });
    world.store.create('statefulsets.apps', sampleStatefulSet());
    world.store.settle();
    expect(world.set().status).toMatchObject({ collisionCount: 1 });
    expect(world.revisions()).toHaveLength(2);
  });

  it('adopts a pod that has its labels and one of its names, and lets go what has not', () => {
    const world = newWorld();
    world.kubelet.run();
    const { uid } = world.pod('web-1').metadata;
    world.store.edit('pods', 'web-1', ({ metadata }) => delete metadata.ownerReferences);
    world.store.settle();
    expect(world.pod('web-1').metadata.uid).toBe(uid);
    expect(controllerOf(world.pod('web-1'))?.name).toBe('web');
    world.store.edit('pods', 'web-1', ({ metadata }) => (metadata.labels!['app'] = 'other'));
    world.store.advance(10_000);
    expect(controllerOf(world.pod('web-1'))).toBeUndefined();
    // Its name is taken until somebody deletes it.
    expect(world.set().status).toMatchObject({ replicas: 2 });
    world.store.delete('pods', 'web-1');
    world.kubelet.run();
    expect(world.set().status).toMatchObject({ replicas: 3, readyReplicas: 3 });
  });

  it('puts the labels of a pod right again', () => {
    const world = newWorld();
    world.kubelet.run();
    world.store.edit('pods', 'web-1', ({ metadata }) => {
      delete metadata.labels!['statefulset.kubernetes.io/pod-name'];
    });
    world.store.settle();
    expect(world.pod('web-1').metadata.labels).toMatchObject({
      'statefulset.kubernetes.io/pod-name': 'web-1',
    });
    expect(world.store.events.at(-1)).toMatchObject({
      reason: 'SuccessfulUpdate',
      message: 'update Pod web-1 in StatefulSet web successful',
    });
  });
});

describe('the claims of a StatefulSet', () => {
  const owners = (world: ReturnType<typeof newWorld>) =>
    Object.fromEntries(
      world
        .claims()
        .map(({ metadata }) => [
          metadata.name,
          (metadata.ownerReferences ?? []).map(({ kind, name }) => `${kind}/${name}`),
        ]),
    );

  it('are made before their pods, and stay when those go', () => {
    const world = newWorld({ volumeClaimTemplates: [dataClaim] });
    expect(world.store.events.map(({ message }) => message)).toEqual([
      'create Claim data-web-0 Pod web-0 in StatefulSet web success',
      'create Pod web-0 in StatefulSet web successful',
    ]);
    world.kubelet.run();
    expect(world.pod('web-2').spec.volumes).toEqual([
      { name: 'data', persistentVolumeClaim: { claimName: 'data-web-2' } },
    ]);
    expect(world.claims()[0]!.metadata.labels).toEqual({ kind: 'disk', app: 'web' });
    world.edit((set) => setReplicas(set, 1));
    world.kubelet.run();
    expect(owners(world)).toEqual({ 'data-web-0': [], 'data-web-1': [], 'data-web-2': [] });
  });

  it('go with their pods where the policy says so', () => {
    const world = newWorld({
      volumeClaimTemplates: [dataClaim],
      persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete', whenDeleted: 'Retain' },
    });
    world.kubelet.run();
    expect(owners(world)).toEqual({ 'data-web-0': [], 'data-web-1': [], 'data-web-2': [] });
    world.edit((set) => setReplicas(set, 2));
    expect(owners(world)).toMatchObject({ 'data-web-1': [], 'data-web-2': ['Pod/web-2'] });
    world.edit((set) => setReplicas(set, 3));
    world.kubelet.run();
    world.edit((set) => setReplicas(set, 1));
    world.kubelet.run();
    expect(Object.keys(owners(world))).toEqual(['data-web-0']);
  });

  it('belong to the set where they go with it', () => {
    const world = newWorld({
      volumeClaimTemplates: [dataClaim],
      persistentVolumeClaimRetentionPolicy: { whenScaled: 'Retain', whenDeleted: 'Delete' },
    });
    world.kubelet.run();
    expect(owners(world)['data-web-2']).toEqual(['StatefulSet/web']);
    world.edit(({ spec }) => {
      (spec as StatefulSet['spec']).persistentVolumeClaimRetentionPolicy = {
        whenScaled: 'Delete',
        whenDeleted: 'Delete',
      };
      (spec as StatefulSet['spec']).replicas = 2;
    });
    expect(owners(world)).toMatchObject({
      'data-web-1': ['StatefulSet/web'],
      'data-web-2': ['Pod/web-2'],
    });
    world.edit(({ spec }) => {
      (spec as StatefulSet['spec']).persistentVolumeClaimRetentionPolicy = {};
    });
    expect(owners(world)).toMatchObject({ 'data-web-1': [] });
    expect(world.store.writesOfAnotherRound()).toEqual([]);
  });

  it('are made again while their pod waits', () => {
    const world = newWorld({ volumeClaimTemplates: [dataClaim] });
    world.store.remove('persistentvolumeclaims', 'data-web-0');
    world.store.settle();
    expect(Object.keys(owners(world))).toEqual(['data-web-0']);
  });

  it('keep a pod from being made while they are being deleted', () => {
    const world = newWorld({ volumeClaimTemplates: [dataClaim], replicas: 1 });
    world.store.delete('persistentvolumeclaims', 'data-web-0');
    world.store.delete('pods', 'web-0');
    world.store.events.length = 0;
    world.store.settle();
    // The claim's protection ends with the pod, and so both are made anew.
    expect(world.names()).toEqual(['web-0']);
    expect(world.claims()[0]!.metadata.deletionTimestamp).toBeUndefined();
    expect(world.store.events.map(({ message }) => message)).toContain(
      'create Pod web-0 in StatefulSet web failed error: pvc data-web-0 is being deleted',
    );
  });
});
