import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { DesiredPod } from '../diff/pod.ts';
import { ManualClock } from '../manual-clock.ts';
import { NodeShutdown } from './node-shutdown.ts';

const CRITICAL = 2_000_000_000;

const pod = (name: string, priority = 0): DesiredPod => ({
  metadata: { namespace: 'shop', name, uid: name },
  spec: { containers: [{ name: 'main' }], priority },
});

const period = (priority: number, shutdownGracePeriodSeconds: number) => ({
  priority,
  shutdownGracePeriodSeconds,
});

/** Lets everything run that waits for no time. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function given(pods: readonly DesiredPod[], periods = [period(0, 20), period(CRITICAL, 10)]) {
  const clock = new ManualClock();
  const said: string[] = [];
  const over = new Set<string>();
  const flush = { done: Promise.resolve() };
  const shutdown = new NodeShutdown({
    clock,
    logger: pino({ level: 'silent' }),
    periods,
    activePods: () => pods.filter(({ metadata }) => !over.has(metadata.uid)),
    isOver: (uid) => over.has(uid),
    end: (uid, { reason, graceSeconds }) => said.push(`end ${uid}: ${reason} ${graceSeconds}`),
    announce: (reason) => said.push(`event ${reason}`),
    reportNode: async () => void said.push(`node ${shutdown.startedAtMs === undefined}`),
    flush: () => {
      said.push('flush');
      return flush.done;
    },
  });
  const ends = (uid: string): void => {
    over.add(uid);
    shutdown.podChanged();
  };
  return { clock, ends, flush, said, shutdown };
}

describe('A node whose machine goes down', () => {
  it('SHUTDOWN-1, SHUTDOWN-2: tells so, ends its pods by priority, and waits until that is heard', async () => {
    const { clock, ends, said, shutdown } = given([pod('web'), pod('dns', CRITICAL)]);
    let isDone = false;
    const run = shutdown.run().then(() => (isDone = true));
    await settle();
    expect(said).toEqual(['event Shutdown', 'node false', 'end web: Terminated 20']);
    clock.advance(5_000);
    ends('web');
    await settle();
    expect(said.at(-1)).toBe('end dns: Terminated 10');
    ends('dns');
    await settle();
    expect(said.at(-1)).toBe('flush');
    await run;
    expect(isDone).toBe(true);
  });

  it('SHUTDOWN-2: goes on when the time of a group is over, and does not wait for ever', async () => {
    const { clock, said, shutdown, flush } = given([pod('web'), pod('dns', CRITICAL)]);
    flush.done = new Promise(() => undefined);
    let isDone = false;
    void shutdown.run().then(() => (isDone = true));
    await settle();
    clock.advance(19_999);
    await settle();
    expect(said).toHaveLength(3);
    clock.advance(1);
    await settle();
    expect(said.at(-1)).toBe('end dns: Terminated 10');
    clock.advance(10_000);
    await settle();
    clock.advance(2_000);
    await settle();
    expect([said.at(-1), isDone]).toEqual(['flush', false]);
    clock.advance(5_000);
    await settle();
    expect(isDone).toBe(true);
  });

  it('SHUTDOWN-4: takes no more pods', async () => {
    const { shutdown, ends } = given([pod('web')]);
    expect(shutdown.refuse()).toBeUndefined();
    const run = shutdown.run();
    expect(shutdown.refuse()).toMatchObject({
      reason: 'NodeShutdown',
      message: 'Pod was rejected: Pod was rejected as the node is shutting down.',
    });
    ends('web');
    await run;
    expect(shutdown.refuse()).toBeDefined();
  });

  it('SHUTDOWN-5: leaves its pods alone where there are no periods', async () => {
    const { shutdown, said } = given([pod('web')], []);
    await shutdown.run();
    expect([said, shutdown.refuse()]).toEqual([[], undefined]);
  });

  it('ends its pods once, however often it is told', async () => {
    const { shutdown, said, ends } = given([pod('web')]);
    const runs = [shutdown.run(), shutdown.run()];
    ends('web');
    await Promise.all(runs);
    expect(said.filter((line) => line.startsWith('end'))).toHaveLength(1);
  });
});
