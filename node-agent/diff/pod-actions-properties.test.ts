import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ObservedPod } from './observed.ts';
import type { RestartPolicy } from './pod.ts';
import type { PodActions } from './actions.ts';
import { exited, life, plan, pod, RUNNING, SANDBOX, spec } from './testing/pod-samples.ts';

/** Carries a plan out on a model of an engine. */
function carryOut(observed: ObservedPod, actions: PodActions, exitCode: number): ObservedPod {
  let containers = observed.containers
    .filter(({ id }) => !actions.removeContainers.includes(id))
    .map((status) =>
      actions.stops.some(({ id }) => id === status.id) ? { ...status, state: exited(137) } : status,
    );
  let sandboxes = observed.sandboxes
    .filter(({ id }) => !actions.removeSandboxes.includes(id))
    .map((status) =>
      actions.stopSandboxes.includes(status.id)
        ? { ...status, state: 'notReady' as const }
        : status,
    );
  if (actions.createSandbox !== undefined) {
    const attempt = actions.createSandbox;
    sandboxes = [...sandboxes, { ...SANDBOX, id: `sandbox-${attempt}`, attempt }];
  }
  for (const { container, attempt } of actions.starts) {
    const state = container.name.startsWith('init') ? exited(exitCode) : RUNNING;
    const sandboxID = actions.sandboxID ?? '';
    const status = { ...life(container, state, attempt), sandboxID };
    containers = [...containers.filter(({ id }) => id !== status.id), status];
  }
  return { sandboxes, containers };
}

describe('Planning again and again', () => {
  const policy = fc.constantFrom<RestartPolicy>('Always', 'OnFailure', 'Never');
  const state = fc.constantFrom(RUNNING, exited(0), exited(1), { kind: 'created' as const });
  const world = fc.record({
    policy,
    inits: fc.integer({ min: 0, max: 2 }),
    apps: fc.integer({ min: 1, max: 3 }),
    states: fc.array(fc.option(state), { minLength: 5, maxLength: 5 }),
    ready: fc.boolean(),
  });

  it('comes to rest, and never runs a container twice at once', () => {
    fc.assert(
      fc.property(world, (row) => {
        const names = (prefix: string, count: number) =>
          Array.from({ length: count }, (_, index) => spec(`${prefix}${index}`));
        const initContainers = names('init', row.inits);
        const containers = names('app', row.apps);
        const subject = pod({ restartPolicy: row.policy, initContainers, containers });
        let observed: ObservedPod = {
          sandboxes: [{ ...SANDBOX, state: row.ready ? 'ready' : 'notReady' }],
          containers: [...initContainers, ...containers].flatMap((container, index) => {
            const found = row.states[index];
            return found === null || found === undefined ? [] : [life(container, found)];
          }),
        };
        for (let turn = 0; turn < 30; turn++) {
          const actions = plan(subject, [], { observed });
          const work = [
            ...actions.stops,
            ...actions.stopSandboxes,
            ...actions.removeContainers,
            ...actions.removeSandboxes,
            ...actions.starts,
          ];
          if (work.length === 0 && actions.createSandbox === undefined) return;
          observed = carryOut(observed, actions, 0);
          for (const { name } of containers) {
            const running = observed.containers.filter(
              (status) => status.name === name && status.state.kind === 'running',
            );
            expect(running.length).toBeLessThanOrEqual(1);
          }
        }
        expect.unreachable('never came to rest');
      }),
    );
  });
});
