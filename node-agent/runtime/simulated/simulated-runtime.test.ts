import { describe } from 'vitest';
import { containerRuntimeContract } from '../../../test/contract/container-runtime.ts';
import { systemClock } from '../../clock.ts';
import { SimulatedRuntime } from './simulated-runtime.ts';

describe('The simulated driver', () => {
  const create = async () => {
    const runtime = new SimulatedRuntime({ clock: systemClock });
    await runtime.pullImage('busybox:1', undefined, AbortSignal.timeout(1000));
    return { runtime, image: 'busybox:1' };
  };
  containerRuntimeContract(create, { runsPrograms: false });
});
