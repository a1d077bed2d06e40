import { describe, expect, it } from 'vitest';
import type { ContainerState, ContainerStatus } from '../runtime/container-runtime.ts';
import type { DesiredPod, PodStatus } from './pod.ts';
import type { WaitingReason } from './pod-actions.ts';
import { evictionFailure } from './pod-failure.ts';
import type { PodFailure } from './pod-failure.ts';
import { computePodStatus } from './pod-status.ts';
import { containerHash } from './container-hash.ts';

const NOW = Date.parse('2026-05-01T12:00:00Z');
const IDENTITY = { namespace: 'default', name: 'web', uid: 'u', generation: 3 };
const RUNNING: ContainerState = { kind: 'running', startedAtMs: NOW };

const exited = (exitCode: number, reason = exitCode === 0 ? 'Completed' : 'Error') =>
  ({
    kind: 'exited',
    exitCode,
    reason,
    message: '',
    startedAtMs: NOW,
    finishedAtMs: NOW,
  }) satisfies ContainerState;

function life(name: string, state: ContainerState, attempt = 0): ContainerStatus {
  return {
    id: `${name}-${attempt}`,
    sandboxID: 'sandbox',
    pod: IDENTITY,
    name,
    attempt,
    hash: containerHash({ name, image: 'web:1' }),
    image: 'web:1',
    imageID: 'docker://sha256:abc',
    createdAtMs: attempt,
    state,
    tty: false,
  };
}

interface Row {
  policy?: string;
  inits?: string[];
  apps?: string[];
  lives?: ContainerStatus[];
  waiting?: Record<string, WaitingReason>;
  previous?: PodStatus;
  ready?: boolean;
  sandbox?: boolean;
  status?: PodStatus;
  gates?: string[];
  failure?: PodFailure;
}

function compute(row: Row): PodStatus {
  const named = (name: string) => ({ name, image: 'web:1' });
  const pod: DesiredPod = {
    metadata: IDENTITY,
    spec: {
      restartPolicy: row.policy ?? 'Always',
      initContainers: (row.inits ?? []).map(named),
      containers: (row.apps ?? ['main']).map(named),
      readinessGates: (row.gates ?? []).map((conditionType) => ({ conditionType })),
    },
    ...(row.status === undefined ? {} : { status: row.status }),
  };
  const sandbox = {
    id: 'sandbox',
    pod: IDENTITY,
    attempt: 0,
    state: 'ready' as const,
    createdAtMs: 0,
    ips: ['10.0.0.5'],
  };
  return computePodStatus({
    pod,
    observed: { sandboxes: row.sandbox === false ? [] : [sandbox], containers: row.lives ?? [] },
    runtimeName: 'docker',
    waiting: new Map(Object.entries(row.waiting ?? {})),
    isStarted: () => true,
    isReady: () => row.ready ?? true,
    ending: false,
    hostIP: '192.0.2.1',
    failure: row.failure,
    previous: row.previous,
    now: NOW,
  });
}

const condition = (status: PodStatus, type: string) =>
  status.conditions?.find((entry) => entry.type === type);

describe('The status of a pod', () => {
  it('before anything is there is Pending, with containers being created', () => {
    const status = compute({ sandbox: false });
    expect(status).toMatchObject({
      observedGeneration: 3,
      phase: 'Pending',
      startTime: '2026-05-01T12:00:00Z',
      containerStatuses: [
        {
          state: { waiting: { reason: 'ContainerCreating' } },
          lastState: {},
          ready: false,
          started: false,
          restartCount: 0,
          imageID: '',
        },
      ],
    });
    expect(status.podIP).toBeUndefined();
    expect(condition(status, 'PodReadyToStartContainers')?.status).toBe('False');
    expect(condition(status, 'Ready')).toMatchObject({
      status: 'False',
      reason: 'ContainersNotReady',
      message: 'containers with unready status: [main]',
    });
  });

  it('with a running init container is not initialized', () => {
    const status = compute({ inits: ['setup'], lives: [life('setup', RUNNING)] });
    expect(status.phase).toBe('Pending');
    expect(condition(status, 'Initialized')).toMatchObject({
      status: 'False',
      reason: 'ContainersNotInitialized',
      message: 'containers with incomplete status: [setup]',
    });
    expect(status.containerStatuses?.[0]?.state).toEqual({
      waiting: { reason: 'PodInitializing' },
    });
  });

  it.each<Row & { want: string; name: string }>([
    { name: 'all run', lives: [life('main', RUNNING)], want: 'Running' },
    { name: 'one is to be restarted', lives: [life('main', exited(1))], want: 'Running' },
    {
      name: 'all ended well',
      policy: 'Never',
      lives: [life('main', exited(0))],
      want: 'Succeeded',
    },
    { name: 'one failed', policy: 'Never', lives: [life('main', exited(2))], want: 'Failed' },
    {
      name: 'one failed and may be tried again',
      policy: 'OnFailure',
      lives: [life('main', exited(2))],
      want: 'Running',
    },
    {
      name: 'init failed for good',
      policy: 'Never',
      inits: ['setup'],
      lives: [life('setup', exited(1))],
      want: 'Failed',
    },
    {
      name: 'one has not started yet',
      apps: ['main', 'side'],
      lives: [life('main', RUNNING)],
      want: 'Pending',
    },
  ])('is $want when $name', ({ want, ...row }) => {
    expect(compute(row).phase).toBe(want);
  });

  it('never leaves a terminal phase', () => {
    const previous = compute({ policy: 'Never', lives: [life('main', exited(0))] });
    expect(compute({ previous, lives: [life('main', RUNNING)] }).phase).toBe('Succeeded');
  });

  it('in a crash loop shows the wait, and the crash as the last state', () => {
    const waiting = { main: { reason: 'CrashLoopBackOff', message: 'back-off 10s' } };
    const status = compute({ waiting, lives: [life('main', exited(1), 4)] });
    expect(status.containerStatuses?.[0]).toMatchObject({
      restartCount: 4,
      state: { waiting: waiting.main },
      lastState: { terminated: { exitCode: 1, reason: 'Error', containerID: 'docker://main-4' } },
    });
  });

  it('of a restarted container shows how the life before ended', () => {
    const lives = [life('main', exited(137, 'OOMKilled'), 0), life('main', RUNNING, 1)];
    expect(compute({ lives }).containerStatuses?.[0]).toMatchObject({
      restartCount: 1,
      state: { running: { startedAt: '2026-05-01T12:00:00Z' } },
      lastState: { terminated: { reason: 'OOMKilled' } },
      containerID: 'docker://main-1',
    });
  });

  it('is not ready until its probes say so', () => {
    const status = compute({ lives: [life('main', RUNNING)], ready: false });
    expect(status.containerStatuses?.[0]).toMatchObject({ ready: false, started: true });
    expect(condition(status, 'ContainersReady')?.status).toBe('False');
  });

  it('waits for readiness gates that others set, and keeps their conditions', () => {
    const lives = [life('main', RUNNING)];
    const closed = compute({ lives, gates: ['example.com/open'] });
    expect(condition(closed, 'ContainersReady')?.status).toBe('True');
    expect(condition(closed, 'Ready')).toMatchObject({
      status: 'False',
      reason: 'ReadinessGatesNotReady',
      message: 'corresponding condition of pod readiness gate "example.com/open" does not exist.',
    });
    const status = { conditions: [{ type: 'example.com/open', status: 'True' }] };
    const open = compute({ lives, gates: ['example.com/open'], status, previous: closed });
    expect(condition(open, 'Ready')?.status).toBe('True');
    expect(condition(open, 'example.com/open')?.status).toBe('True');
  });

  it('keeps the time of a condition that has not changed', () => {
    const earlier = '2026-01-01T00:00:00Z';
    const first = compute({ lives: [life('main', RUNNING)] });
    const conditions = (first.conditions ?? []).map((entry) => ({
      ...entry,
      lastTransitionTime: earlier,
    }));
    const previous = { ...first, conditions };
    const same = compute({ lives: [life('main', RUNNING)], previous });
    expect(condition(same, 'Ready')?.lastTransitionTime).toBe(earlier);
    const crashed = compute({ lives: [life('main', exited(1))], previous });
    expect(condition(crashed, 'Ready')?.lastTransitionTime).toBe('2026-05-01T12:00:00Z');
    expect(condition(crashed, 'PodScheduled')?.lastTransitionTime).toBe(earlier);
  });

  it("has failed by the agent's own decision once nothing of it runs, for good", () => {
    const failure = evictionFailure('no room');
    const ending = compute({ lives: [life('main', RUNNING)], failure });
    expect(ending).toMatchObject({ phase: 'Running' });
    expect(condition(ending, 'DisruptionTarget')).toMatchObject({
      status: 'True',
      reason: 'TerminationByKubelet',
      message: 'no room',
    });
    const lives = [life('main', exited(137))];
    const ended = compute({ lives, failure, previous: ending });
    expect(ended).toMatchObject({ phase: 'Failed', reason: 'Evicted', message: 'no room' });
    // The agent was restarted.
    expect(compute({ lives, previous: ended })).toMatchObject({
      phase: 'Failed',
      reason: 'Evicted',
      message: 'no room',
    });
  });

  it('keeps its addresses after its sandbox has ended', () => {
    const previous = compute({ lives: [life('main', RUNNING)] });
    const ended = compute({ previous, sandbox: false, lives: [life('main', exited(0))] });
    expect(ended).toMatchObject({ podIP: '10.0.0.5', podIPs: [{ ip: '10.0.0.5' }] });
  });
});
