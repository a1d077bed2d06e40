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

  it('AGENT-3: asks the engine nothing but what an event is about, until minutes later', async () => {
    const { clock, runtime } = setUp();
    const asked: string[] = [];
    const names = ['listPodSandboxes', 'listContainers', 'podSandboxStatus', 'containerStatus'];
    const recorded = Object.fromEntries(
      names.map((name) => {
        const call = Reflect.get(runtime, name).bind(runtime) as (id: string) => Promise<unknown>;
        const value = (id: string): Promise<unknown> => {
          asked.push(name);
          return call(id);
        };
        return [name, { value }];
      }),
    );
    const subscribe = { value: runtime.subscribe.bind(runtime) };
    const view = new EngineView(
      Object.create(runtime, { ...recorded, subscribe }) as SimulatedRuntime,
      clock,
      pino({ level: 'silent' }),
      () => undefined,
    );
    await view.start();
    expect(asked.splice(0)).toEqual(['listPodSandboxes', 'listContainers']);
    clock.advance(200_000);
    await settle();
    expect(asked).toEqual([]);
    await runtime.runPodSandbox(SANDBOX);
    await settle();
    expect(asked.splice(0)).toEqual(['podSandboxStatus']);
    clock.advance(99_000);
    await settle();
    expect(asked).toEqual([]);
    clock.advance(1_000);
    await settle();
    expect(asked).toEqual(['listPodSandboxes', 'listContainers']);
    view.stop();
  });
});
