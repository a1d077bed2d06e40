import { describe, expect, it } from 'vitest';
import type { ContainerState, ContainerStatus } from '../runtime/container-runtime.ts';
import { evictionFailure } from './pod-failure.ts';
import { withRestartsOwed } from './observed.ts';
import type { ContainerSpec } from './pod.ts';
import { terminatePod } from './pod-end.ts';
import { restartAllAtMs } from './restart-all.ts';
import {
  exited,
  life,
  NOW,
  plan,
  pod,
  RUNNING,
  SANDBOX,
  spec,
  started,
} from './testing/pod-samples.ts';

describe('Actions for a pod', () => {
  it('begin with a sandbox', () => {
    const actions = plan(pod(), [], { observed: { sandboxes: [], containers: [] } });
    expect(actions).toMatchObject({ createSandbox: 0, sandboxChanged: false, starts: [] });
  });

  it('end a pod that the agent has given up, in the time that there is for it', () => {
    const failure = evictionFailure('no room', false);
    const subject = pod();
    const running = plan(subject, [life(spec('main'), RUNNING)], { failure });
    expect(running).toMatchObject({ stops: [{ name: 'main', graceSeconds: 1 }], starts: [] });
    const stopped = plan(subject, [life(spec('main'), exited(137))], { failure });
    expect(stopped).toMatchObject({ stops: [], stopSandboxes: ['sandbox'], starts: [] });
  });

  it('remove the containers of a pod that was ended for its disk, once that is told', () => {
    const failure = evictionFailure('no room', true);
    const observed = {
      sandboxes: [{ ...SANDBOX, state: 'notReady' as const }],
      containers: [life(spec('main'), exited(137))],
    };
    const before = plan(pod(), [], { failure, observed, phase: 'Running' });
    expect(before).toMatchObject({ removeContainers: [], removeSandboxes: [] });
    const after = plan(pod(), [], { failure, observed, phase: 'Failed' });
    expect(after).toMatchObject({ removeContainers: ['main-0'], removeSandboxes: ['sandbox'] });
  });

  it('start all containers once the sandbox is ready', () => {
    const subject = pod({ containers: [spec('main'), spec('side')] });
    expect(started(plan(subject, []))).toEqual(['main#0', 'side#0']);
  });

  it('are none when everything runs', () => {
    const actions = plan(pod(), [life(spec('main'), RUNNING)]);
    expect([actions.starts, actions.stops, actions.removeContainers]).toEqual([[], [], []]);
  });

  it('run init containers one at a time, and the others only after them', () => {
    const [first, second] = [spec('first'), spec('second')];
    const subject = pod({ initContainers: [first, second] });
    expect(started(plan(subject, []))).toEqual(['first#0']);
    expect(started(plan(subject, [life(first, RUNNING)]))).toEqual([]);
    expect(started(plan(subject, [life(first, exited(0))]))).toEqual(['second#0']);
    const done = [life(first, exited(0)), life(second, exited(0))];
    expect(started(plan(subject, done))).toEqual(['main#0']);
  });

  it('let a sidecar run beside what comes after it', () => {
    const side = { ...spec('side'), restartPolicy: 'Always' };
    const subject = pod({ initContainers: [side] });
    expect(started(plan(subject, []))).toEqual(['side#0']);
    expect(started(plan(subject, [life(side, RUNNING)]))).toEqual(['main#0']);
    const crashed = [life(side, exited(1)), life(spec('main'), RUNNING)];
    expect(started(plan(subject, crashed))).toEqual(['side#1']);
  });

  it.each([
    { policy: 'Always', exitCode: 0, want: ['main#1'] },
    { policy: 'Always', exitCode: 1, want: ['main#1'] },
    { policy: 'OnFailure', exitCode: 0, want: [] },
    { policy: 'OnFailure', exitCode: 1, want: ['main#1'] },
    { policy: 'Never', exitCode: 1, want: [] },
  ])('after exit $exitCode under $policy start $want', ({ policy, exitCode, want }) => {
    const subject = pod({ restartPolicy: policy });
    expect(started(plan(subject, [life(spec('main'), exited(exitCode))]))).toEqual(want);
  });

  it('wait out the backoff of a crash, and say until when', () => {
    const backoffs = new Map([['main', { delayMs: 20_000, updatedAtMs: NOW - 1000 }]]);
    const crashed = [life(spec('main'), exited(1, NOW - 5000), 1)];
    const actions = plan(pod(), crashed, { backoffs });
    expect(actions.starts).toEqual([]);
    expect(actions.wakeAtMs).toBe(NOW + 15_000);
    expect(actions.waiting.get('main')).toEqual({
      reason: 'CrashLoopBackOff',
      message: 'back-off 20s restarting failed container=main pod=web_default(u)',
    });
    expect(started(plan(pod(), crashed, { backoffs, now: NOW + 15_000 }))).toEqual(['main#2']);
  });

  it('replace the one container whose image has changed', () => {
    const subject = pod({ containers: [spec('main', 'web:2'), spec('side')] });
    const running = [life(spec('main', 'web:1'), RUNNING), life(spec('side'), RUNNING)];
    expect(plan(subject, running).stops).toMatchObject([
      { id: 'main-0', message: 'Container main definition changed, will be restarted' },
    ]);
    const stopped = [life(spec('main', 'web:1'), exited(137)), life(spec('side'), RUNNING)];
    expect(started(plan(subject, stopped))).toEqual(['main#1']);
  });

  it('restart what fails its liveness probe', () => {
    const unhealthy = new Map([['main-0', 'liveness' as const]]);
    const actions = plan(pod(), [life(spec('main'), RUNNING)], { unhealthy });
    expect(actions.stops).toMatchObject([
      { message: 'Container main failed liveness probe, will be restarted' },
    ]);
  });

  it.each([
    { ailment: 'liveness', want: 3, message: 'failed liveness probe, will be restarted' },
    { ailment: 'startup', want: 4, message: 'failed startup probe, will be restarted' },
  ] as const)('give what fails its $ailment probe the grace that the probe says', (row) => {
    const main = {
      ...spec('main'),
      livenessProbe: { terminationGracePeriodSeconds: 3 },
      startupProbe: { terminationGracePeriodSeconds: 4 },
    };
    const subject = pod({ containers: [main], terminationGracePeriodSeconds: 60 });
    const unhealthy = new Map([['main-0', row.ailment]]);
    expect(plan(subject, [life(main, RUNNING)], { unhealthy }).stops).toMatchObject([
      { graceSeconds: row.want, message: `Container main ${row.message}` },
    ]);
  });

  it('POD-1: end a container whose postStart hook has failed', () => {
    const unhealthy = new Map([['main-0', 'postStart' as const]]);
    const actions = plan(pod(), [life(spec('main'), RUNNING)], { unhealthy });
    expect(actions.stops).toMatchObject([{ graceSeconds: 30, message: 'FailedPostStartHook' }]);
  });

  it('start what was stopped for its health anew however it ended, unless it never is', () => {
    const unhealthy = new Map([['main-0', 'liveness' as const]]);
    const running = [life(spec('main'), RUNNING)];
    const never = plan(pod({ restartPolicy: 'Never' }), running, { unhealthy });
    expect(never.stops).toMatchObject([{ message: 'Container main failed liveness probe' }]);
    expect(never.stops[0]?.isForRestart).toBeUndefined();
    const subject = pod({ restartPolicy: 'OnFailure' });
    expect(plan(subject, running, { unhealthy }).stops).toMatchObject([{ isForRestart: true }]);
    const ended = { sandboxes: [SANDBOX], containers: [life(spec('main'), exited(0))] };
    const owed = withRestartsOwed(ended, new Set(['main-0']));
    expect(started(plan(subject, [], { observed: owed }))).toEqual(['main#1']);
    expect(started(plan(subject, [], { observed: ended }))).toEqual([]);
  });

  it('let what comes after a sidecar wait until the sidecar has started', () => {
    const side = { ...spec('side'), restartPolicy: 'Always' };
    const subject = pod({ initContainers: [side] });
    const actions = plan(subject, [life(side, RUNNING)], { isStarted: () => false });
    expect(started(actions)).toEqual([]);
  });

  it('POD-4: start an ephemeral container once, whatever the pod is at', () => {
    const subject = pod({ initContainers: [spec('init')], ephemeralContainers: [spec('debug')] });
    expect(started(plan(subject, []))).toEqual(['init#0', 'debug#0']);
    const ended = [life(spec('init'), RUNNING), life(spec('debug'), exited(1))];
    expect(started(plan(subject, ended))).toEqual([]);
  });

  it('POD-5: stop sidecars last, the one that was started first at the very end', () => {
    const side = (name: string) => ({ ...spec(name), restartPolicy: 'Always' });
    const subject = pod({
      initContainers: [side('one'), side('two')],
      containers: [spec('main'), spec('other')],
      ephemeralContainers: [spec('debug')],
    });
    const names = ['one', 'two', 'main', 'other', 'debug'];
    const order = (...running: string[]) => {
      const containers = names.map((name) =>
        life(spec(name), running.includes(name) ? RUNNING : exited(0)),
      );
      const { stops } = terminatePod(subject, { sandboxes: [SANDBOX], containers }, 5);
      return Object.fromEntries(stops.map(({ name, after }) => [name, after]));
    };
    expect(order(...names)).toEqual({
      one: ['main-0', 'other-0', 'two-0'],
      two: ['main-0', 'other-0'],
      main: [],
      other: [],
      debug: [],
    });
    expect(order('one', 'two')).toEqual({ one: ['two-0'], two: [] });
    expect(order('one')).toEqual({ one: [] });
  });

  it('POD-6: end the sidecars of a pod whose containers are done', () => {
    const side = { ...spec('side'), restartPolicy: 'Always' };
    const subject = pod({ initContainers: [side], restartPolicy: 'OnFailure' });
    const done = [life(side, RUNNING), life(spec('main'), exited(0))];
    expect(plan(subject, done).stops).toMatchObject([{ id: 'side-0' }]);
    const failed = [life(side, RUNNING), life(spec('main'), exited(1))];
    expect(plan(subject, failed).stops).toEqual([]);
  });

  it('POD-7: end a pod that has been active for too long, and wake up for it', () => {
    const subject = pod({ activeDeadlineSeconds: 5 });
    const startTime = new Date(NOW).toISOString();
    const running = [life(spec('main'), RUNNING)];
    const before = plan(subject, running, { startTime, now: NOW + 4999 });
    expect(before).toMatchObject({ stops: [], wakeAtMs: NOW + 5000 });
    const after = plan(subject, running, { startTime, now: NOW + 5000 });
    expect(after.stops).toMatchObject([{ id: 'main-0', message: 'Stopping container main' }]);
    expect(after.wakeAtMs).toBeUndefined();
  });

  it.each([
    { own: 'Never', exitCode: 1, want: [] },
    { own: 'OnFailure', exitCode: 1, want: ['main#1'] },
    { own: 'OnFailure', exitCode: 0, want: [] },
    { own: 'Always', exitCode: 0, want: ['main#1'] },
    { own: 'Never', rule: { operator: 'In', values: [42] }, exitCode: 42, want: ['main#1'] },
    { own: 'Never', rule: { operator: 'In', values: [42] }, exitCode: 1, want: [] },
    { own: 'Never', rule: { operator: 'NotIn', values: [42] }, exitCode: 1, want: ['main#1'] },
  ])('POD-8: go by the policy and the rules of a container ($own, exit $exitCode)', (row) => {
    const exitCodes = row.rule;
    const rules = exitCodes === undefined ? [] : [{ action: 'Restart', exitCodes }];
    const main = { ...spec('main'), restartPolicy: row.own, restartPolicyRules: rules };
    const other = spec('other');
    // The pod's own policy says the opposite.
    const restartPolicy = row.want.length === 0 ? 'Always' : 'Never';
    const subject = pod({ containers: [main, other], restartPolicy });
    const lives = [life(main, exited(row.exitCode)), life(other, RUNNING)];
    expect(started(plan(subject, lives))).toEqual(row.want);
  });

  it('POD-12: start all containers anew, from the first, for a rule that says so', () => {
    const exitCodes = { operator: 'In', values: [42] };
    const rules = [{ action: 'RestartAllContainers', exitCodes }];
    const init = spec('init');
    const main = { ...spec('main'), restartPolicy: 'Never', restartPolicyRules: rules };
    const side = { ...spec('side'), restartPolicy: 'Always' };
    const other = spec('other');
    const subject = pod({
      restartPolicy: 'Never',
      initContainers: [side, init],
      containers: [main, other],
    });
    const at = (containers: ContainerStatus[]) => {
      const observed = { sandboxes: [SANDBOX], containers };
      const restartedAtMs = restartAllAtMs(subject, observed, undefined);
      return plan(subject, containers, { restartAllAtMs: restartedAtMs });
    };
    const before = [life(init, exited(0)), life(main, exited(42))];
    const running = at([...before, life(side, RUNNING), life(other, RUNNING)]);
    expect(running.stops.map(({ name, after }) => [name, after])).toEqual([
      ['side', ['other-0']],
      ['other', []],
    ]);
    expect(started(running)).toEqual([]);
    const stopped = [...before, life(side, exited(137)), life(other, exited(137))];
    expect(started(at(stopped))).toEqual(['side#1']);
    // Lives are created at the time that their attempt says, here.
    const anew = (container: ContainerSpec, state: ContainerState): ContainerStatus => ({
      ...life(container, state, 1),
      createdAtMs: NOW + 1,
    });
    const side1 = anew(side, RUNNING);
    expect(started(at([...stopped, side1]))).toEqual(['init#1']);
    const init1 = anew(init, exited(0));
    expect(started(at([...stopped, side1, init1]))).toEqual(['main#1', 'other#1']);
    // Once the container that said so runs, the others still follow.
    const main1 = anew(main, RUNNING);
    const later = [...stopped, side1, init1, main1];
    expect(started(plan(subject, later, { restartAllAtMs: NOW }))).toEqual(['other#1']);
    const all = [...later, anew(other, RUNNING)];
    const rest = plan(subject, all, { restartAllAtMs: NOW });
    expect([rest.stops, rest.starts]).toEqual([[], []]);
  });

  it('stop everything before a lost sandbox is replaced', () => {
    const lost = { ...SANDBOX, state: 'notReady' as const };
    const containers = [life(spec('main'), RUNNING)];
    const actions = plan(pod(), containers, { observed: { sandboxes: [lost], containers } });
    expect(actions.stops).toHaveLength(1);
    expect(actions.createSandbox).toBeUndefined();
    const stopped = [life(spec('main'), exited(137))];
    const next = plan(pod(), stopped, { observed: { sandboxes: [lost], containers: stopped } });
    expect(next).toMatchObject({ createSandbox: 1, sandboxChanged: true });
  });

  it('end a pod whose phase is terminal, but remove nothing of it', () => {
    const actions = plan(pod(), [life(spec('main'), exited(0))], { phase: 'Succeeded' });
    expect(actions).toMatchObject({ stopSandboxes: ['sandbox'], removeContainers: [], starts: [] });
  });

  it('keep the last two lives of a container', () => {
    const main = spec('main');
    const lives = [0, 1, 2].map((attempt) => life(main, exited(1, attempt), attempt));
    const actions = plan(pod(), [...lives, life(main, RUNNING, 3)]);
    expect([...actions.removeContainers].sort()).toEqual(['main-0', 'main-1']);
  });

  it('of a deletion stop first, and remove once nothing runs', () => {
    const main = spec('main');
    const running = { sandboxes: [SANDBOX], containers: [life(main, RUNNING)] };
    expect(terminatePod(pod(), running, 5)).toMatchObject({
      stops: [{ id: 'main-0', graceSeconds: 5, message: 'Stopping container main' }],
      removeContainers: [],
    });
    const stopped = { sandboxes: [SANDBOX], containers: [life(main, exited(143))] };
    expect(terminatePod(pod(), stopped, 5).stopSandboxes).toEqual(['sandbox']);
    const ended = {
      sandboxes: [{ ...SANDBOX, state: 'notReady' as const }],
      containers: stopped.containers,
    };
    expect(terminatePod(pod(), ended, 5)).toMatchObject({
      removeContainers: ['main-0'],
      removeSandboxes: ['sandbox'],
    });
  });
});
