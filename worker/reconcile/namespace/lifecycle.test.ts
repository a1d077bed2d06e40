import { describe, expect, it } from 'vitest';
import { CLUSTER_PLANNERS, NAMESPACE_PLANNERS } from '../index.ts';
import { as } from '../kinds.ts';
import type { Namespace } from '../kinds.ts';
import { NAMESPACE_CONTENTS } from '../../registry/hidden-resources.ts';
import { MemoryStore } from '../testing/memory-store.ts';
import { START, sampleDeployment } from '../testing/samples.ts';
import { ScriptedKubelet } from '../testing/scripted-kubelet.ts';

/** A cluster store and one namespace's, with the two mirrors between them. */
class World {
  readonly cluster = new MemoryStore({ namespace: '', planners: CLUSTER_PLANNERS, now: START });
  readonly store = new MemoryStore({ namespace: 'shop', planners: NAMESPACE_PLANNERS, now: START });
  readonly kubelet = new ScriptedKubelet(this.store);

  constructor() {
    this.cluster.create('namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'shop' },
    });
    this.settle();
  }

  settle(): void {
    for (let round = 0; round < 6; round++) {
      sync(this.cluster, this.store, 'namespaces');
      this.store.settle();
      sync(this.store, this.cluster, NAMESPACE_CONTENTS);
      this.cluster.settle();
    }
  }

  namespace(): Namespace | null {
    const object = this.cluster.objects.get('namespaces', 'shop');
    return object === null ? null : as<Namespace>(object);
  }

  conditions(): Record<string, string> {
    const conditions = this.namespace()?.status?.conditions ?? [];
    return Object.fromEntries(
      conditions.map(({ type, status, message }) => [type, `${status}: ${message ?? ''}`]),
    );
  }
}

function sync(from: MemoryStore, to: MemoryStore, resource: string): void {
  const object = from.objects.get(resource, 'shop');
  if (object === null) to.remove(resource, 'shop');
  else to.mirror(resource, object);
}

describe('a namespace', () => {
  it('has a default ServiceAccount, which comes back when it is deleted', () => {
    const { store } = new World();
    const before = store.objects.get('serviceaccounts', 'default')!;
    store.delete('serviceaccounts', 'default');
    store.settle();
    const after = store.objects.get('serviceaccounts', 'default')!;
    expect(after.metadata.uid).not.toBe(before.metadata.uid);
  });

  it('loses its pods first, then the rest, then itself', () => {
    const world = new World();
    world.store.create('deployments.apps', sampleDeployment());
    world.kubelet.run();
    world.cluster.delete('namespaces', 'shop');
    world.settle();
    expect(world.namespace()!.status!.phase).toBe('Terminating');
    expect(world.store.objects.list('deployments.apps')).toHaveLength(1);
    expect(world.conditions()).toEqual({
      NamespaceDeletionDiscoveryFailure: 'False: All resources successfully discovered',
      NamespaceDeletionGroupVersionParsingFailure:
        'False: All legacy kube types successfully parsed',
      NamespaceDeletionContentFailure:
        'False: All content successfully deleted, may be waiting on finalization',
      NamespaceContentRemaining:
        'True: Some resources are remaining: pods. has 3 resource instances',
      NamespaceFinalizersRemaining: 'False: All content-preserving finalizers finished',
    });
    for (const pod of world.kubelet.pods()) world.kubelet.finishTermination(pod);
    world.settle();
    expect(world.namespace()).toBeNull();
    const left = world.store.objects.resources().filter(({ count }) => count > 0);
    expect(left).toEqual([]);
  });

  it('waits for finalizers of its content and says which', () => {
    const world = new World();
    world.store.create('deployments.apps', {
      ...sampleDeployment({ replicas: 0 }),
      metadata: { name: 'web', finalizers: ['example.com/f'] },
    });
    world.settle();
    world.cluster.delete('namespaces', 'shop');
    world.settle();
    expect(world.conditions()).toMatchObject({
      NamespaceContentRemaining:
        'True: Some resources are remaining: deployments.apps has 1 resource instances',
      NamespaceFinalizersRemaining:
        'True: Some content in the namespace has finalizers remaining: example.com/f in 1 resource instances',
    });
    world.store.edit('deployments.apps', 'web', (draft) => (draft.metadata.finalizers = []));
    world.settle();
    expect(world.namespace()).toBeNull();
  });

  it('says what could not be deleted', () => {
    const world = new World();
    const refusing = new MemoryStore({
      namespace: 'shop',
      planners: NAMESPACE_PLANNERS,
      now: START,
      admit: ({ verb, resource }) =>
        verb === 'delete' && resource === 'serviceaccounts' ? 'denied by webhook' : null,
    });
    const stubborn = Object.assign(Object.create(World.prototype) as World, {
      cluster: world.cluster,
      store: refusing,
    });
    stubborn.settle();
    world.cluster.delete('namespaces', 'shop');
    stubborn.settle();
    refusing.advance(2000);
    stubborn.settle();
    expect(stubborn.conditions()).toMatchObject({
      NamespaceDeletionContentFailure:
        'True: Failed to delete all resource types, 1 remaining: denied by webhook',
    });
  });

  it('is not held up by what a namespace of the same name left behind', () => {
    const world = new World();
    world.store.create('configmaps', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'kept', finalizers: ['example.com/f'] },
    });
    world.cluster.delete('namespaces', 'shop');
    world.settle();
    const stale = world.cluster.objects.get(NAMESPACE_CONTENTS, 'shop')!;
    expect(stale).toMatchObject({ remaining: { configmaps: 1 } });
    world.store.edit('configmaps', 'kept', (draft) => (draft.metadata.finalizers = []));
    world.settle();
    world.cluster.create('namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'shop' },
    });
    world.settle();
    expect(world.namespace()!.status).toEqual({ phase: 'Active' });
    expect(world.cluster.objects.get(NAMESPACE_CONTENTS, 'shop')).toBeNull();
  });
});
