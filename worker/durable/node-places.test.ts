import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { describe, expect, it, vi } from 'vitest';
import {
  create,
  createNamespace,
  freshCluster,
  remove,
  stubOf,
} from '../../test/workerd/stores.ts';
import type { KubernetesObject } from '../../apimachinery/meta.ts';
import { sampleDaemonSet, sampleNode } from '../reconcile/testing/samples.ts';
import { NodePlacesEffect } from './effects/node-places-effect.ts';
import { NodeFollowers } from './store/node-followers.ts';
import type { Scope } from './store/protocol.ts';

const DAEMON_SETS = 'daemonsets.apps';

const clusterOf = ({ cluster }: Scope): Scope => ({ cluster, namespace: '' });

async function newNamespace(): Promise<Scope> {
  const scope = { cluster: freshCluster(), namespace: 'shop' };
  await createNamespace(scope.cluster, 'shop');
  return scope;
}

const addNode = async (scope: Scope, name: string): Promise<KubernetesObject> => {
  const { uid: _, ...metadata } = sampleNode(name).metadata;
  const status = { conditions: [{ type: 'Ready', status: 'True' }] };
  return create(clusterOf(scope), 'nodes', { ...sampleNode(name), metadata, status });
};

async function namesOf(scope: Scope, resource: string): Promise<string[]> {
  return runInDurableObject(stubOf(scope), (_object, { storage }) =>
    storage.sql
      .exec<{ name: string }>('SELECT name FROM objects WHERE resource = ? ORDER BY name', resource)
      .toArray()
      .map(({ name }) => name),
  );
}

const placesOf = (scope: Scope): Promise<string[]> => namesOf(scope, 'nodeplaces.fairlead.dev');

const whenPods = (scope: Scope, count: number) =>
  vi.waitFor(async () => {
    expect(await namesOf(scope, 'pods')).toHaveLength(count);
  }, 5_000);

describe('a store with DaemonSets', () => {
  it('knows the nodes, and forgets them with its last DaemonSet', async () => {
    const scope = await newNamespace();
    await addNode(scope, 'a');
    expect(await placesOf(scope)).toEqual([]);
    await create(scope, DAEMON_SETS, sampleDaemonSet());
    await whenPods(scope, 1);
    await addNode(scope, 'b');
    await whenPods(scope, 2);
    expect(await placesOf(scope)).toEqual(['*', 'a', 'b']);
    await remove(scope, DAEMON_SETS, 'web');
    await vi.waitFor(async () => expect(await placesOf(scope)).toEqual([]), 5_000);
  });

  it('is told of nodes through eviction of both', async () => {
    const scope = await newNamespace();
    await create(scope, DAEMON_SETS, sampleDaemonSet());
    await vi.waitFor(async () => expect(await placesOf(scope)).toEqual(['*']), 5_000);
    await evictDurableObject(stubOf(scope));
    await evictDurableObject(stubOf(clusterOf(scope)));
    await addNode(scope, 'a');
    await whenPods(scope, 1);
  });

  it('becomes active again for them when it has given its slot back', async () => {
    const scope = await newNamespace();
    await create(scope, DAEMON_SETS, sampleDaemonSet());
    await vi.waitFor(async () => expect(await placesOf(scope)).toEqual(['*']), 5_000);
    await vi.waitFor(async () => expect(await stubOf(scope).yieldSlot()).not.toBeNull(), 5_000);
    await addNode(scope, 'a');
    await whenPods(scope, 1);
  });

  it.each<{ what: string; change: object; want: readonly string[] }>([
    { what: 'a heartbeat', change: { status: { conditions: [{ type: 'Ready' }] } }, want: [] },
    { what: 'cordon', change: { spec: { unschedulable: true } }, want: [] },
    { what: 'a taint', change: { spec: { taints: [{ key: 'a', effect: 'b' }] } }, want: ['all'] },
    { what: 'a label', change: { metadata: { name: 'a', labels: { a: 'b' } } }, want: ['all'] },
  ])('hears of $what: $want', ({ change, want }) => {
    const effect = new NodePlacesEffect({
      followers: new NodeFollowers({ get: () => null, set: () => undefined }),
      tell: () => Promise.resolve(true),
      transact: () => Promise.resolve(),
    });
    const before: KubernetesObject = { metadata: { name: 'a' } };
    const after: KubernetesObject = { ...before, ...change };
    expect(effect.keysFor({ resource: 'nodes', name: 'a', before, after })).toEqual(want);
  });
});
