import { runInDurableObject } from 'cloudflare:test';
import { drizzle } from 'drizzle-orm/durable-sqlite';
import { describe, expect, it } from 'vitest';
import { env } from '../../../test/workerd/env.ts';
import { WorkQueue } from './work-queue.ts';

const LIMIT = 10;
let queues = 0;

const withQueue = (test: (queue: WorkQueue, restarted: () => WorkQueue) => void) =>
  runInDurableObject(env.STORE.getByName(`queue-${(queues += 1)}`), (_object, { storage }) => {
    const open = () => new WorkQueue(drizzle(storage));
    test(open(), open);
  });

const keys = (queue: WorkQueue, worker: string, now: number): string[] =>
  queue.due(worker, now, LIMIT).map(({ key }) => key);

describe('WorkQueue', () => {
  it('hands out what is due, also when it was found empty before', () =>
    withQueue((queue) => {
      expect(keys(queue, 'w', 10)).toEqual([]);
      queue.enqueue('w', 'now', 10, 10);
      queue.enqueue('w', 'later', 30, 10);
      expect(keys(queue, 'w', 10)).toEqual(['now']);
      const [item] = queue.due('w', 10, LIMIT);
      queue.start(item!);
      queue.done(item!);
      expect(keys(queue, 'w', 29)).toEqual([]);
      expect(keys(queue, 'w', 30)).toEqual(['later']);
      expect(keys(queue, 'other', 30)).toEqual([]);
    }));

  it('brings a key back after its backoff, or when what it waits for is due', () =>
    withQueue((queue) => {
      queue.enqueue('w', 'fails', 0, 0);
      queue.enqueue('w', 'waits', 0, 0);
      for (const item of queue.due('w', 0, LIMIT)) {
        queue.start(item);
        if (item.key === 'fails') queue.retry(item, 'no', 0, 0);
        else queue.postpone(item, 500);
      }
      expect(keys(queue, 'w', 0)).toEqual([]);
      expect(keys(queue, 'w', 50)).toEqual(['fails']);
      expect(queue.failure('w', 'fails')).toBe('no');
      expect(keys(queue, 'w', 500)).toEqual(['fails', 'waits']);
    }));

  it('knows after a restart and after a rollback what is stored', () =>
    withQueue((queue, restarted) => {
      const other = restarted();
      expect(keys(other, 'w', 0)).toEqual([]);
      queue.enqueue('w', 'a', 0, 0);
      expect(keys(restarted(), 'w', 0)).toEqual(['a']);
      other.reset();
      expect(keys(other, 'w', 0)).toEqual(['a']);
      expect(other.nextDueAt()).toBe(0);
    }));
});
