import { describe, expect, it } from 'vitest';
import { ManualClock } from '../manual-clock.ts';
import { IdleMemory } from './idle-memory.ts';

const MB = 1024 * 1024;
const LOOK_MS = 15_000;
const GIVEN_BACK = ['collect', 'drop'];

/** A process of which the test says how it is at each look; records what is done about it. */
function newProcess() {
  const clock = new ManualClock();
  const done: string[] = [];
  const now = { busy: 0, resident: 80 * MB };
  const memory = new IdleMemory({
    clock,
    busyShare: () => now.busy,
    residentBytes: () => now.resident,
    collectGarbage: () => done.push('collect'),
    dropFilePages: () => done.push('drop'),
  });
  memory.start();
  return {
    memory,
    /** What was done at a look with so much resident. */
    look: (residentMB: number, busy = 0): string[] => {
      now.resident = residentMB * MB;
      now.busy = busy;
      clock.advance(LOOK_MS);
      return done.splice(0);
    },
  };
}

describe('AGENT-2: The memory of a quiet agent', () => {
  it('is given back until no less comes back, and again after a burst', () => {
    const { look } = newProcess();
    expect(look(80)).toEqual(GIVEN_BACK);
    expect(look(50)).toEqual(GIVEN_BACK);
    expect(look(40)).toEqual(GIVEN_BACK);
    expect(look(40)).toEqual([]);
    expect(look(44)).toEqual([]);
    expect(look(60)).toEqual(GIVEN_BACK);
    // What more pods need for good is not asked for again and again.
    expect(look(47)).toEqual(GIVEN_BACK);
    expect(look(47)).toEqual([]);
    expect(look(48)).toEqual([]);
  });

  it('is left alone while there is work', () => {
    const { look } = newProcess();
    expect(look(80, 0.5)).toEqual([]);
    expect(look(80, 0.05)).toEqual(GIVEN_BACK);
    expect(look(60, 0.5)).toEqual([]);
    expect(look(40)).toEqual(GIVEN_BACK);
  });

  it('is not looked at once it is stopped', () => {
    const { memory, look } = newProcess();
    memory.stop();
    expect(look(80)).toEqual([]);
  });
});
