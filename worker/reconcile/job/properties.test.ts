import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NAMESPACE_PLANNERS } from '../index.ts';
import { as, asList } from '../kinds.ts';
import type { Job, Pod } from '../kinds.ts';
import type { Change } from '../planner.ts';
import { isPodActive, isPodTerminal } from '../pods/pod-phase.ts';
import { MemoryStore } from '../testing/memory-store.ts';
import { sampleJob, START } from '../testing/samples.ts';
import { ScriptedKubelet } from '../testing/scripted-kubelet.ts';
import { isFinished } from './job-facts.ts';
import { parseIndexSet, sizeOf } from './index-set.ts';
import { indexOf, isTracked } from './pod-facts.ts';
import { jobNameOf } from './planner.ts';

/** Something that happens to a pod; `pick` chooses it. */
type PodStep =
  | { readonly do: 'end'; readonly pick: number; readonly exitCode: number }
  | {
      readonly do: 'report' | 'delete' | 'terminate' | 'relabel' | 'disown';
      readonly pick: number;
    };

/** Something that happens to a Job from outside. */
type Step =
  | PodStep
  | { readonly do: 'scale'; readonly parallelism: number }
  | { readonly do: 'suspend'; readonly suspend: boolean }
  | { readonly do: 'refuse'; readonly every: number }
  | { readonly do: 'wait'; readonly ms: number };

const pick = fc.nat(1000);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('end' as const), pick, exitCode: fc.constantFrom(0, 0, 1, 42) }),
  fc.record({ do: fc.constant('end' as const), pick, exitCode: fc.constantFrom(0, 1) }),
  fc.record({ do: fc.constantFrom('report', 'delete', 'terminate', 'relabel', 'disown'), pick }),
  fc.record({ do: fc.constant('scale' as const), parallelism: fc.nat(5) }),
  fc.record({ do: fc.constant('suspend' as const), suspend: fc.boolean() }),
  // The plan ends in the middle, as if the process had died there.
  fc.record({ do: fc.constant('refuse' as const), every: fc.nat(4) }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.nat(90_000) }),
);
const history = fc.array(step, { maxLength: 40 });

const policy = {
  rules: [{ action: 'Ignore', onExitCodes: { operator: 'In', values: [42] } }],
};
const common = {
  parallelism: fc.nat(4),
  completions: fc.nat(5),
  backoffLimit: fc.nat(4),
  podFailurePolicy: fc.option(fc.constant(policy), { nil: undefined }),
};
const plainSpec = fc.record({
  ...common,
  completions: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
});
const indexedSpec = fc.record({
  ...common,
  completionMode: fc.constant('Indexed'),
  backoffLimitPerIndex: fc.option(fc.nat(2), { nil: undefined }),
});

class World {
  readonly store: MemoryStore;
  readonly kubelet: ScriptedKubelet;
  /** Pods that ended well, or not, while they were the job's to count. */
  readonly succeeded = new Set<string>();
  readonly failed = new Set<string>();
  #writes = 0;
  #refuseEvery = 0;

  constructor(spec: Record<string, unknown>) {
    this.store = new MemoryStore({
      namespace: 'shop',
      planners: NAMESPACE_PLANNERS,
      now: START,
      admit: () =>
        this.#refuseEvery > 0 && ++this.#writes % this.#refuseEvery === 0 ? 'no' : null,
      onChange: (change) => this.#watch(change),
    });
    this.kubelet = new ScriptedKubelet(this.store);
    this.store.create('jobs.batch', sampleJob(spec));
    this.store.settle();
  }

  job(): Job {
    return as<Job>(this.store.objects.get('jobs.batch', 'work')!);
  }

  pods(): readonly Pod[] {
    return asList<Pod>(this.store.objects.list('pods'));
  }

  active(): readonly Pod[] {
    return this.pods().filter((pod) => isPodActive(pod) && jobNameOf(pod) === 'work');
  }

  happen(step: Step): void {
    const { store } = this;
    switch (step.do) {
      case 'wait':
        store.advance(step.ms);
        break;
      case 'refuse':
        this.#refuseEvery = step.every < 2 ? 0 : step.every;
        break;
      case 'scale':
        this.#edit((spec) => (spec.parallelism = step.parallelism));
        break;
      case 'suspend':
        this.#edit((spec) => (spec.suspend = step.suspend));
        break;
      default: {
        const pod = this.pods()[step.pick % this.pods().length];
        if (pod !== undefined) this.#happenTo(pod, step);
      }
    }
    store.settle();
  }

  /** Lets everything through that was refused. */
  rest(): void {
    this.#refuseEvery = 0;
    this.store.advance(1000);
  }

  #happenTo(pod: Pod, step: PodStep): void {
    const { kubelet } = this;
    const { name } = pod.metadata;
    switch (step.do) {
      case 'end':
        if (!isPodTerminal(pod)) kubelet.finish(pod, step.exitCode);
        break;
      case 'report':
        if (isPodActive(pod)) kubelet.report(pod, true);
        break;
      case 'delete':
        this.store.delete('pods', name);
        break;
      case 'terminate':
        kubelet.finishTermination(pod);
        break;
      case 'relabel':
        this.store.edit('pods', name, ({ metadata }) => {
          const uid = this.job().metadata.uid;
          const isOurs = metadata.labels?.['batch.kubernetes.io/controller-uid'] === uid;
          metadata.labels = isOurs ? {} : { 'batch.kubernetes.io/controller-uid': uid };
        });
        break;
      case 'disown':
        this.store.edit('pods', name, ({ metadata }) => delete metadata.ownerReferences);
        break;
    }
  }

  #edit(change: (spec: Job['spec']) => void): void {
    this.store.edit('jobs.batch', 'work', (draft) => change(as<Job>(draft).spec));
  }

  #watch({ resource, before, after }: Change): void {
    if (resource !== 'pods') return;
    const pod = after === null ? null : as<Pod>(after);
    if (before === null && pod !== null) this.#checkNew(pod);
    if (pod === null || !isTracked(pod)) return;
    if (pod.status?.phase === 'Succeeded') this.succeeded.add(pod.metadata.uid);
    else if (pod.status?.phase === 'Failed' || pod.metadata.deletionTimestamp !== undefined) {
      this.failed.add(pod.metadata.uid);
    }
  }

  /** No pod is made beyond what the job may have at that very moment. */
  #checkNew(pod: Pod): void {
    const job = this.job();
    const { parallelism = 0, suspend, backoffLimit = 0 } = job.spec;
    const { failed = 0, uncountedTerminatedPods } = job.status ?? {};
    expect(isFinished(job)).toBe(false);
    expect(suspend).not.toBe(true);
    expect(this.active().length).toBeLessThanOrEqual(parallelism);
    expect(failed + (uncountedTerminatedPods?.failed ?? []).length).toBeLessThanOrEqual(
      backoffLimit,
    );
    const index = indexOf(job, pod);
    if (index === null) return;
    expect(this.active().filter((other) => indexOf(job, other) === index)).toHaveLength(1);
    const done = parseIndexSet(job.status?.completedIndexes, job.spec.completions ?? 0);
    expect(done.some(({ first, last }) => first <= index && index <= last)).toBe(false);
  }
}

function expectInBounds(world: World): void {
  const { spec, status = {} } = world.job();
  const { succeeded = 0, failed = 0, active = 0 } = status;
  const uncounted = status.uncountedTerminatedPods ?? {};
  expect(succeeded + (uncounted.succeeded?.length ?? 0)).toBeLessThanOrEqual(world.succeeded.size);
  if (spec.completionMode === 'Indexed') {
    expect(sizeOf(parseIndexSet(status.completedIndexes, spec.completions ?? 0))).toBe(succeeded);
  }
  // A job that fails counts the pods that it takes away.
  const taken = status.conditions?.some(({ type }) => type === 'FailureTarget') ? Infinity : 0;
  expect(failed + (uncounted.failed?.length ?? 0)).toBeLessThanOrEqual(world.failed.size + taken);
  if (isFinished(world.job())) expect(active).toBe(0);
}

describe.each([
  ['without indexes', plainSpec],
  ['with indexes', indexedSpec],
] as const)('any history of a Job %s', (_, specs) => {
  it('counts every pod at most once, makes none too many, and comes to rest', () => {
    fc.assert(
      fc.property(specs, history, (spec, steps) => {
        const world = new World(JSON.parse(JSON.stringify(spec)) as Record<string, unknown>);
        for (const happening of steps) {
          world.happen(happening);
          expectInBounds(world);
        }
        world.rest();
        expectInBounds(world);
        expect(world.store.writesOfAnotherRound()).toEqual([]);
        const { status, spec: now } = world.job();
        if (isFinished(world.job())) expect(world.pods().filter(isTracked)).toEqual([]);
        else {
          expect(status?.uncountedTerminatedPods).toEqual({});
          expect(world.active()).toHaveLength(status?.active ?? 0);
          // A work queue of which one pod succeeded makes no more, and ends none.
          const isDraining = now.completions === undefined && (status?.succeeded ?? 0) > 0;
          if (!isDraining) {
            expect(world.active().length).toBeLessThanOrEqual(now.parallelism ?? 0);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it('counts every success while nobody touches its pods', () => {
    const undisturbed = history.map((steps) =>
      steps.filter((happening) => happening.do !== 'relabel' && happening.do !== 'disown'),
    );
    fc.assert(
      fc.property(specs, undisturbed, (spec, steps) => {
        const world = new World(JSON.parse(JSON.stringify(spec)) as Record<string, unknown>);
        for (const happening of steps) world.happen(happening);
        world.rest();
        expect(world.job().status?.succeeded ?? 0).toBe(world.succeeded.size);
      }),
      { numRuns: 100 },
    );
  });

  it('ends once nodes do their part', () => {
    fc.assert(
      fc.property(specs, history, (spec, steps) => {
        const world = new World(JSON.parse(JSON.stringify(spec)) as Record<string, unknown>);
        for (const happening of steps) world.happen(happening);
        world.happen({ do: 'suspend', suspend: false });
        world.happen({ do: 'scale', parallelism: 3 });
        world.rest();
        for (let round = 0; round < 30 && !isFinished(world.job()); round++) {
          for (const pod of world.pods()) {
            world.kubelet.finishTermination(pod);
            if (!isPodTerminal(pod)) world.kubelet.finish(pod, 0);
            world.kubelet.finishTermination(pod);
          }
          world.store.advance(600_000);
        }
        expect(isFinished(world.job())).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});
