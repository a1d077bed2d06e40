import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NODE_PLACES } from '../../registry/hidden-resources.ts';
import { allPlaces, placeOf } from '../../registry/node-place.ts';
import type { NodePlace } from '../../registry/node-place.ts';
import { NAMESPACE_PLANNERS } from '../index.ts';
import { as, asList } from '../kinds.ts';
import type { ControllerRevision, DaemonSet, Pod } from '../kinds.ts';
import type { Write } from '../planner.ts';
import { isPodActive, isPodTerminal } from '../pods/pod-phase.ts';
import { isPodReady } from '../pods/pod-readiness.ts';
import { MemoryStore } from '../testing/memory-store.ts';
import { befall } from '../testing/pod-mishap.ts';
import { sampleDaemonSet, sampleNode, setImage, START } from '../testing/samples.ts';
import { ScriptedKubelet } from '../testing/scripted-kubelet.ts';
import { placementFor } from './placement.ts';
import { targetNode } from './pods-by-node.ts';
import { HASH_LABEL } from './set-facts.ts';

type Step =
  | {
      readonly do: 'ready' | 'unready' | 'end' | 'delete' | 'terminate' | 'disown' | 'relabel';
      readonly pick: number;
    }
  | { readonly do: 'node'; readonly node: string; readonly disk: string; readonly taint: string }
  | { readonly do: 'drop-node'; readonly node: string }
  | { readonly do: 'image'; readonly to: number }
  | { readonly do: 'select'; readonly disk: string }
  | { readonly do: 'refuse'; readonly every: number }
  | { readonly do: 'wait'; readonly ms: number };

const pick = fc.nat(1000);
const node = fc.constantFrom('a', 'b', 'c', 'd');
const disk = fc.constantFrom('ssd', 'hdd');
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('ready' as const), pick }),
  fc.record({
    do: fc.constantFrom('ready', 'terminate', 'unready', 'end', 'delete', 'disown', 'relabel'),
    pick,
  }),
  fc.record({
    do: fc.constant('node' as const),
    node,
    disk,
    taint: fc.constantFrom('', '', 'NoSchedule', 'NoExecute', 'PreferNoSchedule'),
  }),
  fc.record({ do: fc.constant('drop-node' as const), node }),
  fc.record({ do: fc.constant('image' as const), to: fc.nat(3) }),
  fc.record({ do: fc.constant('select' as const), disk: fc.constantFrom('', 'ssd', 'hdd') }),
  fc.record({ do: fc.constant('refuse' as const), every: fc.nat(4) }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.nat(60_000) }),
);

class World {
  readonly store: MemoryStore;
  readonly kubelet: ScriptedKubelet;
  #image = 'web:0';
  #disk = '';
  #writes = 0;
  #refuseEvery = 0;

  constructor(updateStrategy: object) {
    this.store = new MemoryStore({
      namespace: 'shop',
      planners: NAMESPACE_PLANNERS,
      now: START,
      admit: (write) => this.#admit(write),
    });
    this.kubelet = new ScriptedKubelet(this.store);
    for (const name of ['a', 'b', 'c']) {
      this.store.mirror(NODE_PLACES, placeOf(sampleNode(name, { disk: 'ssd' })));
    }
    this.store.mirror(NODE_PLACES, allPlaces());
    this.store.create('daemonsets.apps', sampleDaemonSet({ updateStrategy }));
    this.store.settle();
  }

  set(): DaemonSet {
    return as<DaemonSet>(this.store.objects.get('daemonsets.apps', 'web')!);
  }

  pods(): readonly Pod[] {
    return asList<Pod>(this.store.objects.list('pods'));
  }

  /** Pods of the set on a node that neither have ended nor were asked to go. */
  activeOn(name: string): readonly Pod[] {
    return this.pods().filter(
      (pod) =>
        targetNode(pod) === name && isPodActive(pod) && pod.metadata.labels?.['app'] === 'web',
    );
  }

  wanted(): readonly string[] {
    const placement = placementFor(this.set());
    return asList<NodePlace>(this.store.objects.list(NODE_PLACES))
      .filter(({ metadata }) => metadata.name !== '*')
      .filter((place) => placement(place).shouldRun)
      .map(({ metadata }) => metadata.name);
  }

  happen(happening: Step): void {
    const { store } = this;
    switch (happening.do) {
      case 'wait':
        store.advance(happening.ms);
        break;
      case 'refuse':
        this.#refuseEvery = happening.every < 2 ? 0 : happening.every;
        break;
      case 'node': {
        const taints = happening.taint === '' ? [] : [{ key: 'k', effect: happening.taint }];
        store.mirror(
          NODE_PLACES,
          placeOf(sampleNode(happening.node, { disk: happening.disk }, taints)),
        );
        break;
      }
      case 'drop-node':
        store.remove(NODE_PLACES, happening.node);
        break;
      case 'image':
        this.#image = `web:${happening.to}`;
        this.#setTemplate();
        break;
      case 'select':
        this.#disk = happening.disk;
        this.#setTemplate();
        break;
      default: {
        const pod = this.pods()[happening.pick % this.pods().length];
        if (pod !== undefined) this.#happenTo(pod, happening.do);
      }
    }
    store.settle();
  }

  /** Lets everything through, and has nodes do their part until nothing changes. */
  rest(): void {
    this.#refuseEvery = 0;
    for (let round = 0; round < 40; round++) {
      for (const { metadata } of this.pods()) {
        const object = this.store.objects.get('pods', metadata.name);
        if (object === null) continue;
        const pod = as<Pod>(object);
        const known = this.store.objects.get(NODE_PLACES, targetNode(pod) ?? '') !== null;
        if (pod.metadata.labels?.['app'] !== 'web' || !known) {
          this.store.remove('pods', pod.metadata.name);
        } else if (pod.metadata.deletionTimestamp !== undefined) {
          this.kubelet.finishTermination(pod);
        } else if (!isPodTerminal(pod) && !isPodReady(pod)) this.#report(pod, true);
        this.store.settle();
      }
      this.store.advance(60_000);
    }
  }

  #setTemplate(): void {
    this.store.edit('daemonsets.apps', 'web', (set) => {
      setImage(set, this.#image);
      const { template } = as<DaemonSet>(set).spec;
      template.spec!.nodeSelector = this.#disk === '' ? {} : { disk: this.#disk };
    });
  }

  #report(pod: Pod, ready: boolean): void {
    const { name } = pod.metadata;
    if (!pod.spec.nodeName) this.store.bind(name, targetNode(pod)!);
    this.kubelet.report(as<Pod>(this.store.objects.get('pods', name)!), ready);
  }

  #happenTo(pod: Pod, what: string): void {
    const { store, kubelet } = this;
    const { name } = pod.metadata;
    switch (what) {
      case 'ready':
      case 'unready':
        if (!isPodTerminal(pod)) this.#report(pod, what === 'ready');
        break;
      case 'end':
        if (isPodTerminal(pod)) break;
        this.#report(pod, false);
        kubelet.finish(as<Pod>(store.objects.get('pods', name)!), 1);
        break;
      default:
        befall(this, pod, what);
    }
  }

  #admit(write: Write): string | null {
    if (write.resource === 'pods') this.#check(write);
    return this.#refuseEvery > 0 && ++this.#writes % this.#refuseEvery === 0 ? 'no' : null;
  }

  /** What must hold at the very moment at which a pod is made or taken away. */
  #check(write: Write): void {
    const maxSurge = Number(this.set().spec.updateStrategy?.rollingUpdate?.maxSurge ?? 0);
    const maxUnavailable = Number(
      this.set().spec.updateStrategy?.rollingUpdate?.maxUnavailable ?? 0,
    );
    if (write.verb === 'create') {
      const name = targetNode(as<Pod>(write.object)) ?? '';
      expect(this.wanted()).toContain(name);
      expect(this.activeOn(name).length).toBeLessThanOrEqual(maxSurge > 0 ? 1 : 0);
      const both = this.wanted().filter((other) => {
        const [first, second] = this.activeOn(other);
        return second !== undefined && isPodReady(first!) && !isPodReady(second);
      });
      const [old] = this.activeOn(name);
      if (old !== undefined && isPodReady(old)) expect(both.length).toBeLessThan(maxSurge);
    }
    if (write.verb !== 'delete') return;
    const pod = as<Pod>(this.store.objects.get('pods', write.name)!);
    expect(pod.metadata.deletionTimestamp).toBeUndefined();
    const name = targetNode(pod) ?? '';
    if (!isPodReady(pod) || isPodTerminal(pod) || !this.wanted().includes(name)) return;
    if (this.activeOn(name).length > 1) return;
    // A good pod goes for an update only, and within the budget.
    expect(pod.metadata.labels?.[HASH_LABEL]).not.toBe(this.#hash());
    const missing = this.wanted().filter((other) => !this.activeOn(other).some(isPodReady));
    expect(missing.length).toBeLessThan(maxUnavailable);
  }

  #hash(): string | undefined {
    const revisions = asList<ControllerRevision>(
      this.store.objects.list('controllerrevisions.apps'),
    );
    return revisions.toSorted((a, b) => (b.revision ?? 0) - (a.revision ?? 0))[0]?.metadata
      .labels?.[HASH_LABEL];
  }
}

describe.each([
  ['one at a time', { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } }],
  ['two at a time', { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 2 } }],
  ['with surge', { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } }],
  ['by deletion', { type: 'OnDelete' }],
])('any history of a DaemonSet that updates %s', (_, strategy) => {
  it('keeps to its nodes and its budget, and comes to rest with one pod on each', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const world = new World(JSON.parse(JSON.stringify(strategy)) as object);
        for (const happening of steps) world.happen(happening);
        world.rest();
        expect(world.store.writesOfAnotherRound()).toEqual([]);
        const wanted = world.wanted();
        for (const name of wanted) expect(world.activeOn(name)).toHaveLength(1);
        expect(world.set().status).toMatchObject({
          desiredNumberScheduled: wanted.length,
          numberReady: wanted.length,
          ...(strategy.type === 'OnDelete' || wanted.length === 0
            ? {}
            : { updatedNumberScheduled: wanted.length }),
        });
      }),
      { numRuns: 100 },
    );
  });
});
