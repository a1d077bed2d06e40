import { pino } from 'pino';
import { expect, it } from 'vitest';
import { ManualClock } from '../manual-clock.ts';
import type { ContainerStatus } from '../runtime/container-runtime.ts';
import { UsageSampler } from './usage-sampler.ts';

const pod = { namespace: 'shop', name: 'web', uid: 'u' };

/** A container that uses half a core, on a machine that uses one. */
function newSampler() {
  const clock = new ManualClock();
  const container: ContainerStatus = {
    id: 'c',
    sandboxID: 's',
    name: 'main',
    pod,
    attempt: 0,
    hash: '',
    image: 'i',
    imageID: 'docker://i',
    createdAtMs: 0,
    state: { kind: 'running', startedAtMs: 0 },
    tty: false,
  };
  let reads = 0;
  const sampler = new UsageSampler({
    runtime: {
      containerStats: async () => {
        reads++;
        const timestampMs = clock.now();
        const usageCoreNanoSeconds = timestampMs * 5e5;
        return { timestampMs, usageCoreNanoSeconds, workingSetBytes: 1 };
      },
    },
    view: { podUIDs: () => ['u'], pod: () => ({ sandboxes: [], containers: [container] }) },
    machineUsage: async () => ({ usageCoreNanoSeconds: clock.now() * 1e6, workingSetBytes: 1 }),
    clock,
    logger: pino({ level: 'silent' }),
  });
  const passing = async (ms: number) => {
    // The reading before the pause is asynchronous.
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(ms);
  };
  return { clock, sampler, passing, reads: () => reads };
}

it('looks twice when it was not asked lately, and once when it was', async () => {
  const { clock, sampler, passing, reads } = newSampler();
  const first = sampler.sample();
  await passing(2_000);
  expect((await first).pods[0]).toMatchObject({
    windowMs: 2_000,
    containers: [{ name: 'main', cpuNanoCores: 5e8 }],
  });
  expect(reads()).toBe(2);
  clock.advance(15_000);
  expect((await sampler.sample()).node).toMatchObject({ windowMs: 15_000, cpuNanoCores: 1e9 });
  expect(reads()).toBe(3);
  clock.advance(3_600_000);
  const late = sampler.sample();
  await passing(2_000);
  expect((await late).node.windowMs).toBe(2_000);
});

it('many who ask at about the same time cost one look', async () => {
  const { clock, sampler, passing, reads } = newSampler();
  const asked = [sampler.sample(), sampler.sample()];
  await passing(2_000);
  const [first, second] = await Promise.all(asked);
  clock.advance(9_000);
  expect(second).toBe(first);
  expect(await sampler.sample()).toBe(first);
  expect(reads()).toBe(2);
});
