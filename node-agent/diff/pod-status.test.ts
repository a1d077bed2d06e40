import { describe, expect, it } from 'vitest';
import type { ContainerState, ContainerStatus } from '../runtime/container-runtime.ts';
import type { DesiredPod, PodStatus } from './pod.ts';
import type { WaitingReason } from './actions.ts';
import { evictionFailure, rejection } from './pod-failure.ts';
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
  starting?: string[];
  /** Fields of the spec, beside what the other columns say. */
  spec?: Partial<DesiredPod['spec']>;
  ending?: boolean;
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
      ...row.spec,
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
    starting: new Set(row.starting),
    resize: [],
    isStarted: () => true,
    isReady: () => row.ready ?? true,
    ending: row.ending ?? false,
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

  it('POD-1: does not show a container before its postStart hook is over', () => {
    const status = compute({ lives: [life('main', RUNNING)], starting: ['main-0'] });
    expect(status).toMatchObject({
      phase: 'Pending',
      containerStatuses: [{ state: { waiting: { reason: 'ContainerCreating' } }, ready: false }],
    });
  });

  it('POD-4: tells of ephemeral containers, which are never ready and change no phase', () => {
    const spec = { ephemeralContainers: ['b', 'a'].map((name) => ({ name, image: 'web:1' })) };
    const lives = [life('main', RUNNING), life('b', exited(3))];
    const status = compute({ lives, spec });
    expect(status.phase).toBe('Running');
    expect(status.ephemeralContainerStatuses).toMatchObject([
      { name: 'a', state: { waiting: { reason: 'ContainerCreating' } }, ready: false },
      { name: 'b', state: { terminated: { exitCode: 3 } }, lastState: {}, restartCount: 0 },
    ]);
    expect(condition(status, 'Ready')?.status).toBe('True');
  });

  it('POD-6: is Running as long as a sidecar runs, and then as its containers ended', () => {
    const spec = { initContainers: [{ name: 'side', image: 'web:1', restartPolicy: 'Always' }] };
    const done = life('main', exited(0));
    const running = compute({ policy: 'Never', spec, lives: [life('side', RUNNING), done] });
    expect(running.phase).toBe('Running');
    const ended = [life('side', exited(137)), done];
    expect(compute({ policy: 'Never', spec, lives: ended }).phase).toBe('Succeeded');
  });

  it('POD-7: of a pod that was active for too long says so once nothing of it runs', () => {
    const previous = compute({ lives: [life('main', RUNNING)] });
    const startTime = '2026-05-01T11:59:00Z';
    const row = { previous: { ...previous, startTime }, spec: { activeDeadlineSeconds: 60 } };
    expect(compute({ ...row, lives: [life('main', RUNNING)] }).phase).toBe('Running');
    const over = compute({ ...row, lives: [life('main', exited(137))] });
    const want = {
      phase: 'Failed',
      reason: 'DeadlineExceeded',
      message: 'Pod was active on the node longer than the specified deadline',
    };
    expect(over).toMatchObject(want);
    expect(compute({ previous: over, lives: [] })).toMatchObject(want);
  });

  it.each([
    { codes: [0, 0], want: 'Succeeded' },
    { codes: [0, 143], want: 'Failed' },
  ])('POD-9: of a deleted pod is $want once its containers ended with $codes', (row) => {
    const lives = row.codes.map((code, index) => life(`app-${index}`, exited(code)));
    const apps = lives.map(({ name }) => name);
    expect(compute({ apps, lives, ending: true }).phase).toBe(row.want);
    expect(compute({ apps, lives }).phase).toBe('Running');
  });

  it.each([
    { rules: [], exitCode: 1, want: 'Failed' },
    {
      rules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [1] } }],
      exitCode: 1,
      want: 'Running',
    },
  ])('POD-8: is $want when a container that is not to be restarted fails', (row) => {
    const main = { name: 'main', image: 'web:1', restartPolicy: 'Never' };
    const spec = { containers: [{ ...main, restartPolicyRules: row.rules }] };
    expect(compute({ spec, lives: [life('main', exited(row.exitCode))] }).phase).toBe(row.want);
  });

  it('POD-10: tells what its containers were given, and what they have meanwhile', () => {
    const resources = { limits: { memory: '64Mi' }, requests: { cpu: '100m' } };
    const spec = { containers: [{ name: 'main', image: 'web:1', resources }] };
    const has = { cpuShares: 102, cpuQuota: 0, memoryLimitBytes: 64 * 2 ** 20 };
    const running = { ...life('main', RUNNING), resources: has };
    const settled = compute({ spec, lives: [running] });
    const want = { allocatedResources: resources.requests, resources };
    expect(settled.containerStatuses?.[0]).toMatchObject(want);
    const more = { ...resources, requests: { cpu: '200m' } };
    const resized = { containers: [{ name: 'main', image: 'web:1', resources: more }] };
    const behind = compute({ spec: resized, lives: [running], previous: settled });
    expect(behind.containerStatuses?.[0]).toMatchObject({
      allocatedResources: more.requests,
      resources,
    });
  });

  it("has failed by the agent's own decision once nothing of it runs, for good", () => {
    const failure = evictionFailure('no room', false);
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

  it('has no containers when the node never took it, and keeps those that it had', () => {
    const refused = compute({ sandbox: false, failure: rejection('Evicted', 'no room') });
    expect(refused).toMatchObject({ phase: 'Failed', message: 'Pod was rejected: no room' });
    expect(refused).not.toHaveProperty('containerStatuses');
    const ended = compute({ lives: [life('main', exited(0))], policy: 'Never' });
    const pruned = compute({ previous: ended, policy: 'Never', sandbox: false });
    expect(pruned.containerStatuses).toEqual(ended.containerStatuses);
  });

  it('is not over while a container is about to run with another image', () => {
    const old = { ...life('main', exited(143)), hash: 'of another image' };
    expect(compute({ policy: 'Never', lives: [old] }).phase).toBe('Running');
    expect(compute({ policy: 'Never', lives: [life('main', exited(143))] }).phase).toBe('Failed');
  });

  it('is not ready before its sidecars are', () => {
    const spec = { initContainers: [{ name: 'side', image: 'web:1', restartPolicy: 'Always' }] };
    const lives = [life('side', exited(1)), life('main', RUNNING)];
    expect(condition(compute({ spec, lives }), 'Ready')).toMatchObject({
      status: 'False',
      message: 'containers with unready status: [side]',
    });
    const both = [life('side', RUNNING), life('main', RUNNING)];
    expect(condition(compute({ spec, lives: both }), 'Ready')?.status).toBe('True');
  });

  it('keeps its addresses after its sandbox has ended', () => {
    const previous = compute({ lives: [life('main', RUNNING)] });
    const ended = compute({ previous, sandbox: false, lives: [life('main', exited(0))] });
    expect(ended).toMatchObject({ podIP: '10.0.0.5', podIPs: [{ ip: '10.0.0.5' }] });
  });
});
