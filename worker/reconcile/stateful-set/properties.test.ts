import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NAMESPACE_PLANNERS } from '../index.ts';
import { as, asList } from '../kinds.ts';
import type { Pod, StatefulSet } from '../kinds.ts';
import type { Write } from '../planner.ts';
import { isPodTerminal } from '../pods/pod-phase.ts';
import { MemoryStore } from '../testing/memory-store.ts';
import { befall } from '../testing/pod-mishap.ts';
import { sampleStatefulSet, setImage, setReplicas, START } from '../testing/samples.ts';
import { ScriptedKubelet } from '../testing/scripted-kubelet.ts';
import { isRunningAndReady, isTerminating, revisionOf } from './pod-facts.ts';
import { isInRange, ordinalOf, startOrdinal } from './set-facts.ts';

type Step =
  | {
      readonly do:
        | 'ready'
        | 'unready'
        | 'end'
        | 'delete'
        | 'terminate'
        | 'disown'
        | 'relabel'
        | 'unname'
        | 'drop-claim';
      readonly pick: number;
    }
  | { readonly do: 'scale' | 'start' | 'partition' | 'image'; readonly to: number }
  | { readonly do: 'retain'; readonly whenScaled: string; readonly whenDeleted: string }
  | { readonly do: 'refuse'; readonly every: number }
  | { readonly do: 'wait'; readonly ms: number };

const pick = fc.nat(1000);
const retention = fc.constantFrom('Retain', 'Delete');
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('ready' as const), pick }),
  fc.record({
    do: fc.constantFrom(
      'ready',
      'terminate',
      'unready',
      'end',
      'delete',
      'disown',
      'relabel',
      'unname',
      'drop-claim',
    ),
    pick,
  }),
  fc.record({ do: fc.constantFrom('scale', 'partition', 'image'), to: fc.nat(4) }),
  fc.record({ do: fc.constant('start' as const), to: fc.nat(2) }),
  fc.record({ do: fc.constant('retain' as const), whenScaled: retention, whenDeleted: retention }),
  fc.record({ do: fc.constant('refuse' as const), every: fc.nat(4) }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.nat(60_000) }),
);

class World {
  readonly store: MemoryStore;
  readonly kubelet: ScriptedKubelet;
  #writes = 0;
  #refuseEvery = 0;

  constructor(spec: Record<string, unknown>) {
    this.store = new MemoryStore({
      namespace: 'shop',
      planners: NAMESPACE_PLANNERS,
      now: START,
      admit: (write) => this.#admit(write),
    });
    this.kubelet = new ScriptedKubelet(this.store);
    this.store.create(
      'statefulsets.apps',
      sampleStatefulSet({
        volumeClaimTemplates: [
          {
            metadata: { name: 'data' },
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1' } } },
          },
        ],
        ...spec,
      }),
    );
    this.store.settle();
  }

  set(): StatefulSet {
    return as<StatefulSet>(this.store.objects.get('statefulsets.apps', 'web')!);
  }

  pods(): readonly Pod[] {
    return asList<Pod>(this.store.objects.list('pods'));
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
      case 'scale':
        this.#edit((set) => setReplicas(set, happening.to));
        break;
      case 'start':
        this.#edit((set) => (set.spec.ordinals = { start: happening.to }));
        break;
      case 'image':
        this.#edit((set) => setImage(set, `web:${happening.to}`));
        break;
      case 'partition':
        this.#edit(({ spec: { updateStrategy } }) => {
          if (updateStrategy?.type !== 'OnDelete') {
            updateStrategy!.rollingUpdate = { partition: happening.to };
          }
        });
        break;
      case 'retain': {
        const { whenScaled, whenDeleted } = happening;
        this.#edit(({ spec }) => {
          spec.persistentVolumeClaimRetentionPolicy = { whenScaled, whenDeleted };
        });
        break;
      }
      default: {
        const pod = this.pods()[happening.pick % this.pods().length];
        if (pod !== undefined) this.#happenTo(pod, happening.do);
      }
    }
    store.settle();
  }

  /** Lets everything through, removes who has others' names, and makes every pod well. */
  rest(): void {
    this.#refuseEvery = 0;
    this.store.advance(1000);
    for (const { metadata } of this.pods()) {
      if (metadata.labels?.['app'] !== 'web') this.store.remove('pods', metadata.name);
    }
    this.kubelet.run();
  }

  #happenTo(pod: Pod, what: string): void {
    const { store, kubelet } = this;
    const { name } = pod.metadata;
    switch (what) {
      case 'ready':
      case 'unready':
        if (!isPodTerminal(pod)) kubelet.report(pod, what === 'ready');
        break;
      case 'end':
        if (!isPodTerminal(pod)) kubelet.finish(pod, 1);
        break;
      case 'unname':
        store.edit('pods', name, ({ metadata }) => {
          delete metadata.labels!['statefulset.kubernetes.io/pod-name'];
        });
        break;
      case 'drop-claim':
        if (store.objects.get('persistentvolumeclaims', `data-${name}`) !== null) {
          store.delete('persistentvolumeclaims', `data-${name}`);
        }
        break;
      default:
        befall(this, pod, what);
    }
  }

  #edit(change: (set: StatefulSet) => void): void {
    this.store.edit('statefulsets.apps', 'web', (draft) => change(as<StatefulSet>(draft)));
  }

  #admit(write: Write): string | null {
    if (write.resource === 'pods') this.#check(write);
    return this.#refuseEvery > 0 && ++this.#writes % this.#refuseEvery === 0 ? 'no' : null;
  }

  /** What must hold at the very moment at which a pod is made or taken away. */
  #check(write: Write): void {
    const set = this.set();
    const ordered = set.spec.podManagementPolicy !== 'Parallel';
    const own = this.pods().filter((pod) => pod.metadata.labels?.['app'] === 'web');
    const below = (ordinal: number) =>
      own.filter((pod) => isInRange(set, ordinalOf(pod)) && ordinalOf(pod) < ordinal);
    if (write.verb === 'create') {
      const { name = '' } = write.object.metadata;
      const ordinal = Number(name.slice('web-'.length));
      expect(this.store.objects.get('pods', name)).toBeNull();
      expect(isInRange(set, ordinal)).toBe(true);
      expect(this.store.objects.get('persistentvolumeclaims', `data-${name}`)).not.toBeNull();
      if (!ordered) return;
      expect(below(ordinal)).toHaveLength(ordinal - startOrdinal(set));
      expect(below(ordinal).every(isRunningAndReady)).toBe(true);
    }
    if (write.verb !== 'delete') return;
    const pod = as<Pod>(this.store.objects.get('pods', write.name)!);
    expect(isTerminating(pod)).toBe(false);
    if (isPodTerminal(pod)) return;
    const ordinal = ordinalOf(pod);
    const inRange = own.filter((other) => isInRange(set, ordinalOf(other)));
    if (isInRange(set, ordinal)) {
      // An update: above the partition, of another revision, and nobody above it is missing.
      expect(set.spec.updateStrategy?.type).not.toBe('OnDelete');
      const partition = set.spec.updateStrategy?.rollingUpdate?.partition ?? 0;
      expect(ordinal - startOrdinal(set)).toBeGreaterThanOrEqual(partition);
      const above = inRange.filter((other) => ordinalOf(other) > ordinal);
      expect(above).toHaveLength(startOrdinal(set) + (set.spec.replicas ?? 0) - 1 - ordinal);
      for (const other of above) {
        expect(isRunningAndReady(other) && !isTerminating(other)).toBe(true);
        expect(revisionOf(other)).toBe(set.status?.updateRevision);
      }
    } else if (ordered) {
      expect(inRange).toHaveLength(set.spec.replicas ?? 0);
      expect(inRange.every((other) => isRunningAndReady(other) && !isTerminating(other))).toBe(
        true,
      );
      const beyond = own.filter((other) => !isInRange(set, ordinalOf(other)));
      expect(Math.max(...beyond.map(ordinalOf))).toBe(ordinal);
    }
  }
}

function expectAtRest(world: World): void {
  const set = world.set();
  const { replicas = 0 } = set.spec;
  expect(world.store.writesOfAnotherRound()).toEqual([]);
  expect(
    world
      .pods()
      .map(ordinalOf)
      .sort((a, b) => a - b),
  ).toEqual(Array.from({ length: replicas }, (_, i) => startOrdinal(set) + i));
  expect(set.status).toMatchObject({ replicas, availableReplicas: replicas });
  if (set.spec.updateStrategy?.type === 'OnDelete') return;
  const partition = set.spec.updateStrategy?.rollingUpdate?.partition ?? 0;
  for (const pod of world.pods()) {
    if (ordinalOf(pod) - startOrdinal(set) >= partition) {
      expect(revisionOf(pod)).toBe(set.status?.updateRevision);
    }
  }
}

describe.each(['OrderedReady', 'Parallel'])('any history of a StatefulSet (%s)', (policy) => {
  it('has one pod per ordinal, keeps its order, and comes to rest as it should be', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('RollingUpdate', 'OnDelete'),
        fc.array(step, { maxLength: 40 }),
        (type, steps) => {
          const world = new World({ podManagementPolicy: policy, updateStrategy: { type } });
          for (const happening of steps) {
            world.happen(happening);
            const { replicas = 0, readyReplicas = 0 } = world.set().status ?? {};
            expect(readyReplicas).toBeLessThanOrEqual(replicas);
          }
          world.rest();
          expectAtRest(world);
        },
      ),
      { numRuns: 150 },
    );
  });
});
