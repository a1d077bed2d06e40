import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KubernetesObject, OwnerReference } from '../../../apimachinery/meta.ts';
import type { Reader, Write } from '../planner.ts';
import { MemoryStore } from '../testing/memory-store.ts';
import { START } from '../testing/samples.ts';
import { isWaiting } from './candidate.ts';
import { garbageCollectorPlanner } from './planner.ts';

const ABSENT: OwnerReference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'gone', uid: 'gone' };

class World {
  readonly store: MemoryStore;

  constructor(admit?: (write: Write, reader: Reader) => string | null) {
    this.store = new MemoryStore({
      namespace: 'shop',
      planners: [garbageCollectorPlanner],
      now: START,
      ...(admit === undefined ? {} : { admit }),
    });
  }

  /** Creates a ConfigMap owned by others, and returns a reference to it. */
  make(name: string, owners: OwnerReference[] = [], block = true): OwnerReference {
    const ownerReferences = owners.map((owner) => ({ ...owner, blockOwnerDeletion: block }));
    const object = this.store.create('configmaps', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, ...(owners.length === 0 ? {} : { ownerReferences }) },
    });
    return { apiVersion: 'v1', kind: 'ConfigMap', name, uid: object.metadata.uid! };
  }

  names(): string[] {
    return this.store.objects.list('configmaps').map(({ metadata }) => metadata.name!);
  }

  get(name: string): KubernetesObject | null {
    return this.store.objects.get('configmaps', name);
  }

  delete(name: string, propagationPolicy?: 'Orphan' | 'Foreground' | 'Background'): void {
    const options = propagationPolicy === undefined ? {} : { propagationPolicy };
    this.store.delete('configmaps', name, options);
    this.store.settle();
  }
}

describe('background deletion', () => {
  it('takes dependents of dependents', () => {
    const world = new World();
    world.make('leaf', [world.make('branch', [world.make('root')])]);
    world.delete('root', 'Background');
    expect(world.names()).toEqual([]);
  });

  it('leaves what another owner still holds, and makes it forget the one that is gone', () => {
    const world = new World();
    const [a, b] = [world.make('a'), world.make('b')];
    world.make('shared', [a, b]);
    world.delete('a');
    expect(world.get('shared')!.metadata.ownerReferences).toMatchObject([{ name: 'b' }]);
    world.delete('b');
    expect(world.names()).toEqual([]);
  });

  it('takes an object whose owner never existed', () => {
    const world = new World();
    world.make('stray', [ABSENT]);
    world.store.settle();
    expect(world.names()).toEqual([]);
  });

  it('takes an object whose owner has the right name and another uid', () => {
    const world = new World();
    world.make('stray', [{ ...world.make('owner'), uid: 'other' }]);
    world.store.settle();
    expect(world.names()).toEqual(['owner']);
  });

  it('takes an object whose owner has the right uid and another name', () => {
    const world = new World();
    world.make('stray', [{ ...world.make('owner'), name: 'other' }]);
    world.store.settle();
    expect(world.names()).toEqual(['owner']);
  });

  it('knows an owner by any version of its group', () => {
    const world = new World();
    world.make('kept', [{ ...world.make('owner'), apiVersion: 'v1beta1' }]);
    world.store.settle();
    expect(world.names()).toEqual(['owner', 'kept']);
  });

  it('does not touch an object whose owner may be in another store', () => {
    const world = new World();
    world.make('kept', [{ apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'n' }]);
    world.store.advance(3_600_000);
    expect(world.names()).toEqual(['kept']);
  });

  it('works through more dependents than one plan takes', () => {
    const world = new World();
    const root = world.make('root');
    for (let i = 0; i < 600; i++) world.make(`leaf-${i}`, [root]);
    world.delete('root', 'Background');
    expect(world.names()).toEqual([]);
  });
});

describe('foreground deletion', () => {
  it('keeps the owner until the last dependent that blocks is gone', () => {
    const world = new World();
    const root = world.make('root');
    world.make('leaf', [root]);
    world.store.edit(
      'configmaps',
      'leaf',
      (leaf) => (leaf.metadata.finalizers = ['example.com/f']),
    );
    world.delete('root', 'Foreground');
    expect(world.names()).toEqual(['root', 'leaf']);
    expect(world.get('leaf')!.metadata.deletionTimestamp).toBeDefined();
    world.store.edit('configmaps', 'leaf', (leaf) => (leaf.metadata.finalizers = []));
    world.store.settle();
    expect(world.names()).toEqual([]);
  });

  it('does not wait for dependents that do not block', () => {
    const world = new World();
    const root = world.make('root');
    world.make('leaf', [root], false);
    world.store.edit(
      'configmaps',
      'leaf',
      (leaf) => (leaf.metadata.finalizers = ['example.com/f']),
    );
    world.delete('root', 'Foreground');
    expect(world.names()).toEqual(['leaf']);
    expect(world.get('leaf')!.metadata.deletionTimestamp).toBeDefined();
  });

  it('goes down level by level, so that a leaf is gone before its owner', () => {
    const gone: string[] = [];
    const world = new World();
    world.make('leaf', [world.make('branch', [world.make('root')])]);
    world.store.edit(
      'configmaps',
      'leaf',
      (leaf) => (leaf.metadata.finalizers = ['example.com/f']),
    );
    world.delete('root', 'Foreground');
    gone.push(...world.names());
    expect(gone).toEqual(['root', 'branch', 'leaf']);
    expect(isWaiting(world.get('branch')!)).toBe(true);
  });

  it('is not held up by a circle of owners', () => {
    const world = new World();
    const a = world.make('a');
    const b = world.make('b', [a]);
    world.store.edit('configmaps', 'a', (draft) => {
      draft.metadata.ownerReferences = [{ ...b, blockOwnerDeletion: true }];
    });
    world.delete('a', 'Foreground');
    expect(world.names()).toEqual([]);
  });
});

describe('orphaning', () => {
  it('frees the dependents, then lets the owner go', () => {
    const world = new World();
    const root = world.make('root');
    for (let i = 0; i < 300; i++) world.make(`leaf-${i}`, [root]);
    world.delete('root', 'Orphan');
    expect(world.names()).toHaveLength(300);
    expect(world.names()).not.toContain('root');
    expect(world.get('leaf-299')!.metadata.ownerReferences).toBeUndefined();
  });
});

describe('any graph of owners and any deletions', () => {
  const graph = fc.array(fc.array(fc.nat(20), { maxLength: 3 }), { minLength: 1, maxLength: 14 });
  const deletions = fc.array(
    fc.tuple(fc.nat(20), fc.constantFrom('Orphan', 'Foreground', 'Background', undefined)),
    { maxLength: 6 },
  );

  it('never deletes what a live owner holds, and leaves nothing behind that none does', () => {
    fc.assert(
      fc.property(graph, deletions, fc.boolean(), (edges, steps, block) => {
        const world = new World((write, reader) => {
          if (write.verb !== 'delete') return null;
          const { ownerReferences = [] } = reader.get(write.resource, write.name)!.metadata;
          const solid = ownerReferences.filter(({ uid }) => {
            const owner = reader.findByUID(uid);
            return owner !== null && !isWaiting(owner.object);
          });
          expect(solid).toEqual([]);
          return null;
        });
        const made = edges.map((_, i) => world.make(`o${i}`));
        edges.forEach((owners, i) => {
          const chosen = [...new Set(owners.map((n) => n % made.length))].filter((n) => n !== i);
          if (chosen.length === 0) return;
          world.store.edit('configmaps', `o${i}`, (draft) => {
            draft.metadata.ownerReferences = chosen.map((n) => {
              return { ...made[n]!, blockOwnerDeletion: block };
            });
          });
        });
        world.store.settle();
        expect(world.names()).toHaveLength(edges.length);
        for (const [n, policy] of steps) {
          const name = `o${n % made.length}`;
          if (world.get(name) !== null) world.delete(name, policy);
        }
        for (const { metadata } of world.store.objects.list('configmaps')) {
          expect(metadata.deletionTimestamp).toBeUndefined();
          for (const { uid } of metadata.ownerReferences ?? []) {
            expect(world.store.objects.hasUID(uid)).toBe(true);
          }
        }
        expect(world.store.writesOfAnotherRound()).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
