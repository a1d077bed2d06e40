import { describe, expect, it } from 'vitest';
import type { AgentStatus, PodSummary } from '../../node-agent/agent-status.ts';
import { EnrolmentRefused } from '../../node-agent/transport/enrol.ts';
import { judgeStart, problemsOf } from './health.ts';
import { enrolmentAdvice } from './node-account.ts';
import { parseMounts } from './remains.ts';
import type { UnitState } from './service-manager.ts';

const NOW = Date.parse('2026-01-01T00:10:00Z');

const UNIT: UnitState = {
  activeState: 'active',
  subState: 'running',
  isEnabled: true,
  mainPID: 7,
  restarts: 2,
  activeSince: '',
};

const WEB: PodSummary = {
  namespace: 'shop',
  name: 'web',
  uid: 'u',
  phase: 'Running',
  ready: true,
  restarts: 0,
  isEnding: false,
  containers: ['c1'],
};

const STATUS: AgentStatus = {
  release: '1-a',
  pid: 7,
  startedAt: '2026-01-01T00:00:00Z',
  writtenAt: '2026-01-01T00:09:58Z',
  nodeName: 'edge',
  server: 'https://plane.example',
  link: { up: true, since: '2026-01-01T00:00:01Z' },
  isShuttingDown: false,
  pods: { total: 1, running: 1, areTakenUp: true, list: [WEB] },
};

const DOWN = { up: false, since: '2026-01-01T00:00:01Z', problem: 'connect ECONNREFUSED' };

describe('How a node is', () => {
  it.each([
    ['nothing', {}, {}, []],
    [
      'a service that failed',
      { activeState: 'failed', subState: 'failed' },
      {},
      ['the service is failed (failed)'],
    ],
    [
      'one that nobody starts',
      { isEnabled: false },
      {},
      ['the service is not started with the machine'],
    ],
    ['the word of an agent before', {}, { pid: 6 }, ['the agent has not said yet how it is']],
    [
      'an agent that hangs',
      {},
      { writtenAt: '2026-01-01T00:09:00Z' },
      ['the agent hangs: it was last heard of at 2026-01-01T00:09:00Z'],
    ],
    ['a shutdown', {}, { isShuttingDown: true }, ['the node is shutting down']],
    [
      'no link',
      {},
      { link: DOWN },
      [
        'there is no link to https://plane.example since 2026-01-01T00:00:01Z: connect ECONNREFUSED',
      ],
    ],
  ])('INSTALL-3: is told by what is wrong: %s', (_what, unit, status, want) => {
    const sighting = { unit: { ...UNIT, ...unit }, status: { ...STATUS, ...status } };
    expect(problemsOf(sighting, NOW)).toEqual(want);
  });
});

describe('An agent that was started', () => {
  const judge = (unit: Partial<UnitState>, status: Partial<AgentStatus>, before = [WEB]) =>
    judgeStart(
      { unit: { ...UNIT, ...unit }, status: { ...STATUS, ...status } },
      {
        release: '1-a',
        before,
        restarts: 2,
      },
    );
  const list = (pod: Partial<PodSummary>) => ({
    pods: { ...STATUS.pods, list: [{ ...WEB, ...pod }] },
  });

  it.each([
    ['all is as it was', {}, {}],
    ['a pod has gone', {}, { pods: { ...STATUS.pods, list: [] } }],
    ['a pod is deleted', {}, list({ isEnding: true, containers: [] })],
    ['a pod has come to its end', {}, list({ phase: 'Succeeded', containers: [] })],
  ])('INSTALL-5: is well when %s', (_what, unit, status) => {
    expect(judge(unit, status)).toEqual({ verdict: 'well' });
  });

  it('INSTALL-5: is well when a pod was restarted that was not well before', () => {
    expect(judge({}, list({ containers: ['c2'] }), [{ ...WEB, ready: false }])).toEqual({
      verdict: 'well',
    });
  });

  it.each([
    ['it is of another release', {}, { release: '1-b' }],
    ['it has no link', {}, { link: DOWN }],
    ['it has not looked at all pods', {}, { pods: { ...STATUS.pods, areTakenUp: false } }],
    ['systemd waits', { activeState: 'activating', subState: 'start' }, {}],
  ])('INSTALL-5: is waited for when %s', (_what, unit, status) => {
    expect(judge(unit, status)).toMatchObject({ verdict: 'waiting' });
  });

  it.each([
    ['it ended', { activeState: 'failed' }, {}, 'the service is failed'],
    [
      'it is about to be started again',
      { activeState: 'activating', subState: 'auto-restart' },
      {},
      'the agent ended by itself',
    ],
    ['it was started again', { restarts: 3 }, {}, 'the agent ended by itself'],
    [
      'it restarted a container',
      {},
      list({ containers: ['c2'] }),
      'containers of pod shop/web were restarted',
    ],
  ])('INSTALL-5: has failed when %s', (_what, unit, status, why) => {
    expect(judge(unit, status)).toEqual({ verdict: 'failed', why: expect.stringContaining(why) });
  });
});

describe('A machine that cannot be enrolled', () => {
  const failure = (message: string, code?: string) =>
    Object.assign(new Error(message), code === undefined ? {} : { code });

  it.each([
    [new EnrolmentRefused('the enrolment token has expired'), 'make another token'],
    [failure('x', 'DEPTH_ZERO_SELF_SIGNED_CERT'), 'pass --ca-file'],
    [failure('x', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'), 'pass --ca-file'],
    [failure('x', 'ECONNREFUSED'), 'cannot be reached (ECONNREFUSED): look at the address'],
    [failure('enrolment answered 502'), 'cannot be reached (enrolment answered 502)'],
  ])('INSTALL-2: is told what to do next: %s', (error, want) => {
    expect(enrolmentAdvice(error, 'https://plane.example')).toContain(want);
  });
});

it('INSTALL-6: mounts in a folder are found whatever their names are', () => {
  const text =
    '36 35 98:0 / /run/a\\040b rw - tmpfs tmpfs rw\n37 35 0:1 / /x rw - ext4 /dev/a rw\n';
  expect(parseMounts(text)).toEqual([
    { point: '/run/a b', type: 'tmpfs' },
    { point: '/x', type: 'ext4' },
  ]);
});
