import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NODE_STANDINGS, POD_EVICTIONS } from '../../registry/hidden-resources.ts';
import { standingOf } from '../../registry/node-standing.ts';
import { NAMESPACE_PLANNERS } from '../index.ts';
import { asList } from '../kinds.ts';
import type { Pod, Taint, Toleration } from '../kinds.ts';
import { MemoryStore } from '../testing/memory-store.ts';
import { sampleNode, START } from '../testing/samples.ts';

type Step =
  | { readonly do: 'taint'; readonly node: string; readonly keys: readonly string[] }
  | { readonly do: 'pod'; readonly node: string; readonly seconds: readonly (number | null)[] }
  | { readonly do: 'delete'; readonly pick: number }
  | { readonly do: 'wait'; readonly seconds: number };

const node = fc.constantFrom('a', 'b');
const key = fc.constantFrom('k', 'l');
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('taint' as const),
    node,
    keys: fc.uniqueArray(key, { maxLength: 2 }),
  }),
  fc.record({
    do: fc.constant('pod' as const),
    node,
    // One toleration for each key, for so long; null for ever, none at the end.
    seconds: fc.array(fc.option(fc.integer({ min: -1, max: 60 })), { maxLength: 2 }),
  }),
  fc.record({ do: fc.constant('delete' as const), pick: fc.nat(100) }),
  fc.record({ do: fc.constant('wait' as const), seconds: fc.nat(40) }),
);

/** A pod as it should fare: since when it is at stake, by upstream's rules. */
interface Model {
  readonly node: string;
  readonly seconds: readonly (number | null)[];
  since: number | null;
}

class World {
  readonly store = new MemoryStore({ namespace: 'shop', planners: NAMESPACE_PLANNERS, now: START });
  readonly models = new Map<string, Model>();
  readonly #taints = new Map<string, readonly string[]>();
  evicted = 0;
  #count = 0;

  happen(happening: Step): void {
    const { store } = this;
    switch (happening.do) {
      case 'taint': {
        const { node, keys } = happening;
        this.#taints.set(node, keys);
        const taints = keys.map((key): Taint => ({ key, effect: 'NoExecute' }));
        const standing = standingOf(node, sampleNode(node, {}, taints));
        if (standing === null) store.remove(NODE_STANDINGS, node);
        else store.mirror(NODE_STANDINGS, standing);
        break;
      }
      case 'pod':
        this.#addPod(happening.node, happening.seconds);
        break;
      case 'delete': {
        const names = [...this.models.keys()];
        const name = names[happening.pick % Math.max(1, names.length)];
        if (name === undefined) return;
        this.models.delete(name);
        store.remove('pods', name);
        break;
      }
      case 'wait':
        // One second after the other, so that the model sees every moment at which time may be up.
        for (let i = 0; i < happening.seconds; i++) {
          store.advance(1000);
          this.#judge();
        }
    }
    store.settle();
    this.#judge();
  }

  pods(): readonly string[] {
    return asList<Pod>(this.store.objects.list('pods')).flatMap(({ metadata }) =>
      metadata.deletionTimestamp === undefined ? [metadata.name] : [],
    );
  }

  #addPod(nodeName: string, seconds: Model['seconds']): void {
    const name = `p${this.#count++}`;
    const tolerations = seconds.map((tolerationSeconds, i): Toleration => {
      const limit = tolerationSeconds === null ? {} : { tolerationSeconds };
      return { key: 'kl'[i]!, operator: 'Exists', effect: 'NoExecute', ...limit };
    });
    this.store.create('pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name },
      spec: { nodeName, tolerations, containers: [{ name: 'c', image: 'i' }] },
    });
    this.models.set(name, { node: nodeName, seconds, since: null });
  }

  #judge(): void {
    for (const [name, model] of this.models) {
      const tolerated = (this.#taints.get(model.node) ?? []).map(
        (key) => model.seconds['kl'.indexOf(key)],
      );
      const isForEver = tolerated.every((seconds) => seconds === null);
      if (isForEver) model.since = null;
      else model.since ??= this.store.now;
      if (model.since === null) continue;
      const limits = tolerated.flatMap((seconds) => (seconds === null ? [] : [seconds ?? 0]));
      const isOver = model.since + Math.max(0, Math.min(...limits)) * 1000 <= this.store.now;
      if (!isOver) continue;
      this.models.delete(name);
      this.evicted += 1;
    }
  }
}

describe('pods on tainted nodes', () => {
  it('go exactly when none of their tolerations holds them any longer', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (history) => {
        const world = new World();
        for (const happening of history) {
          world.happen(happening);
          expect([...world.pods()].sort()).toEqual([...world.models.keys()].sort());
          expect(world.store.writesOfAnotherRound()).toEqual([]);
        }
        for (const name of ['a', 'b']) world.happen({ do: 'taint', node: name, keys: [] });
        expect(world.store.objects.list(POD_EVICTIONS)).toEqual([]);
        const marked = world.store.events.filter(({ message }) => message.startsWith('Marking'));
        expect(marked).toHaveLength(world.evicted);
      }),
      { numRuns: 200 },
    );
  });
});
