import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Merge } from './merge.ts';

const taken = (merge: Merge) => merge.takeReady().map((pending) => pending.event);

function mergeOf(...sources: string[]): Merge {
  const merge = new Merge();
  for (const source of sources) {
    merge.add(source, 0);
    merge.open(source);
  }
  return merge;
}

describe('Merge', () => {
  it('WATCH-7: holds an event back until every other source is past it', () => {
    const merge = mergeOf('a', 'b', 'c');
    merge.event('a', 10, 'a10');
    expect(taken(merge)).toEqual([]);
    merge.progress('b', 10);
    expect(taken(merge)).toEqual([]);
    merge.event('c', 12, 'c12');
    expect(taken(merge)).toEqual(['a10']);
    merge.progress('a', 12);
    merge.progress('b', 15);
    expect(taken(merge)).toEqual(['c12']);
  });

  it('asks each source that is behind once, for the newest event that waits', () => {
    const merge = mergeOf('a', 'b', 'c');
    merge.event('a', 10, 'a10');
    merge.event('a', 20, 'a20');
    merge.progress('c', 30);
    expect(merge.takeQuestions()).toEqual([{ source: 'b', revision: 20 }]);
    expect(merge.takeQuestions()).toEqual([]);
    merge.event('a', 40, 'a40');
    expect(merge.takeQuestions()).toEqual([{ source: 'c', revision: 40 }]);
    merge.progress('b', 20);
    expect(merge.takeQuestions()).toEqual([{ source: 'b', revision: 40 }]);
  });

  it('waits for a source that cannot be asked yet, and asks it as soon as it can', () => {
    const merge = mergeOf('a');
    merge.add('late', 5);
    merge.event('a', 10, 'a10');
    expect(taken(merge)).toEqual([]);
    expect(merge.takeQuestions()).toEqual([]);
    merge.open('late');
    expect(merge.takeQuestions()).toEqual([{ source: 'late', revision: 10 }]);
  });

  it('WATCH-7: loses nothing, doubles nothing, keeps revision order and never gets stuck', () => {
    const step = fc.record({ source: fc.nat(3), kind: fc.constantFrom('event', 'answer', 'open') });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const merge = new Merge();
        const names = ['s0', 's1', 's2', 's3'];
        for (const name of names) merge.add(name, 0);
        const asked = new Map<string, number>();
        const closedTo = new Map<string, number>();
        const sent: number[] = [];
        const out: number[] = [];
        let clock = 0;
        const drain = () => {
          out.push(...merge.takeReady().map((pending) => pending.revision));
          for (const { source, revision } of merge.takeQuestions()) asked.set(source, revision);
        };
        const answer = (name: string) => {
          const revision = asked.get(name);
          if (revision === undefined) return;
          asked.delete(name);
          closedTo.set(name, Math.max(closedTo.get(name) ?? 0, revision));
          merge.progress(name, revision);
        };
        for (const { source, kind } of steps) {
          const name = `s${source}`;
          if (kind === 'open') merge.open(name);
          if (kind === 'answer') answer(name);
          if (kind === 'event') {
            clock += 1;
            closedTo.set(name, clock);
            sent.push(clock);
            merge.event(name, clock, `${name}@${clock}`);
          }
          drain();
          expect(out).toEqual(sent.slice(0, out.length));
        }
        for (const name of names) merge.open(name);
        drain();
        while (asked.size > 0) {
          for (const name of asked.keys()) answer(name);
          drain();
        }
        expect(out).toEqual(sent);
      }),
    );
  });
});
