import { describe, expect, it } from 'vitest';
import { DAEMON_FAILURES, NODE_PLACES } from '../../registry/hidden-resources.ts';
import { ALL_PLACES, allPlaces, placeOf } from '../../registry/node-place.ts';
import { NAMESPACE_PLANNERS } from '../index.ts';
import { as, asList } from '../kinds.ts';
import type { ControllerRevision, DaemonSet, Pod } from '../kinds.ts';
import { MemoryStore } from '../testing/memory-store.ts';
import { sampleDaemonSet, sampleNode, setImage, START } from '../testing/samples.ts';
import { ScriptedKubelet } from '../testing/scripted-kubelet.ts';
import { targetNode } from './pods-by-node.ts';

function newWorld(spec: Record<string, unknown> = {}, nodes: readonly string[] = ['a', 'b', 'c']) {
  const store = new MemoryStore({ namespace: 'shop', planners: NAMESPACE_PLANNERS, now: START });
  const kubelet = new ScriptedKubelet(store);
  const pods = () => asList<Pod>(store.objects.list('pods'));
  const on = (node: string) => pods().filter((pod) => targetNode(pod) === node);
  const world = {
    store,
    kubelet,
    pods,
    on,
    set: () => as<DaemonSet>(store.objects.get('daemonsets.apps', 'web')!),
    images: () =>
      pods()
        .map((pod) => `${targetNode(pod) ?? ''} ${pod.spec.containers[0]?.image ?? ''}`)
        .sort((a, b) => a.localeCompare(b)),
    revisions: () => asList<ControllerRevision>(store.objects.list('controllerrevisions.apps')),
    node: (...args: Parameters<typeof sampleNode>) => {
      store.mirror(NODE_PLACES, placeOf(sampleNode(...args)));
      store.settle();
    },
    edit: (change: Parameters<MemoryStore['edit']>[2]) => {
      store.edit('daemonsets.apps', 'web', change);
      store.settle();
    },
    /** Binds every pod to the node that it is for, and makes it ready. */
    ready: (pod: Pod) => {
      if (!pod.spec.nodeName) store.bind(pod.metadata.name, targetNode(pod)!);
      kubelet.report(as<Pod>(store.objects.get('pods', pod.metadata.name)!), true);
      store.settle();
    },
    run: () => {
      for (let round = 0; round < 20; round++) {
        for (const pod of pods()) {
          if (pod.metadata.deletionTimestamp === undefined) world.ready(pod);
          else kubelet.finishTermination(pod);
          store.settle();
        }
        store.advance(1000);
      }
    },
  };
  for (const node of nodes) store.mirror(NODE_PLACES, placeOf(sampleNode(node)));
  store.mirror(NODE_PLACES, allPlaces());
  store.create('daemonsets.apps', sampleDaemonSet(spec));
  store.settle();
  return world;
}

describe('a DaemonSet', () => {
  it('makes a pod for every node, pinned to it', () => {
    const world = newWorld();
    expect(world.images()).toEqual(['a web:1', 'b web:1', 'c web:1']);
    const [revision] = world.revisions();
    const hash = revision!.metadata.labels!['controller-revision-hash'];
    const [pod] = world.on('b');
    expect(pod).toMatchObject({
      metadata: {
        generateName: 'web-',
        labels: {
          app: 'web',
          'controller-revision-hash': hash,
          'pod-template-generation': '1',
        },
        ownerReferences: [{ kind: 'DaemonSet', name: 'web', controller: true }],
      },
      spec: {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [
                { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['b'] }] },
              ],
            },
          },
        },
      },
    });
    expect(pod!.spec.tolerations).toHaveLength(6);
    expect(revision!.metadata.name).toBe(`web-${hash!}`);
    world.run();
    expect(world.set().status).toEqual({
      currentNumberScheduled: 3,
      desiredNumberScheduled: 3,
      numberMisscheduled: 0,
      numberReady: 3,
      numberAvailable: 3,
      updatedNumberScheduled: 3,
      observedGeneration: 1,
    });
    expect(world.store.writesOfAnotherRound()).toEqual([]);
  });

  it('waits until all nodes are known', () => {
    const world = newWorld();
    world.store.remove(NODE_PLACES, ALL_PLACES);
    world.store.remove(NODE_PLACES, 'a');
    world.store.settle();
    expect(world.pods()).toHaveLength(3);
    world.store.mirror(NODE_PLACES, allPlaces());
    world.store.settle();
    expect(world.images()).toEqual(['b web:1', 'c web:1']);
  });

  it('follows nodes that come, go and change', () => {
    const world = newWorld({
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { nodeSelector: { disk: 'ssd' }, containers: [{ name: 'c', image: 'web:1' }] },
      },
    });
    expect(world.pods()).toEqual([]);
    world.node('b', { disk: 'ssd' });
    expect(world.images()).toEqual(['b web:1']);
    world.node('d', { disk: 'ssd' });
    world.run();
    world.node('b', { disk: 'hdd' });
    expect(world.on('b')[0]!.metadata.deletionTimestamp).toBeDefined();
    expect(world.set().status).toMatchObject({ desiredNumberScheduled: 1, numberMisscheduled: 1 });
    world.run();
    expect(world.set().status).toMatchObject({ numberMisscheduled: 0 });
    world.store.remove(NODE_PLACES, 'd');
    world.store.settle();
    // A bound pod of a node that is gone is not this controller's to remove.
    expect(world.images()).toEqual(['d web:1']);
  });

  it('removes pods that wait for a node that is gone', () => {
    const world = newWorld();
    world.store.remove(NODE_PLACES, 'b');
    world.store.settle();
    expect(world.images()).toEqual(['a web:1', 'c web:1']);
  });

  it('keeps off tainted nodes, and leaves only where it is driven away', () => {
    const world = newWorld();
    world.run();
    const taint = (effect: string) => [{ key: 'own', effect }];
    world.node('a', {}, taint('NoSchedule'));
    world.node('b', {}, taint('NoExecute'));
    world.node('c', {}, [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }]);
    world.run();
    expect(world.images()).toEqual(['a web:1', 'c web:1']);
    expect(world.set().status).toMatchObject({ desiredNumberScheduled: 1, numberMisscheduled: 1 });
  });

  it('replaces a failed pod at once the first time, and later ever more slowly', () => {
    const world = newWorld({}, ['a']);
    const fail = () => {
      world.ready(world.on('a')[0]!);
      world.kubelet.finish(world.on('a')[0]!, 1);
      world.store.settle();
    };
    const { uid } = world.on('a')[0]!.metadata;
    fail();
    const second = world.on('a')[0]!.metadata.uid;
    expect(second).not.toBe(uid);
    expect(world.store.events.find(({ reason }) => reason === 'FailedDaemonPod')).toMatchObject({
      type: 'Warning',
      message: expect.stringMatching(
        /^Found failed daemon pod shop\/web-\S+ on node a, will try to kill it$/,
      ) as string,
    });
    fail();
    expect(world.on('a')[0]!.metadata.uid).toBe(second);
    world.store.advance(999);
    expect(world.on('a')[0]!.metadata.uid).toBe(second);
    world.store.advance(1);
    expect(world.on('a')[0]!.metadata.uid).not.toBe(second);
    fail();
    world.store.advance(1999);
    expect(world.on('a')[0]!.status?.phase).toBe('Failed');
    world.store.advance(1);
    expect(world.on('a')[0]!.status?.phase).toBe('Pending');
    world.store.delete('daemonsets.apps', 'web');
    world.store.settle();
    expect(world.store.objects.list(DAEMON_FAILURES)).toEqual([]);
  });

  it('updates one node after the other, and goes back without touching what it had not reached', () => {
    const world = newWorld();
    world.run();
    const before = new Map(world.pods().map((pod) => [targetNode(pod), pod.metadata.uid]));
    world.edit((set) => setImage(set, 'broken'));
    for (const pod of world.pods()) world.kubelet.finishTermination(pod);
    world.store.settle();
    expect(world.images()).toEqual(['a broken', 'b web:1', 'c web:1']);
    world.edit((set) => setImage(set, 'web:1'));
    world.run();
    expect(world.images()).toEqual(['a web:1', 'b web:1', 'c web:1']);
    for (const node of ['b', 'c']) {
      expect(world.on(node)[0]!.metadata.uid).toBe(before.get(node));
    }
    expect(world.revisions().map(({ revision }) => revision)).toEqual([3, 2]);
  });

  it('updates within what may be unavailable', () => {
    const world = newWorld({
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '50%' } },
    });
    world.run();
    world.edit((set) => setImage(set, 'web:2'));
    expect(world.pods().filter((pod) => pod.metadata.deletionTimestamp !== undefined)).toHaveLength(
      2,
    );
    world.run();
    expect(world.images()).toEqual(['a web:2', 'b web:2', 'c web:2']);
    expect(world.set().status).toMatchObject({ updatedNumberScheduled: 3 });
  });

  it('puts new pods beside the old ones where it may surge', () => {
    const world = newWorld({
      updateStrategy: {
        type: 'RollingUpdate',
        rollingUpdate: { maxUnavailable: 0, maxSurge: 1 },
      },
    });
    world.run();
    world.edit((set) => setImage(set, 'web:2'));
    expect(world.images()).toEqual(['a web:1', 'a web:2', 'b web:1', 'c web:1']);
    world.ready(world.on('a').find((pod) => pod.spec.containers[0]!.image === 'web:2')!);
    expect(
      world.on('a').filter((pod) => pod.metadata.deletionTimestamp === undefined),
    ).toHaveLength(1);
    world.run();
    expect(world.images()).toEqual(['a web:2', 'b web:2', 'c web:2']);
  });

  it('updates pods when somebody deletes them where the strategy is OnDelete', () => {
    const world = newWorld({ updateStrategy: { type: 'OnDelete' } });
    world.run();
    world.edit((set) => setImage(set, 'web:2'));
    world.run();
    expect(world.images()).toEqual(['a web:1', 'b web:1', 'c web:1']);
    world.store.delete('pods', world.on('a')[0]!.metadata.name);
    world.run();
    expect(world.images()).toEqual(['a web:2', 'b web:1', 'c web:1']);
  });

  it('keeps one of several revisions of the same template', () => {
    const world = newWorld();
    world.run();
    const [revision] = world.revisions();
    const { name, uid: _uid, resourceVersion: _version, ...metadata } = revision!.metadata;
    world.store.create('controllerrevisions.apps', {
      ...revision!,
      metadata: { ...metadata, name: `${name}-2` },
      revision: 2,
    });
    world.edit(({ metadata: own }) => (own.labels = { touched: 'yes' }));
    world.run();
    expect(world.revisions().map(({ metadata: { name: kept } }) => kept)).toEqual([`${name}-2`]);
    expect(world.set().status).toMatchObject({ updatedNumberScheduled: 3 });
  });

  it('counts a pod as available only after minReadySeconds', () => {
    const world = newWorld({ minReadySeconds: 30 }, ['a']);
    world.ready(world.on('a')[0]!);
    expect(world.set().status).toMatchObject({ numberReady: 1, numberUnavailable: 1 });
    world.store.advance(30_000);
    expect(world.set().status).toMatchObject({ numberReady: 1, numberAvailable: 1 });
  });
});
