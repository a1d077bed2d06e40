import { expect, it } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { MemoryStore } from '../testing/memory-store.ts';
import { START } from '../testing/samples.ts';
import { resourceQuotaPlanner } from './planner.ts';

const newStore = (): MemoryStore =>
  new MemoryStore({ namespace: 'shop', planners: [resourceQuotaPlanner], now: START });

const quota = (hard: Record<string, string>): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'all' },
  spec: { hard },
});

const pod = (name: string): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: { containers: [{ name: 'c', image: 'a', resources: { requests: { cpu: '500m' } } }] },
});

const used = (store: MemoryStore): unknown =>
  (store.objects.get('resourcequotas', 'all')?.status as { used?: object } | undefined)?.used;

it('the status of a quota follows what there is', () => {
  const store = newStore();
  store.create('resourcequotas', quota({ cpu: '2', pods: '9' }));
  store.settle();
  expect(used(store)).toEqual({ cpu: '0', pods: '0' });
  for (const name of ['a', 'b', 'c']) store.create('pods', pod(name));
  expect(store.settle()).toBe(1);
  expect(used(store)).toEqual({ cpu: '1500m', pods: '3' });
  store.edit('pods', 'a', (draft) => (draft.status = { phase: 'Succeeded' }), 'status');
  store.remove('pods', 'b');
  store.settle();
  expect(used(store)).toEqual({ cpu: '500m', pods: '1' });
  expect(store.writesOfAnotherRound()).toEqual([]);
});

it('a limit that is set anew is counted at once', () => {
  const store = newStore();
  store.create('pods', pod('a'));
  store.create('resourcequotas', quota({ pods: '9' }));
  store.settle();
  store.edit('resourcequotas', 'all', (draft) => (draft.spec = { hard: { 'count/pods': '5' } }));
  store.settle();
  expect(store.objects.get('resourcequotas', 'all')?.status).toEqual({
    hard: { 'count/pods': '5' },
    used: { 'count/pods': '1' },
  });
});

it('what changes nothing that is counted makes nothing due', () => {
  const store = newStore();
  store.create('resourcequotas', quota({ pods: '9', 'services.nodeports': '1' }));
  store.create('pods', pod('a'));
  store.settle();
  store.bind('a', 'node-1');
  store.edit('pods', 'a', (draft) => (draft.status = { phase: 'Running' }), 'status');
  expect(store.settle()).toBe(0);
  const due = (before: KubernetesObject | null, after: KubernetesObject | null) =>
    resourceQuotaPlanner.keysFor({ resource: 'pods', name: 'a', before, after }, store.objects);
  const stored = store.objects.get('pods', 'a')!;
  expect(due(stored, { ...stored, status: { phase: 'Running', podIP: '10.0.0.1' } })).toEqual([]);
  expect(due(stored, null)).toEqual(['*']);
});
