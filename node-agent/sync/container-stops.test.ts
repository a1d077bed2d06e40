import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { ContainerStop } from '../diff/actions.ts';
import type { DesiredPod } from '../diff/pod.ts';
import { ManualClock } from '../manual-clock.ts';
import { SimulatedRuntime } from '../runtime/simulated/simulated-runtime.ts';
import { ContainerStops } from './container-stops.ts';
import { EngineView } from './engine-view.ts';
import { EventRecorder } from './event-recorder.ts';
import type { RunHook } from './lifecycle-hook.ts';
import { ReportQueue } from './report-queue.ts';

const POD = { namespace: 'default', name: 'web', uid: 'u' };
const NODE = { hostIP: '10.0.0.1', memoryBytes: 1, allocatable: {}, serviceEnvironment: {} };
const WITH_HOOK: DesiredPod = {
  metadata: POD,
  spec: {
    containers: [{ name: 'main', lifecycle: { preStop: { sleep: { seconds: 1 } } } }],
  },
};

async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** Stops on an engine that only notes how it was asked to stop what. */
function setUp(runHook: RunHook = async () => undefined) {
  const clock = new ManualClock();
  const logger = pino({ level: 'silent' });
  const runtime = new SimulatedRuntime({ clock });
  const asked: string[] = [];
  runtime.stopContainer = (id, graceSeconds) => {
    asked.push(`${id} ${graceSeconds}`);
    return new Promise(() => undefined);
  };
  const reports = new ReportQueue();
  const events = new EventRecorder(clock, reports);
  const view = new EngineView(runtime, clock, logger, () => undefined);
  const deps = { clock, logger, runtime, view, events, node: NODE, runHook };
  const stops = new ContainerStops(deps, POD, () => undefined);
  const said = () => (reports.take()?.events ?? []).map(({ reason, message }) => [reason, message]);
  return { clock, stops, asked, said };
}

const stop = (over: Partial<ContainerStop> = {}): ContainerStop => ({
  id: 'main-0',
  name: 'main',
  graceSeconds: 30,
  after: [],
  message: 'Stopping container main',
  ...over,
});

describe('Stops of containers', () => {
  it('send the signal with the whole grace where there is no hook, and once', async () => {
    const { stops, asked, said } = setUp();
    stops.begin(undefined, stop());
    stops.begin(undefined, stop());
    await settle();
    expect(asked).toEqual(['main-0 30']);
    expect(said()).toEqual([['Killing', 'Stopping container main']]);
  });

  it('POD-2: run the preStop hook first, and give what it has left of the grace', async () => {
    const hook = Promise.withResolvers<void>();
    const { clock, stops, asked } = setUp(() => hook.promise);
    stops.begin(WITH_HOOK, stop());
    clock.advance(12_000);
    await settle();
    expect(asked).toEqual([]);
    hook.resolve();
    await settle();
    expect(asked).toEqual(['main-0 18']);
  });

  it('POD-2: cut a hook that takes all of the grace, and leave two seconds', async () => {
    let isCut = false;
    const { clock, stops, asked } = setUp(
      (_deps, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            isCut = true;
            reject(new Error('cut'));
          });
        }),
    );
    stops.begin(WITH_HOOK, stop({ graceSeconds: 5 }));
    clock.advance(5000);
    await settle();
    expect([asked, isCut]).toEqual([['main-0 2'], true]);
  });

  it('POD-3: go on after a hook that fails, and say so without its words', async () => {
    const { stops, asked, said } = setUp(async () => {
      throw new Error('the password is wrong');
    });
    stops.begin(WITH_HOOK, stop());
    await settle();
    expect(asked).toEqual(['main-0 30']);
    expect(said()).toEqual([
      ['Killing', 'Stopping container main'],
      ['FailedPreStopHook', 'PreStopHook failed'],
    ]);
  });

  it('run no hook when there is no time for it', async () => {
    const { stops, asked } = setUp(() => Promise.reject(new Error('was run')));
    stops.begin(WITH_HOOK, stop({ graceSeconds: 0 }));
    await settle();
    expect(asked).toEqual(['main-0 2']);
  });

  it('POD-5: wait for their turn, within the grace', async () => {
    const { clock, stops, asked } = setUp();
    stops.begin(undefined, stop({ id: 'one', after: ['main-0'] }));
    stops.begin(undefined, stop({ id: 'two', after: ['main-0'], graceSeconds: 60 }));
    clock.advance(10_000);
    await settle();
    expect(asked).toEqual([]);
    stops.begin(undefined, stop({ id: 'two', graceSeconds: 60 }));
    await settle();
    expect(asked).toEqual(['two 50']);
    clock.advance(20_000);
    await settle();
    expect(asked).toEqual(['two 50', 'one 2']);
  });

  it('are shortened by a later one with less grace, in the hook and after it', async () => {
    const { clock, stops, asked } = setUp(() => new Promise(() => undefined));
    stops.begin(WITH_HOOK, stop());
    stops.begin(WITH_HOOK, stop({ graceSeconds: 4 }));
    clock.advance(4000);
    await settle();
    expect(asked).toEqual(['main-0 2']);
    stops.begin(undefined, stop({ id: 'other' }));
    await settle();
    stops.begin(undefined, stop({ id: 'other', graceSeconds: 3 }));
    await settle();
    expect(asked).toEqual(['main-0 2', 'other 30', 'other 3']);
  });

  it('end with the container, whatever they wait for', async () => {
    let isCut = false;
    const { stops, asked } = setUp(
      (_deps, { signal }) =>
        new Promise(() => {
          signal.addEventListener('abort', () => {
            isCut = true;
          });
        }),
    );
    stops.begin(WITH_HOOK, stop());
    stops.update({ sandboxes: [], containers: [] });
    await settle();
    expect([asked, isCut]).toEqual([[], true]);
  });
});
