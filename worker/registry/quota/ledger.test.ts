import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { contextOf, NOW, refusalOf, request } from '../../../test/plugin-harness.ts';
import { newResourceQuotaPlugin } from '../admission/plugins/resource-quota.ts';
import { amountsOf } from './amounts.ts';
import { QuotaLedger } from './ledger.ts';

/** A namespace in memory that counts how often its ledger reads. */
class Namespace {
  readonly objects = new Map<string, Map<string, KubernetesObject>>();
  readonly ledger = this.newLedger();
  reads = 0;

  newLedger(): QuotaLedger {
    return new QuotaLedger({
      list: (resource) => [...(this.objects.get(resource)?.values() ?? [])],
      get: (resource, name) => {
        this.reads++;
        return this.objects.get(resource)?.get(name) ?? null;
      },
      isNamespaced: (resource) => resource !== 'nodes',
    });
  }

  put(resource: string, name: string, object: KubernetesObject | null): void {
    const byName = this.objects.get(resource) ?? new Map<string, KubernetesObject>();
    this.objects.set(resource, byName);
    if (object === null) byName.delete(name);
    else byName.set(name, object);
    this.ledger.touch(resource, name);
  }
}

const quota = (name: string, spec: object): KubernetesObject => ({ metadata: { name }, spec });

const pod = (name: string, cpu: string | null, more: object = {}): KubernetesObject => ({
  metadata: { name, resourceVersion: '1' },
  spec: {
    containers: [{ name: 'c', ...(cpu === null ? {} : { resources: { requests: { cpu } } }) }],
    ...more,
  },
});

describe('the ledger', () => {
  it('counts what there is, and what has changed since', () => {
    const space = new Namespace();
    const all = quota('all', { hard: { cpu: '9', 'count/pods': '9', secrets: '9' } });
    const used = () => space.ledger.usageOf(all, NOW);
    space.put('pods', 'a', pod('a', '500m'));
    expect(used()).toEqual({ cpu: '500m', 'count/pods': '1', secrets: '0' });
    space.put('pods', 'b', pod('b', '1500m'));
    space.put('secrets', 's', { metadata: { name: 's' } });
    expect(used()).toEqual({ cpu: '2', 'count/pods': '2', secrets: '1' });
    space.put('pods', 'a', null);
    expect(used()).toEqual({ cpu: '1500m', 'count/pods': '1', secrets: '1' });
    space.put('pods', 'b', { ...pod('b', '1500m'), status: { phase: 'Failed' } });
    expect(used()).toEqual({ cpu: '0', 'count/pods': '1', secrets: '1' });
  });

  it('counts for each quota what is in its scopes', () => {
    const space = new Namespace();
    const hard = { pods: '9' };
    const scoped = (scopes: string[]): string | undefined =>
      space.ledger.usageOf(quota('q', { hard, scopes }), NOW)['pods'];
    space.put('pods', 'a', pod('a', null));
    space.put('pods', 'b', pod('b', '1', { activeDeadlineSeconds: 1 }));
    expect([scoped([]), scoped(['BestEffort']), scoped(['Terminating'])]).toEqual(['2', '1', '1']);
    space.put('pods', 'c', pod('c', null, { activeDeadlineSeconds: 1 }));
    expect(scoped(['BestEffort', 'Terminating'])).toBe('1');
    const services = quota('q', { hard: { services: '1' }, scopes: ['BestEffort'] });
    space.put('services', 's', { metadata: { name: 's' } });
    expect(space.ledger.usageOf(services, NOW)).toEqual({ services: '0' });
  });

  it('leaves out what nobody can count', () => {
    const { ledger } = new Namespace();
    const hard = { 'count/nodes': '1', 'count/events': '1', 'example.com/what': '1' };
    expect(ledger.usageOf(quota('q', { hard }), NOW)).toEqual({});
  });

  it('writes a sum as most of its amounts are written', () => {
    const space = new Namespace();
    const memory = (name: string, amount: string) => {
      const resources = { requests: { memory: amount } };
      space.put('pods', name, {
        metadata: { name },
        spec: { containers: [{ name: 'c', resources }] },
      });
    };
    const used = () => space.ledger.usageOf(quota('q', { hard: { memory: '1Gi' } }), NOW)['memory'];
    memory('a', '1024M');
    expect(used()).toBe('1024M');
    memory('b', '512Mi');
    expect(used()).toBe('1524288Ki');
    memory('c', '512Mi');
    expect(used()).toBe('2048576Ki');
  });

  it('forgets a pod when its time is up', () => {
    const space = new Namespace();
    const leaving = pod('a', '1');
    leaving.metadata.deletionTimestamp = '2026-01-01T00:00:30Z';
    leaving.metadata.deletionGracePeriodSeconds = 30;
    space.put('pods', 'a', leaving);
    const used = (now: number) => space.ledger.usageOf(quota('q', { hard: { pods: '1' } }), now);
    expect(used(NOW)).toEqual({ pods: '1' });
    expect(space.ledger.nextChange()).toBe(NOW + 60_000);
    expect(used(NOW + 60_001)).toEqual({ pods: '0' });
    expect(space.ledger.nextChange()).toBeNull();
  });

  it('reads only what changed, however many quotas there are', () => {
    const space = new Namespace();
    for (let i = 0; i < 2000; i++) space.put('pods', `p${i}`, pod(`p${i}`, '1m'));
    const quotas = Array.from({ length: 50 }, (_, i) =>
      quota(`q${i}`, { hard: { cpu: '99', pods: String(i) } }),
    );
    for (const q of quotas) space.put('resourcequotas', q.metadata.name ?? '', q);
    const readAll = () => quotas.map((q) => space.ledger.usageOf(q, NOW));
    expect(readAll().at(-1)).toEqual({ cpu: '2', pods: '2k' });
    space.reads = 0;
    space.put('pods', 'new', pod('new', '1m'));
    expect(readAll().at(-1)).toEqual({ cpu: '2001m', pods: '2001' });
    expect(space.reads).toBe(1);
  });

  it('does without what only quotas that are gone counted', () => {
    const space = new Namespace();
    const high = quota('high', { hard: { pods: '1' }, scopes: ['BestEffort'] });
    space.put('resourcequotas', 'high', high);
    space.put('pods', 'a', pod('a', null));
    expect(space.ledger.usageOf(high, NOW)).toEqual({ pods: '1' });
    space.put('resourcequotas', 'high', null);
    const all = quota('all', { hard: { pods: '1' } });
    space.put('resourcequotas', 'all', all);
    space.put('pods', 'b', pod('b', null));
    expect(space.ledger.usageOf(all, NOW)).toEqual({ pods: '2' });
    space.put('resourcequotas', 'high', high);
    expect(space.ledger.usageOf(high, NOW)).toEqual({ pods: '2' });
  });
});

type Step = readonly [
  action: 'create' | 'update' | 'delete' | 'undo',
  resource: 'pods' | 'services',
  index: number,
  object: KubernetesObject,
];

const anyPod = fc
  .record({
    cpu: fc.constantFrom(null, '0', '250m', '1', '2'),
    deadline: fc.boolean(),
    phase: fc.constantFrom('Pending', 'Running', 'Succeeded'),
    priorityClassName: fc.constantFrom('', 'high'),
  })
  .map(({ cpu, deadline, phase, priorityClassName }) => ({
    ...pod('', cpu, {
      priorityClassName,
      ...(deadline ? { activeDeadlineSeconds: 1 } : {}),
    }),
    status: { phase },
  }));

const anyService = fc
  .constantFrom('ClusterIP', 'NodePort', 'LoadBalancer')
  .map((type) => ({ metadata: { resourceVersion: '1' }, spec: { type, ports: [{}, {}] } }));

const anyStep: fc.Arbitrary<Step> = fc
  .tuple(
    fc.constantFrom('create', 'update', 'delete', 'undo'),
    fc.nat(5),
    fc.oneof(
      anyPod.map((object) => ['pods', object] as const),
      anyService.map((object) => ['services', object] as const),
    ),
  )
  .map(([action, index, [resource, object]]) => [action, resource, index, object]);

const QUOTAS = [
  quota('all', {
    hard: { pods: '3', 'count/pods': '5', services: '4', 'services.nodeports': '4' },
  }),
  quota('cpu', { hard: { 'requests.cpu': '3' }, scopes: ['NotBestEffort'] }),
  quota('batch', { hard: { pods: '2', cpu: '2' }, scopes: ['Terminating', 'NotBestEffort'] }),
  quota('high', {
    hard: { pods: '1' },
    scopeSelector: {
      matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }],
    },
  }),
];

/** Applies a step as far as admission lets it. */
function apply(space: Namespace, [action, resource, index, source]: Step): void {
  const plugin = newResourceQuotaPlugin(() => space.ledger);
  const context = contextOf({ resourcequotas: QUOTAS });
  const name = `o${index}`;
  const old = space.objects.get(resource)?.get(name) ?? null;
  const object = { ...source, metadata: { ...source.metadata, name } };
  if (action === 'delete') {
    space.put(resource, name, null);
  } else if (action === 'update') {
    // A pod's status is the node's, and can only come to count for less.
    const next = resource === 'pods' ? { ...old, status: { phase: 'Succeeded' } } : object;
    if (old === null) return;
    const asked = request(resource, {
      operation: 'UPDATE',
      object: next as typeof object,
      oldObject: old,
    });
    if (refusalOf(plugin, asked, context) === null)
      space.put(resource, name, next as typeof object);
  } else if (old === null) {
    if (refusalOf(plugin, request(resource, { object }), context) !== null) return;
    space.put(resource, name, object);
    if (action === 'undo') {
      QUOTAS.forEach((q) => space.ledger.usageOf(q, NOW));
      space.put(resource, name, null);
    }
  }
}

describe('whatever is written and taken away', () => {
  it('the ledger has what a count from scratch has, and nothing is ever used beyond its limit', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 40 }), (steps) => {
        const space = new Namespace();
        for (const step of steps) {
          apply(space, step);
          const recount = space.newLedger();
          for (const q of QUOTAS) {
            const used = space.ledger.usageOf(q, NOW);
            expect(used).toEqual(recount.usageOf(q, NOW));
            const hard = amountsOf((q.spec as { hard: Record<string, string> }).hard);
            for (const [limit, amount] of amountsOf(used)) {
              expect(amount.compare(hard.get(limit)!)).not.toBe(1);
            }
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});
