import { describe, expect, it } from 'vitest';
import { GroupCommit, OverloadedError } from './group-commit.ts';

describe('GroupCommit', () => {
  it('runs the steps of concurrent callers in order, in one turn, and once behind them its end', async () => {
    const calls: string[] = [];
    const group = new GroupCommit(() => calls.push('end'));
    const answers = ['a', 'b', 'c'].map((name) =>
      group.submit(() => {
        calls.push(name);
        return name.toUpperCase();
      }),
    );
    expect([calls, group.isIdle]).toEqual([[], false]);
    expect(await Promise.all(answers)).toEqual(['A', 'B', 'C']);
    expect([calls, group.isIdle]).toEqual([['a', 'b', 'c', 'end'], true]);
  });

  it('STORE-1: gives every caller its own outcome: one that fails harms no other', async () => {
    const group = new GroupCommit(() => undefined);
    const outcomes = await Promise.allSettled([
      group.submit(() => 1),
      group.submit(() => {
        throw new Error('mine alone');
      }),
      group.submit(() => 3),
    ]);
    expect(outcomes.map((o) => (o.status === 'fulfilled' ? o.value : String(o.reason)))).toEqual([
      1,
      'Error: mine alone',
      3,
    ]);
  });

  it('takes what comes in during a turn into the next one', async () => {
    const turns: string[][] = [[]];
    const group = new GroupCommit(() => turns.push([]));
    let inner: Promise<unknown> = Promise.resolve();
    await group.submit(() => {
      turns.at(-1)?.push('outer');
      inner = group.submit(() => turns.at(-1)?.push('inner'));
    });
    await inner;
    expect(turns).toEqual([['outer'], ['inner'], []]);
  });

  it('STORE-10: runs requests first, and of the background a few each turn, in their order', async () => {
    const turns: string[][] = [[]];
    const ends: string[] = [];
    const group = new GroupCommit((urgency) => {
      turns.push([]);
      ends.push(urgency);
    });
    const put = (name: string, urgency: 'request' | 'background') =>
      group.submit(() => turns.at(-1)?.push(name), urgency);
    const reports = Array.from({ length: 20 }, (_, i) => put(`report ${i}`, 'background'));
    await put('request', 'request');
    expect(turns[0]?.slice(0, 2)).toEqual(['request', 'report 0']);
    expect(turns[0]?.length).toBeLessThan(20);
    await put('another', 'request');
    expect(turns[1]?.[0]).toBe('another');
    await Promise.all(reports);
    const order = turns.flat().filter((name) => name.startsWith('report'));
    expect(order).toEqual(Array.from({ length: 20 }, (_, i) => `report ${i}`));
    expect(ends.slice(0, 2)).toEqual(['request', 'request']);
    expect(group.isIdle).toBe(true);
  });

  it('STORE-10: gives planners and the background their turns, however many requests come', async () => {
    const turns: string[] = [];
    const group = new GroupCommit(() => undefined);
    const report = group.submit(() => turns.push('report'), 'background');
    const planned = new Promise<void>((resolve) => {
      group.plan(() => {
        turns.push('plan');
        resolve();
      }, 'background');
    });
    for (let i = 0; i < 20; i++) await group.submit(() => turns.push('request'));
    expect(turns.filter((turn) => turn !== 'request')).toEqual(['report', 'plan']);
    await Promise.all([report, planned]);
  });

  it('refuses what is beyond its bound', async () => {
    const group = new GroupCommit(() => undefined);
    const waiting = Array.from({ length: 10_000 }, () => group.submit(() => undefined));
    await expect(group.submit(() => undefined)).rejects.toThrow(OverloadedError);
    await Promise.all(waiting);
  });
});
