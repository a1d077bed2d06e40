import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { NAMESPACE_PLANNERS } from '../index.ts';
import { MemoryStore } from '../testing/memory-store.ts';
import { START } from '../testing/samples.ts';
import { endpointsOf, MAX_ENDPOINTS_PER_SLICE, SLICES } from './slice.ts';
import type { EndpointSlice } from './slice.ts';

const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web' },
  spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
};

class World {
  readonly store: MemoryStore;
  readonly present = new Map<string, boolean>();
  writes = 0;
  #count = 0;

  constructor() {
    this.store = new MemoryStore({
      namespace: 'shop',
      planners: NAMESPACE_PLANNERS,
      now: START,
      admit: (write) => {
        if (write.resource === SLICES) this.writes += 1;
        return null;
      },
    });
    this.store.create('services', service);
    this.store.settle();
  }

  add(count: number): void {
    for (let i = 0; i < count; i++) {
      this.#count += 1;
      const name = `pod-${this.#count}`;
      this.store.create('pods', {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, labels: { app: 'web' } },
        spec: { containers: [{ name: 'c', image: 'i' }] },
      });
      this.store.bind(name, 'n1');
      this.present.set(name, false);
      this.report(name, false, this.#count);
    }
  }

  report(name: string, ready: boolean, ip?: number): void {
    this.present.set(name, ready);
    const change = (draft: KubernetesObject) => {
      const podIP = `10.1.${Math.floor((ip ?? 0) / 250)}.${((ip ?? 0) % 250) + 1}`;
      const address = ip === undefined ? {} : { podIP, podIPs: [{ ip: podIP }] };
      const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False' }];
      draft['status'] = {
        ...(draft['status'] as object),
        phase: 'Running',
        ...address,
        conditions,
      };
    };
    this.store.edit('pods', name, change, 'status');
  }

  remove(name: string): void {
    this.present.delete(name);
    this.store.remove('pods', name);
  }

  slices(): readonly EndpointSlice[] {
    return this.store.objects.list(SLICES);
  }

  check(): void {
    const endpoints = this.slices().flatMap((slice) => endpointsOf(slice));
    const shown = endpoints.map(({ targetRef, conditions }) => [
      targetRef?.name,
      conditions?.ready,
    ]);
    expect(new Map(shown as [string, boolean][])).toEqual(this.present);
    expect(endpoints).toHaveLength(this.present.size);
    for (const slice of this.slices()) {
      expect(endpointsOf(slice).length).toBeLessThanOrEqual(MAX_ENDPOINTS_PER_SLICE);
    }
    expect(this.slices().length).toBeGreaterThan(0);
    expect(this.store.writesOfAnotherRound()).toEqual([]);
  }
}

const step = fc.oneof(
  fc.record({ do: fc.constant('add' as const), count: fc.integer({ min: 1, max: 60 }) }),
  fc.record({
    do: fc.constantFrom('remove', 'flip'),
    picks: fc.array(fc.nat(1000), { maxLength: 30 }),
  }),
);

it('slices show every pod of a service once, whatever happens', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
      const world = new World();
      for (const one of steps) {
        if ('count' in one) world.add(one.count);
        else {
          for (const pick of one.picks) {
            const names = [...world.present.keys()];
            const name = names[pick % Math.max(1, names.length)];
            if (name === undefined) continue;
            if (one.do === 'remove') world.remove(name);
            else world.report(name, world.present.get(name) !== true);
          }
        }
        world.store.settle();
        world.check();
      }
    }),
    { numRuns: 15 },
  );
});

it('a change of one pod changes one slice', () => {
  const world = new World();
  world.add(250);
  world.store.settle();
  expect(
    world
      .slices()
      .map((slice) => endpointsOf(slice).length)
      .toSorted((a, b) => a - b),
  ).toEqual([50, 100, 100]);
  for (const change of [
    () => world.report('pod-7', true),
    () => world.remove('pod-7'),
    () => world.add(1),
  ]) {
    world.writes = 0;
    change();
    world.store.settle();
    world.check();
    expect(world.writes).toBe(1);
  }
});
