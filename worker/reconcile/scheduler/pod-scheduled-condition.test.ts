import { describe, expect, it } from 'vitest';
import { setCondition } from '../../../apimachinery/conditions.ts';
import { podScheduledCondition } from './pod-scheduled-condition.ts';
import { failedSchedulingEvent, scheduledEvent } from './texts.ts';

const AT = Date.UTC(2026, 0, 1);

describe('the PodScheduled condition', () => {
  it('says why, then only that it was placed', () => {
    const waiting = podScheduledCondition(
      { message: 'no nodes available to schedule pods' },
      AT,
      1,
    );
    expect(waiting).toEqual({
      type: 'PodScheduled',
      observedGeneration: 1,
      status: 'False',
      lastProbeTime: null,
      lastTransitionTime: '2026-01-01T00:00:00Z',
      reason: 'Unschedulable',
      message: 'no nodes available to schedule pods',
    });
    expect(podScheduledCondition({ nodeName: 'n' }, AT)).toEqual({
      type: 'PodScheduled',
      status: 'True',
      lastProbeTime: null,
      lastTransitionTime: '2026-01-01T00:00:00Z',
    });
  });

  it('is not written again for the same message', () => {
    const conditions = [podScheduledCondition({ message: 'm' }, AT)];
    expect(setCondition(conditions, podScheduledCondition({ message: 'm' }, AT + 9000))).toBe(
      conditions,
    );
  });
});

describe('the scheduler’s events', () => {
  it('read as upstream’s', () => {
    expect(scheduledEvent('shop', 'web-1', 'n')).toEqual({
      type: 'Normal',
      reason: 'Scheduled',
      message: 'Successfully assigned shop/web-1 to n',
    });
    expect(failedSchedulingEvent('m')).toMatchObject({
      type: 'Warning',
      reason: 'FailedScheduling',
    });
  });
});
