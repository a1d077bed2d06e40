import { describe, expect, it } from 'vitest';
import { pino } from 'pino';
import { ManualClock } from '../manual-clock.ts';
import { SimulatedRuntime } from '../runtime/simulated/simulated-runtime.ts';
import { EngineView } from './engine-view.ts';
import { containerConfig, sandboxConfig } from '../../test/contract/container-runtime.ts';
import { measurePods } from './pod-consumption.ts';

const POD = { namespace: 'shop', name: 'web', uid: 'u' };
const IDLE = { namespace: 'shop', name: 'idle', uid: 'i' };
const of = (metadata: typeof POD) => ({ metadata, spec: { containers: [{ name: 'main' }] } });

describe('What pods use', () => {
  it('is that of their running containers, and of their volumes', async () => {
    const clock = new ManualClock();
    const runtime = new SimulatedRuntime({ clock });
    const view = new EngineView(runtime, clock, pino({ level: 'silent' }), () => undefined);
    await view.start();
    await runtime.pullImage('web:1', undefined, AbortSignal.timeout(1000));
    const sandbox = await runtime.runPodSandbox(sandboxConfig(POD));
    const id = await runtime.createContainer(sandbox, containerConfig(POD, 'web:1', {}));
    await runtime.startContainer(id);
    clock.advance(1000);
    await view.refresh('container', id, POD.uid);
    const volumes = {
      usage: async (uid: string) =>
        new Map(uid === POD.uid ? [['v', { bytes: 5, inodes: 2 }]] : []),
    };
    const pods = [of(POD), of(IDLE)];
    const [web, idle] = await measurePods({ runtime, view, volumes }, pods, 'memory');
    expect(web?.containers).toEqual([{ name: 'main', memoryBytes: 16 * 2 ** 20, diskBytes: 0 }]);
    expect(idle?.containers).toEqual([]);
    const [onDisk] = await measurePods({ runtime, view, volumes }, pods, 'disk');
    expect(onDisk).toMatchObject({ volumeBytes: 5, volumeInodes: 2 });
    expect(onDisk?.volumes.get('v')).toBe(5);
    view.stop();
    await runtime.close();
  });
});
