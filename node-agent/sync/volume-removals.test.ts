import { pino } from 'pino';
import { expect, it } from 'vitest';
import { ManualClock } from '../manual-clock.ts';
import type { DesiredPod } from '../diff/pod.ts';
import { VolumeRemovals } from './volume-removals.ts';

function setUp() {
  const clock = new ManualClock();
  const pods = new Map<string, DesiredPod>();
  const tried: string[] = [];
  const reported: string[] = [];
  const broken = new Set<string>();
  const removals = new VolumeRemovals({
    clock,
    logger: pino({ level: 'silent' }),
    pods: () => pods.values(),
    report: ({ name }) => reported.push(name),
    volumes: {
      async removeDirectory(name) {
        tried.push(name);
        if (broken.has(name)) throw new Error('busy');
      },
    },
  });
  return { clock, pods, tried, reported, broken, removals };
}

const turns = () => new Promise((resolve) => setImmediate(resolve));
const volume = (name: string) => ({ name, uid: `uid-${name}` });
const userOf = (name: string): DesiredPod => ({
  metadata: { namespace: 'shop', name: 'web', uid: 'web' },
  spec: { containers: [] },
  boundVolumes: { v: { claim: 'data', name } },
});

it('reports what was removed, also when it is asked for again', async () => {
  const { removals, tried, reported } = setUp();
  removals.order([volume('a'), volume('b')]);
  await turns();
  removals.order([volume('a')]);
  await turns();
  expect(tried).toEqual(['a', 'b', 'a']);
  expect(reported).toEqual(['a', 'b', 'a']);
});

it('leaves a volume alone that a pod has, until the pod is gone', async () => {
  const { removals, tried, reported, pods } = setUp();
  pods.set('web', userOf('a'));
  removals.order([volume('a')]);
  await turns();
  expect(tried).toEqual([]);
  pods.clear();
  removals.poke();
  await turns();
  expect(reported).toEqual(['a']);
});

it('tries again what could not be removed', async () => {
  const { removals, reported, broken, clock } = setUp();
  broken.add('a');
  removals.order([volume('a'), volume('b')]);
  await turns();
  expect(reported).toEqual(['b']);
  broken.clear();
  clock.advance(10_000);
  await turns();
  expect(reported).toEqual(['b', 'a']);
});

it('does nothing more when it is stopped', async () => {
  const { removals, tried } = setUp();
  removals.stop();
  removals.order([volume('a')]);
  await turns();
  expect(tried).toEqual([]);
});
