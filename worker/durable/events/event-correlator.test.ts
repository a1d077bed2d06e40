import { describe, expect, it } from 'vitest';
import { EventCorrelator, type EventTraits } from './event-correlator.ts';

const traits = (message: string, subject = 'ReplicaSet/web'): EventTraits => ({
  source: 'replicaset-controller',
  subject,
  type: 'Normal',
  reason: 'SuccessfulCreate',
  message,
});

describe('the event correlator', () => {
  it('gives repeated messages one key', () => {
    const correlator = new EventCorrelator();
    const first = correlator.correlate(traits('Created pod: a'), 0);
    expect(correlator.correlate(traits('Created pod: a'), 1_000)).toEqual(first);
  });

  it('combines the tenth different message and all that follow', () => {
    const correlator = new EventCorrelator();
    const keys = Array.from({ length: 15 }, (_, i) =>
      correlator.correlate(traits(`Created pod: ${i}`), i),
    );
    expect(new Set(keys.slice(0, 9).map((k) => k?.key)).size).toBe(9);
    expect(new Set(keys.slice(9).map((k) => k?.key)).size).toBe(1);
    expect(keys[14]?.message).toBe('(combined from similar events): Created pod: 14');
  });

  it('begins anew when nothing similar came for ten minutes', () => {
    const correlator = new EventCorrelator();
    for (let i = 0; i < 12; i++) correlator.correlate(traits(`Created pod: ${i}`), 0);
    const later = correlator.correlate(traits('Created pod: x'), 601_000);
    expect(later?.message).toBe('Created pod: x');
  });

  it('drops what one object has beyond its burst, and lets one through every five minutes', () => {
    const correlator = new EventCorrelator();
    const taken = Array.from({ length: 40 }, () => correlator.correlate(traits('again'), 0));
    expect(taken.filter((t) => t !== null)).toHaveLength(25);
    expect(correlator.correlate(traits('again'), 299_999)).toBeNull();
    expect(correlator.correlate(traits('again'), 300_000)).not.toBeNull();
    expect(correlator.correlate(traits('again'), 300_001)).toBeNull();
    expect(correlator.correlate(traits('again', 'ReplicaSet/other'), 0)).not.toBeNull();
  });
});
