import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatTime } from '../../../apimachinery/meta.ts';
import { NODE_ROLL_CALLS } from '../../registry/hidden-resources.ts';
import { newRollCall } from '../../registry/node-roll-call.ts';
import { CLUSTER_PLANNERS } from '../index.ts';
import { asList } from '../kinds.ts';
import type { Node } from '../kinds.ts';
import { MemoryStore } from '../testing/memory-store.ts';
import { sampleNode, START } from '../testing/samples.ts';
import { healthOf, isReady } from './node-health.ts';

type Step =
  | { readonly do: 'report'; readonly node: number; readonly ready: 'True' | 'False' | 'Unknown' }
  | { readonly do: 'cut' | 'return' | 'call' }
  | { readonly do: 'wait'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('report' as const),
    node: fc.nat(6),
    ready: fc.constantFrom('True', 'False', 'Unknown'),
  }),
  fc.record({ do: fc.constantFrom('cut', 'return', 'call', 'call') }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.nat(60_000) }),
);

const zoneName = (i: number): string => `z${i % 2}`;

class World {
  readonly store: MemoryStore;
  /** The zone of every node that got the mark. */
  readonly marked: string[] = [];

  constructor() {
    this.store = new MemoryStore({
      namespace: '',
      planners: CLUSTER_PLANNERS,
      now: START,
      admit: (write) => {
        if (write.verb === 'update' && write.resource === 'nodes') this.#note(write.object as Node);
        return null;
      },
    });
    for (let i = 0; i < 7; i++) {
      this.store.create('nodes', {
        ...sampleNode(`n${i}`, { 'topology.kubernetes.io/zone': zoneName(i) }),
        metadata: { name: `n${i}`, labels: { 'topology.kubernetes.io/zone': zoneName(i) } },
        status: { conditions: [{ type: 'Ready', status: 'True' }] },
      });
    }
    this.store.settle();
  }

  nodes(): readonly Node[] {
    return asList<Node>(this.store.objects.list('nodes'));
  }

  happen(happening: Step): void {
    const { store } = this;
    switch (happening.do) {
      case 'report':
        this.#report(`n${happening.node}`, happening.ready);
        break;
      case 'cut':
        for (const { metadata } of this.nodes()) this.#report(metadata.name, 'Unknown');
        break;
      case 'return':
        for (const { metadata } of this.nodes()) this.#report(metadata.name, 'True');
        break;
      case 'call': {
        const lost = this.nodes().filter((node) => healthOf(node)?.status === 'Unknown');
        const times = lost.map((node) => [
          node.metadata.name,
          healthOf(node)?.transitionTime ?? '',
        ]);
        store.mirror(
          NODE_ROLL_CALLS,
          newRollCall(Object.fromEntries(times) as Record<string, string>),
        );
        break;
      }
      case 'wait':
        store.advance(happening.ms);
    }
    store.settle();
  }

  #report(name: string, ready: string): void {
    const old = this.nodes().find(({ metadata }) => metadata.name === name)!;
    if (healthOf(old)?.status === ready) return;
    const lastTransitionTime = formatTime(this.store.now);
    this.store.edit(
      'nodes',
      name,
      (draft) => {
        draft['status'] = { conditions: [{ type: 'Ready', status: ready, lastTransitionTime }] };
      },
      'status',
    );
  }

  #note(next: Node): void {
    const before = this.nodes().find(({ metadata }) => metadata.name === next.metadata.name)!;
    if (marksOf(next).length === 0 || marksOf(before).length > 0) return;
    this.marked.push(next.metadata.labels?.['topology.kubernetes.io/zone'] ?? '');
  }
}

const marksOf = ({ spec }: Node): readonly string[] =>
  (spec?.taints ?? []).flatMap(({ key, effect }) => (effect === 'NoExecute' ? [key] : []));

describe('nodes whose pods are told to go', () => {
  it('are none while all are lost, and only those that are lost', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (history) => {
        const world = new World();
        for (const happening of history) {
          world.happen(happening);
          const nodes = world.nodes();
          const marked = nodes.filter((node) => marksOf(node).length > 0);
          if (!nodes.some(isReady)) expect(marked).toEqual([]);
          expect(marked.filter(isReady)).toEqual([]);
          for (const node of marked) expect(marksOf(node)).toHaveLength(1);
          expect(world.store.writesOfAnotherRound()).toEqual([]);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('are told one after the other, ten seconds apart in a zone', () => {
    const world = new World();
    for (const node of [0, 2, 1]) world.happen({ do: 'report', node, ready: 'Unknown' });
    world.happen({ do: 'wait', ms: 60_000 });
    expect(world.marked).toEqual([]);
    world.happen({ do: 'call' });
    expect(world.marked.toSorted()).toEqual(['z0', 'z1']);
    world.happen({ do: 'wait', ms: 9_000 });
    expect(world.marked).toHaveLength(2);
    world.happen({ do: 'wait', ms: 2_000 });
    expect(world.marked.toSorted()).toEqual(['z0', 'z0', 'z1']);
  });
});
