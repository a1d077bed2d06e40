import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../manual-clock.ts';
import { SimulatedRuntime } from '../runtime/simulated/simulated-runtime.ts';
import { EngineView } from './engine-view.ts';

const POD = { namespace: 'default', name: 'web', uid: 'u' };
const SANDBOX = {
  pod: POD,
  attempt: 0,
  hostname: 'web',
  hostNetwork: false,
  hostPID: false,
  hostIPC: false,
  portMappings: [],
  sysctls: {},
  terminationGraceSeconds: 1,
};

async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

function setUp() {
  const clock = new ManualClock();
  const runtime = new SimulatedRuntime({ clock });
  const changed: string[] = [];
  const logger = pino({ level: 'silent' });
  const view = new EngineView(runtime, clock, logger, (uid) => changed.push(uid));
  return { clock, runtime, changed, view };
}

describe('The view of the engine', () => {
  it('begins with what is there', async () => {
    const { runtime, view } = setUp();
    const id = await runtime.runPodSandbox(SANDBOX);
    await view.start();
    expect(view.podUIDs()).toEqual(['u']);
    expect(view.pod('u').sandboxes).toMatchObject([{ id, state: 'ready' }]);
    view.stop();
  });

  it('follows events, and tells of each change once', async () => {
    const { runtime, changed, view } = setUp();
    await view.start();
    const id = await runtime.runPodSandbox(SANDBOX);
    await settle();
    await view.refresh('sandbox', id, 'u');
    expect(changed).toEqual(['u']);
    await runtime.removePodSandbox(id);
    await settle();
    expect([changed.length, view.podUIDs()]).toEqual([2, []]);
    view.stop();
  });

  it('finds by a listing, minutes later, what no event has told', async () => {
    const { clock, runtime, view } = setUp();
    await view.start();
    const deaf = new EngineView(
      Object.create(runtime, {
        subscribe: { value: () => () => undefined },
        listPodSandboxes: { value: runtime.listPodSandboxes.bind(runtime) },
        listContainers: { value: runtime.listContainers.bind(runtime) },
      }) as SimulatedRuntime,
      clock,
      pino({ level: 'silent' }),
      () => undefined,
    );
    await deaf.start();
    await runtime.runPodSandbox(SANDBOX);
    await settle();
    expect(deaf.podUIDs()).toEqual([]);
    clock.advance(300_000);
    await settle();
    expect(deaf.podUIDs()).toEqual(['u']);
    view.stop();
    deaf.stop();
  });
});
