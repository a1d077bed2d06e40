import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { as, asList } from '../kinds.ts';
import type { Deployment, Pod, ReplicaSet } from '../kinds.ts';
import { NAMESPACE_PLANNERS } from '../index.ts';
import type { Change, Reader } from '../planner.ts';
import { isPodActive } from '../pods/pod-phase.ts';
import { isPodReady } from '../pods/pod-readiness.ts';
import { MemoryStore } from '../testing/memory-store.ts';
import { START, sampleDeployment, setImage, setReplicas } from '../testing/samples.ts';
import { ScriptedKubelet } from '../testing/scripted-kubelet.ts';
import { rolloutLimits } from './limits.ts';

/** Something that happens to a Deployment from outside. `pick` chooses a pod. */
type Step =
  | { readonly do: 'scale'; readonly replicas: number }
  | { readonly do: 'image'; readonly image: string }
  | { readonly do: 'report'; readonly pick: number; readonly ready: boolean }
  | { readonly do: 'terminate'; readonly pick: number }
  | { readonly do: 'kill'; readonly pick: number }
  | { readonly do: 'pause'; readonly paused: boolean }
  | { readonly do: 'wait'; readonly ms: number };

const pick = fc.nat(1000);
const happenings = {
  scale: fc.record({ do: fc.constant('scale' as const), replicas: fc.nat(8) }),
  image: fc.record({
    do: fc.constant('image' as const),
    image: fc.constantFrom('web:1', 'web:2', 'web:3'),
  }),
  report: fc.record({ do: fc.constant('report' as const), pick, ready: fc.boolean() }),
  terminate: fc.record({ do: fc.constant('terminate' as const), pick }),
  kill: fc.record({ do: fc.constant('kill' as const), pick }),
  pause: fc.record({ do: fc.constant('pause' as const), paused: fc.boolean() }),
  wait: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(60_000) }),
};
const { image, report, terminate, kill, pause, scale, wait } = happenings;
const withoutScaling = fc.array(fc.oneof(image, report, report, terminate, kill, pause, wait), {
  maxLength: 40,
});
const anything = fc.array(fc.oneof(scale, image, report, report, terminate, kill, pause, wait), {
  maxLength: 40,
});

const limit = fc.oneof(fc.nat(4), fc.constantFrom('0%', '25%', '50%', '100%'));
const strategy = fc.oneof(
  fc.constant({ type: 'Recreate' }),
  fc
    .record({ maxSurge: limit, maxUnavailable: limit })
    // The API refuses a rollout that could not move.
    .filter((limits) => !Object.values(limits).every((value) => Number.parseInt(`${value}`) === 0))
    .map((rollingUpdate) => ({ type: 'RollingUpdate', rollingUpdate })),
);
const spec = fc.record({
  replicas: fc.nat(6),
  strategy,
  minReadySeconds: fc.constantFrom(0, 0, 10),
  revisionHistoryLimit: fc.constantFrom(0, 2, 10),
});

class World {
  readonly store: MemoryStore;
  readonly kubelet: ScriptedKubelet;

  constructor(
    initial: Record<string, unknown>,
    onChange: (change: Change, reader: Reader) => void,
  ) {
    this.store = new MemoryStore({
      namespace: 'shop',
      planners: NAMESPACE_PLANNERS,
      now: START,
      onChange,
    });
    this.kubelet = new ScriptedKubelet(this.store);
    this.store.create('deployments.apps', sampleDeployment(initial));
    this.kubelet.run();
  }

  happen(step: Step): void {
    const { store, kubelet } = this;
    const pods = kubelet.pods();
    const pod = 'pick' in step ? pods[step.pick % Math.max(1, pods.length)] : undefined;
    switch (step.do) {
      case 'scale':
        store.edit('deployments.apps', 'web', (draft) => setReplicas(draft, step.replicas));
        break;
      case 'image':
        store.edit('deployments.apps', 'web', (draft) => setImage(draft, step.image));
        break;
      case 'pause':
        store.edit('deployments.apps', 'web', (draft) => {
          (draft['spec'] as { paused: boolean }).paused = step.paused;
        });
        break;
      case 'report':
        if (pod !== undefined && isPodActive(pod)) kubelet.report(pod, step.ready);
        break;
      case 'terminate':
        if (pod !== undefined) kubelet.finishTermination(pod);
        break;
      case 'kill':
        if (pod !== undefined) store.delete('pods', pod.metadata.name);
        break;
      case 'wait':
        store.advance(step.ms);
        break;
    }
    store.settle();
  }

  deployment(): Deployment {
    return as<Deployment>(this.store.objects.get('deployments.apps', 'web')!);
  }
}

const activePods = (reader: Reader): readonly Pod[] =>
  asList<Pod>(reader.list('pods')).filter(isPodActive);

describe('any history of a Deployment', () => {
  it('never has more replicas than wanted and surge, and plans nothing when nothing happened', () => {
    fc.assert(
      fc.property(spec, anything, (initial, steps) => {
        const world = new World(initial, () => undefined);
        for (const step of steps) {
          world.happen(step);
          const deployment = world.deployment();
          const most = (deployment.spec.replicas ?? 0) + rolloutLimits(deployment).maxSurge;
          expect(activePods(world.store.objects).length).toBeLessThanOrEqual(most);
          expect(world.store.writesOfAnotherRound()).toEqual([]);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('never takes away an available replica below what must stay available', () => {
    fc.assert(
      fc.property(spec, withoutScaling, (initial, steps) => {
        fc.pre(initial.strategy.type === 'RollingUpdate' && initial.minReadySeconds === 0);
        let byClient = false;
        const onChange = ({ resource, before, after }: Change, reader: Reader): void => {
          if (byClient || resource !== 'pods' || before === null) return;
          const lost = as<Pod>(before);
          if (!isPodActive(lost) || !isPodReady(lost)) return;
          if (after !== null && isPodActive(as<Pod>(after))) return;
          const deployment = as<Deployment>(reader.get('deployments.apps', 'web')!);
          const least = (deployment.spec.replicas ?? 0) - rolloutLimits(deployment).maxUnavailable;
          const available = activePods(reader).filter(isPodReady).length;
          expect(available).toBeGreaterThanOrEqual(least);
        };
        const world = new World(initial, onChange);
        for (const step of steps) {
          // What a client kills is its own affair; what planners do about it afterwards is not.
          if (step.do === 'kill') {
            byClient = true;
            const pods = world.kubelet.pods();
            const pod = pods[step.pick % Math.max(1, pods.length)];
            if (pod !== undefined) world.store.delete('pods', pod.metadata.name);
            byClient = false;
            world.store.settle();
          } else if (step.do === 'report' && !step.ready) {
            byClient = true;
            world.happen(step);
            byClient = false;
          } else world.happen(step);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('ends with all replicas of the last template once nodes do their part', () => {
    fc.assert(
      fc.property(spec, anything, (initial, steps) => {
        const world = new World(initial, () => undefined);
        for (const step of steps) world.happen(step);
        world.happen({ do: 'pause', paused: false });
        // Each replica may take a round of its own: a pod, and its minReadySeconds.
        for (let round = 0; round < 20; round++) {
          world.kubelet.run();
          world.store.advance(20_000);
        }
        const { spec, status } = world.deployment();
        const replicas = spec.replicas ?? 0;
        const images = activePods(world.store.objects).map((pod) => pod.spec.containers[0]?.image);
        expect(images).toEqual(
          Array.from({ length: replicas }, () => spec.template.spec?.containers[0]?.image),
        );
        expect(status?.updatedReplicas ?? 0).toBe(replicas);
        expect(status?.availableReplicas ?? 0).toBe(replicas);
        const replicaSets = asList<ReplicaSet>(world.store.objects.list('replicasets.apps'));
        expect(replicaSets.length).toBeLessThanOrEqual(1 + initial.revisionHistoryLimit);
      }),
      { numRuns: 100 },
    );
  });
});
