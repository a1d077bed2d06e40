import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { SYNC_PERIOD_MS } from './autoscaler-facts.ts';
import { autoscalerPlanner } from './planner.ts';
import { AutoscaledWorld, REQUEST } from '../testing/autoscaled-world.ts';

const MAX = 12;

/** What every pod uses in a round; null where no node answers, and pods of which some are silent. */
const load = fc.record({
  milli: fc.oneof(fc.constant(null), fc.nat(4 * REQUEST)),
  silent: fc.nat(3),
});

const rules = fc.record({
  stabilizationWindowSeconds: fc.constantFrom(0, 30, 120),
  selectPolicy: fc.constantFrom('Max', 'Min', 'Disabled'),
  policies: fc.array(
    fc.record({
      type: fc.constantFrom('Pods', 'Percent'),
      value: fc.integer({ min: 1, max: 150 }),
      periodSeconds: fc.constantFrom(15, 45, 90),
    }),
    { minLength: 1, maxLength: 3 },
  ),
});

const spec = fc
  .record({
    minReplicas: fc.integer({ min: 1, max: 4 }),
    extra: fc.nat(8),
    behavior: fc.option(fc.record({ scaleUp: rules, scaleDown: rules }), { nil: undefined }),
  })
  .map(({ minReplicas, extra, behavior }) => ({
    minReplicas,
    maxReplicas: Math.min(MAX, minReplicas + extra),
    ...(behavior === undefined ? {} : { behavior }),
  }));

type Spec = typeof spec extends fc.Arbitrary<infer T> ? T : never;
type Load = typeof load extends fc.Arbitrary<infer T> ? T : never;

interface Step {
  readonly at: number;
  readonly before: number;
  readonly after: number;
}

function play(given: Spec, replicas: number, loads: readonly Load[]) {
  const world = new AutoscaledWorld(replicas, given);
  const steps: Step[] = [];
  for (const { milli, silent } of loads) {
    const at = world.store.now;
    const before = world.replicas;
    const use = (_pod: unknown, index: number) =>
      milli === null || index < silent ? undefined : milli;
    world.sample(use);
    world.store.makeDue(autoscalerPlanner, 'web');
    world.store.settle();
    steps.push({ at, before, after: world.replicas });
    expectNothingMore(world);
    world.kubelet.run();
    world.store.advance(Math.max(0, at + SYNC_PERIOD_MS - world.store.now));
  }
  return { world, steps };
}

/** The same samples at the same time call for nothing else. */
function expectNothingMore({ store }: AutoscaledWorld): void {
  const observed = autoscalerPlanner.observe(store.objects, 'web');
  expect(observed === null ? [] : autoscalerPlanner.plan(observed, store.now).writes).toEqual([]);
}

const histories = fc.tuple(
  spec,
  fc.integer({ min: 1, max: MAX }),
  fc.array(load, { minLength: 1, maxLength: 14 }),
);

it('never leaves the range, and planning twice changes nothing', () => {
  fc.assert(
    fc.property(histories, ([given, replicas, loads]) => {
      const { steps } = play(given, replicas, loads);
      for (const { before, after } of steps) {
        if (before === after) continue;
        expect(after).toBeGreaterThanOrEqual(given.minReplicas);
        expect(after).toBeLessThanOrEqual(given.maxReplicas);
      }
      // Whatever the samples: out of the range it is brought back at once.
      expect(steps[0]!.after).toBeGreaterThanOrEqual(given.minReplicas);
      expect(steps[0]!.after).toBeLessThanOrEqual(given.maxReplicas);
    }),
    { numRuns: 60 },
  );
});

it('never changes faster than the rules allow, and not at all where they forbid it', () => {
  fc.assert(
    fc.property(histories, ([given, replicas, loads]) => {
      const { behavior } = given;
      if (behavior === undefined) return;
      const start = Math.min(Math.max(replicas, given.minReplicas), given.maxReplicas);
      const { steps } = play(given, start, loads);
      for (const { at, before, after } of steps) {
        if (before === after) continue;
        const isUp = after > before;
        const { selectPolicy, policies } = isUp ? behavior.scaleUp : behavior.scaleDown;
        expect(selectPolicy).not.toBe('Disabled');
        const limits = policies.map(({ type, value, periodSeconds }) => {
          const changed = steps.filter(
            (step) => step.at < at && step.at > at - periodSeconds * 1000,
          );
          const ago = changed.reduce((sum, step) => sum - (step.after - step.before), before);
          if (type === 'Pods') return isUp ? ago + value : ago - value;
          return isUp ? Math.ceil(ago * (1 + value / 100)) : Math.trunc(ago * (1 - value / 100));
        });
        const widest = (selectPolicy === 'Max') === isUp ? Math.max : Math.min;
        if (isUp) expect(after).toBeLessThanOrEqual(Math.max(before, widest(...limits)));
        else expect(after).toBeGreaterThanOrEqual(Math.min(before, widest(...limits)));
      }
    }),
    { numRuns: 60 },
  );
});

it('does not shrink as long as no metric is known, nor below what was called for lately', () => {
  fc.assert(
    fc.property(histories, ([given, replicas, loads]) => {
      const start = Math.min(Math.max(replicas, given.minReplicas), given.maxReplicas);
      const { steps } = play(given, start, loads);
      const window = given.behavior?.scaleDown.stabilizationWindowSeconds ?? 300;
      for (const [index, { at, before, after }] of steps.entries()) {
        if (loads[index]!.milli === null) expect(after).toBe(before);
        if (after >= before) continue;
        // What a scale-up went to was called for, so it holds for as long.
        const recent = steps.filter(
          (step) => step.at < at && step.at > at - window * 1000 && step.after > step.before,
        );
        for (const step of recent) expect(after).toBeGreaterThanOrEqual(step.after);
      }
    }),
    { numRuns: 60 },
  );
});

it('settles: under the same load the number stays once it has been reached', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: MAX }), fc.integer({ min: 1, max: 400 }), (n, total) => {
      // A load that the pods share, as behind a service.
      const world = new AutoscaledWorld(n, { maxReplicas: MAX });
      const share = () => Math.round(total / Math.max(1, world.replicas));
      world.rounds(26, share);
      const reached = world.replicas;
      world.rounds(5, share);
      expect(world.replicas).toBe(reached);
      const ideal = Math.min(MAX, Math.max(1, total / (REQUEST / 2)));
      expect(reached).toBeGreaterThanOrEqual(Math.floor(ideal * 0.85));
      expect(reached).toBeLessThanOrEqual(Math.ceil(ideal * 1.2) + 1);
    }),
    { numRuns: 20 },
  );
});
