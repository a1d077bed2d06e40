import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { ObservedPod } from '../diff/observed.ts';
import type { ContainerSpec } from '../diff/pod.ts';
import { ManualClock } from '../manual-clock.ts';
import { SimulatedRuntime } from '../runtime/simulated/simulated-runtime.ts';
import { EngineView } from './engine-view.ts';
import { EventRecorder } from './event-recorder.ts';
import type { ProbeOutcome } from './probe.ts';
import { Prober } from './prober.ts';
import { ReportQueue } from './report-queue.ts';

const POD = { namespace: 'default', name: 'web', uid: 'u' };
const NODE = { hostIP: '10.0.0.1', memoryBytes: 1, allocatable: {}, serviceEnvironment: {} };
const FAILURE: ProbeOutcome = { result: 'failure', message: 'no' };

/** The probes of one running container, whose outcomes are what `answers` says at the time. */
function setUp(container: Omit<ContainerSpec, 'name'>, known = false) {
  const clock = new ManualClock();
  const logger = pino({ level: 'silent' });
  const runtime = new SimulatedRuntime({ clock });
  const view = new EngineView(runtime, clock, logger, () => undefined);
  const reports = new ReportQueue();
  const events = new EventRecorder(clock, reports);
  const answers = { next: { result: 'success', message: '' } as ProbeOutcome };
  const startedAtMs = clock.now();
  const runAt: number[] = [];
  const runProbe = async (): Promise<ProbeOutcome> => {
    runAt.push((clock.now() - startedAtMs) / 1000);
    return answers.next;
  };
  const deps = { clock, view, runtime, events, node: NODE, runProbe };
  const lastKnown = () => ({ startup: known, readiness: known });
  const prober = new Prober(deps, POD, () => undefined, lastKnown);
  const spec: ContainerSpec = { name: 'main', ...container };
  const running: ObservedPod = {
    sandboxes: [],
    containers: [
      {
        id: 'c',
        sandboxID: 's',
        pod: POD,
        name: 'main',
        attempt: 0,
        hash: '',
        image: '',
        imageID: '',
        createdAtMs: startedAtMs,
        state: { kind: 'running', startedAtMs },
        tty: false,
      },
    ],
  };
  prober.update({ metadata: POD, spec: { containers: [spec] } }, running);
  const advance = async (seconds: number): Promise<void> => {
    for (let i = 0; i < seconds; i++) {
      clock.advance(1000);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const said = () =>
    (reports.take()?.events ?? []).map(({ reason, message, count }) => [reason, message, count]);
  return { answers, advance, prober, running, runAt, said };
}

describe('Probes of a container', () => {
  it('begin after the delay, and come again each period', async () => {
    const { advance, prober, runAt } = setUp({
      readinessProbe: { initialDelaySeconds: 4, periodSeconds: 3 },
    });
    expect(prober.isReady('c')).toBe(false);
    await advance(11);
    expect(runAt).toEqual([4, 7, 10]);
    expect(prober.isReady('c')).toBe(true);
  });

  it('change a verdict when as many in a row say so as the threshold has', async () => {
    const { advance, answers, prober } = setUp({
      readinessProbe: { periodSeconds: 1, failureThreshold: 3, successThreshold: 2 },
    });
    await advance(1);
    expect(prober.isReady('c')).toBe(false);
    await advance(1);
    expect(prober.isReady('c')).toBe(true);
    answers.next = FAILURE;
    await advance(2);
    expect(prober.isReady('c')).toBe(true);
    await advance(1);
    expect(prober.isReady('c')).toBe(false);
    expect(prober.unhealthy().size).toBe(0);
  });

  it('PROBE-4: hold back until the startup probe has succeeded, and then begin at once', async () => {
    const { advance, answers, prober, runAt } = setUp({
      startupProbe: { periodSeconds: 2, failureThreshold: 10 },
      readinessProbe: { periodSeconds: 60 },
    });
    answers.next = FAILURE;
    await advance(5);
    expect([prober.isStarted('c'), prober.isReady('c')]).toEqual([false, false]);
    answers.next = { result: 'success', message: '' };
    await advance(2);
    expect([prober.isStarted('c'), prober.isReady('c')]).toEqual([true, true]);
    expect(runAt).toEqual([0, 2, 4, 6, 6]);
  });

  it.each([
    { field: 'livenessProbe', kind: 'liveness' },
    { field: 'startupProbe', kind: 'startup' },
  ])('say that a container whose $field failed is to be restarted, and stop', async (row) => {
    const { advance, answers, prober, runAt, said } = setUp({
      [row.field]: { periodSeconds: 1, failureThreshold: 2 },
    });
    answers.next = FAILURE;
    await advance(10);
    expect([...prober.unhealthy()]).toEqual([['c', row.kind]]);
    expect(runAt).toHaveLength(2);
    const words = row.kind === 'liveness' ? 'Liveness' : 'Startup';
    expect(said()).toEqual([['Unhealthy', `${words} probe failed: no`, 2]]);
  });

  it('PROBE-5: count a warning as a success, and tell of it', async () => {
    const { advance, answers, prober, said } = setUp({ readinessProbe: { periodSeconds: 5 } });
    answers.next = { result: 'warning', message: 'moved' };
    await advance(1);
    expect(prober.isReady('c')).toBe(true);
    expect(said()).toEqual([['ProbeWarning', 'Readiness probe warning: moved', 1]]);
  });

  it('PROBE-6: that cannot be carried out are tried three times, and change nothing', async () => {
    const { advance, answers, prober, runAt, said } = setUp({
      livenessProbe: { periodSeconds: 5, failureThreshold: 1 },
    });
    answers.next = { result: 'unknown', message: 'no such port' };
    await advance(2);
    expect(runAt).toHaveLength(3);
    expect(prober.unhealthy().size).toBe(0);
    const text = 'Liveness probe errored and resulted in unknown state: no such port';
    expect(said()).toEqual([['Unhealthy', text, 1]]);
  });

  it('PROBE-7: of a pod that ends go on about readiness only', async () => {
    const { advance, answers, prober, running } = setUp(
      {
        livenessProbe: { periodSeconds: 1, failureThreshold: 1 },
        readinessProbe: { periodSeconds: 1, failureThreshold: 1 },
      },
      true,
    );
    prober.updateEnding(running);
    answers.next = FAILURE;
    await advance(3);
    expect([prober.isReady('c'), prober.unhealthy().size]).toEqual([false, 0]);
    prober.updateEnding({ sandboxes: [], containers: [] });
    prober.stop();
  });
});
