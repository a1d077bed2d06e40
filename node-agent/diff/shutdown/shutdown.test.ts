import { describe, expect, it } from 'vitest';
import type { DesiredPod } from '../pod.ts';
import { planShutdown } from './plan-shutdown.ts';
import { shutdownPeriods, shutdownProblem, shutdownSeconds } from './shutdown-periods.ts';
import type { ShutdownSettings } from './shutdown-periods.ts';

const OFF: ShutdownSettings = {
  shutdownGracePeriod: '0s',
  shutdownGracePeriodCriticalPods: '0s',
  shutdownGracePeriodByPodPriority: [],
};

const period = (priority: number, shutdownGracePeriodSeconds: number) => ({
  priority,
  shutdownGracePeriodSeconds,
});

function pod(name: string, priority?: number, grace?: number): DesiredPod {
  return {
    metadata: { namespace: 'shop', name, uid: name },
    spec: {
      containers: [{ name: 'main' }],
      ...(priority === undefined ? {} : { priority }),
      ...(grace === undefined ? {} : { terminationGracePeriodSeconds: grace }),
    },
  };
}

describe('The periods of a shutdown', () => {
  it('SHUTDOWN-2: are two by default: for the others first, for critical pods last', () => {
    const settings = {
      ...OFF,
      shutdownGracePeriod: '1m30s',
      shutdownGracePeriodCriticalPods: '10s',
    };
    const periods = shutdownPeriods(settings);
    expect(periods).toEqual([period(0, 80), period(2_000_000_000, 10)]);
    expect(shutdownSeconds(periods)).toBe(90);
  });

  it('SHUTDOWN-2: are those of the priorities that are named, lowest first', () => {
    const byPriority = [period(1000, 30), period(-5, 10), period(100, 20)];
    expect(shutdownPeriods({ ...OFF, shutdownGracePeriodByPodPriority: byPriority })).toEqual([
      period(-5, 10),
      period(100, 20),
      period(1000, 30),
    ]);
  });

  it('SHUTDOWN-5: are none unless somebody asks for them', () => {
    expect(shutdownPeriods(OFF)).toEqual([]);
    expect(shutdownProblem(OFF)).toBeUndefined();
  });

  it.each([
    [{ shutdownGracePeriod: '500ms' }, 'from one second'],
    [{ shutdownGracePeriod: '-1s' }, 'from one second'],
    [{ shutdownGracePeriod: '48h' }, 'to a day'],
    [{ shutdownGracePeriod: 'soon' }, 'as in 30s'],
    [{ shutdownGracePeriod: '5s', shutdownGracePeriodCriticalPods: '6s' }, 'cannot be longer'],
    [{ shutdownGracePeriod: '5s', shutdownGracePeriodByPodPriority: [period(0, 1)] }, 'set either'],
    [{ shutdownGracePeriodByPodPriority: [period(0, 1), period(0, 2)] }, 'twice'],
  ])('are refused when they make no sense: %j', (settings, want) => {
    expect(shutdownProblem({ ...OFF, ...settings })).toContain(want);
  });
});

describe('The order of a shutdown', () => {
  const names = (pods: readonly DesiredPod[], ...periods: ReturnType<typeof period>[]) =>
    planShutdown(periods, pods).map((group) => group.pods.map((one) => one.pod.metadata.name));

  it('SHUTDOWN-2: puts a pod with the highest period that is not above its priority', () => {
    const pods = [
      pod('none'),
      pod('below', -100),
      pod('at', 100),
      pod('between', 150),
      pod('above', 5000),
    ];
    expect(names(pods, period(0, 10), period(100, 10), period(200, 10))).toEqual([
      ['none', 'below'],
      ['at', 'between'],
      ['above'],
    ]);
  });

  it('SHUTDOWN-2: spends no time on a group without pods', () => {
    expect(names([pod('web')], period(-100, 10), period(0, 10), period(100, 10))).toEqual([
      ['web'],
    ]);
  });

  it('SHUTDOWN-2: gives a pod what it asks for, but no more than its group has', () => {
    const pods = [pod('short', 0, 5), pod('long', 0, 60), pod('usual')];
    const [group] = planShutdown([period(0, 20)], pods);
    expect(group?.pods.map(({ graceSeconds }) => graceSeconds)).toEqual([5, 20, 20]);
  });
});
