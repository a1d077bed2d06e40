import { runInDurableObject } from 'cloudflare:test';
import { drizzle } from 'drizzle-orm/durable-sqlite';
import { describe, expect, it } from 'vitest';
import { env } from '../../../test/workerd/env.ts';
import { SlotReclaim } from './slot-reclaim.ts';
import { SlotTable } from './slots.ts';

let objects = 0;
/** A table with room for the cluster's own slot and two more. */
const withTable = (test: (table: SlotTable) => unknown) =>
  runInDurableObject(
    env.STORE.getByName(`slots-${(objects += 1)}`),
    async (_object, { storage }) => {
      await test(new SlotTable(drizzle(storage), 3));
    },
  );

describe('SlotTable', () => {
  it('gives every store a slot of its own, the same again, and none when all are taken', () =>
    withTable((table) => {
      expect(table.assign('a', 1)).toEqual({ slot: 1, floor: 0 });
      expect(table.assign('b', 2)).toEqual({ slot: 2, floor: 0 });
      expect(table.assign('a', 3)).toEqual({ slot: 1, floor: 0 });
      expect(table.assign('c', 4)).toBeNull();
      expect(table.holders()).toEqual(['a', 'b']);
    }));

  it('SLOT-1: hands a slot on with a floor that never sinks', () =>
    withTable((table) => {
      table.assign('a', 1);
      table.release('a', 50);
      expect(table.assign('b', 2)).toEqual({ slot: 1, floor: 50 });
      table.release('b', 20);
      expect(table.assign('c', 3)).toEqual({ slot: 1, floor: 50 });
    }));
});

describe('SlotReclaim', () => {
  const reclaimOf = (table: SlotTable, answers: Record<string, () => Promise<number | null>>) => {
    const asked: string[] = [];
    const reclaim = new SlotReclaim({
      holders: () => table.holders(),
      ask: (namespace) => {
        asked.push(namespace);
        return answers[namespace]?.() ?? Promise.resolve(null);
      },
      release: async (namespace, lastRevision) => table.release(namespace, lastRevision),
    });
    return { reclaim, asked };
  };

  it('SLOT-2: asks the longest active first, and goes on when one refuses or fails', () =>
    withTable(async (table) => {
      for (const [i, name] of ['busy', 'idle'].entries()) table.assign(name, i);
      const { reclaim, asked } = reclaimOf(table, {
        busy: () => Promise.resolve(null),
        idle: () => Promise.resolve(70),
      });
      expect(await reclaim.reclaimFor('new')).toBe(true);
      expect(asked).toEqual(['busy', 'idle']);
      expect(table.assign('new', 9)).toEqual({ slot: 2, floor: 70 });
    }));

  it('SLOT-3: frees none when every store needs its own, and never asks the one that wants it', () =>
    withTable(async (table) => {
      for (const [i, name] of ['a', 'b'].entries()) table.assign(name, i);
      const { reclaim, asked } = reclaimOf(table, {
        a: () => Promise.reject(new Error('unreachable')),
        b: () => Promise.resolve(5),
      });
      expect(await reclaim.reclaimFor('b')).toBe(false);
      expect(asked).toEqual(['a']);
    }));

  it('SLOT-1: a store that comes back while its slot is taken waits for that to be over', () =>
    withTable(async (table) => {
      table.assign('a', 1);
      let answer: (lastRevision: number) => void = () => undefined;
      const { reclaim } = reclaimOf(table, {
        a: () =>
          new Promise((resolve) => {
            answer = resolve;
          }),
      });
      const freed = reclaim.reclaimFor('new');
      let settled = false;
      const waiting = reclaim.settled('a').then(() => {
        settled = true;
      });
      await Promise.resolve();
      expect(settled).toBe(false);
      answer(30);
      expect(await freed).toBe(true);
      await waiting;
      expect(table.holders()).toEqual([]);
    }));
});
