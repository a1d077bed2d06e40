import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { DEFAULT_IMAGE_GARBAGE_POLICY } from '../diff/image-garbage.ts';
import { normalImageName } from '../diff/image-reference.ts';
import { ManualClock } from '../manual-clock.ts';
import { SimulatedRuntime } from '../runtime/simulated/simulated-runtime.ts';
import { memoryPulledImages } from '../state/pulled-images.ts';
import { ImageCollector } from './image-collector.ts';

const HOUR_MS = 3_600_000;

/** Simulated images have a million bytes each; the disk has ten. */
async function given(names: string[], used: string[] = []) {
  const clock = new ManualClock();
  const runtime = new SimulatedRuntime({ clock });
  const warnings: string[] = [];
  let changes = 0;
  let availableBytes = 10e6;
  const collector = new ImageCollector({
    runtime,
    clock,
    logger: pino({ level: 'silent' }),
    pulled: memoryPulledImages(),
    policy: DEFAULT_IMAGE_GARBAGE_POLICY,
    disk: async () => ({ capacityBytes: 10e6, availableBytes }),
    imagesInUse: () => new Set(used.map(normalImageName)),
    warn: (reason, message) => warnings.push(`${reason}: ${message}`),
    onChanged: () => changes++,
  });
  for (const name of names) {
    await runtime.pullImage(name, undefined, AbortSignal.timeout(1000));
    collector.pulled(name, undefined);
  }
  const left = async () => (await runtime.listImages()).flatMap((image) => image.names);
  return {
    clock,
    runtime,
    collector,
    warnings,
    left,
    changes: () => changes,
    fill: (available: number) => (availableBytes = available),
  };
}

describe('IMAGE-4: the collector of images', () => {
  it('leaves all as it is while there is room', async () => {
    const { clock, collector, left } = await given(['a:1', 'b:1']);
    clock.advance(HOUR_MS);
    await collector.collect();
    expect(await left()).toEqual(['a:1', 'b:1']);
  });

  it('frees down to the low threshold, and keeps what is used', async () => {
    const { clock, collector, left, fill, changes, warnings } = await given(
      ['used:1', 'a:1', 'b:1'],
      ['used:1'],
    );
    clock.advance(HOUR_MS);
    fill(1.5e6);
    const before = changes();
    await collector.collect();
    expect(await left()).toEqual(['used:1', 'b:1']);
    expect(changes()).toBe(before + 1);
    expect(warnings).toEqual([]);
  });

  it('removes nothing that it did not pull', async () => {
    const { clock, collector, runtime, left, fill, warnings } = await given([]);
    await runtime.pullImage('theirs:1', undefined, AbortSignal.timeout(1000));
    clock.advance(HOUR_MS);
    fill(0);
    await collector.collect();
    expect(await left()).toEqual(['theirs:1']);
    expect(warnings).toEqual([
      'FreeDiskSpaceFailed: Failed to garbage collect required amount of images. Attempted to free 2000000 bytes, but only found 0 bytes eligible to free.',
    ]);
  });

  it('leaves what has just come, unless the disk is under pressure', async () => {
    const { clock, collector, left, fill } = await given(['a:1']);
    clock.advance(1000);
    fill(0);
    await collector.collect();
    expect(await left()).toEqual(['a:1']);
    await collector.removeUnused();
    expect(await left()).toEqual([]);
  });
});
