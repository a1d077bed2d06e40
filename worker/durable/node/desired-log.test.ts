import { runInDurableObject } from 'cloudflare:test';
import { drizzle } from 'drizzle-orm/durable-sqlite';
import { describe, expect, it } from 'vitest';
import { controlFrameSchema, decodeFrame } from '../../../apimachinery/agent-protocol.ts';
import { env } from '../../../test/workerd/env.ts';
import { meta } from '../schema/node.ts';
import { MetaTable } from '../store/meta-table.ts';
import { DesiredLog } from './desired-log.ts';

const MEGABYTE = 1_000_000;

function withLog<T>(name: string, test: (log: DesiredLog) => T): Promise<T> {
  const stub = env.NODE.getByName(name);
  return runInDurableObject(stub, (_object, state) => {
    const db = drizzle(state.storage);
    return test(new DesiredLog(db, new MetaTable(db, meta)));
  });
}

/** As the agent takes them. */
const framesOf = (log: DesiredLog, from: number) =>
  [...log.frames('epoch', from)].map((text) => {
    const frame = decodeFrame(controlFrameSchema, text);
    if (frame.type !== 'desired') throw new Error(`a frame of type ${frame.type}`);
    return frame;
  });

const secret = (name: string, size: number) => ({
  resource: 'secrets' as const,
  name,
  object: JSON.stringify({ metadata: { name }, data: { x: 'x'.repeat(size) } }),
});

describe('the frames of a node’s desired state', () => {
  it('NODE-12: stay small, and say that more follow but for the last', async () => {
    const frames = await withLog('desired-log-1', (log) => {
      const objects = Array.from({ length: 10 }, (_, i) => secret(`s${i}`, MEGABYTE));
      log.apply('default', { pods: [], objects });
      return framesOf(log, 0);
    });
    expect(frames.map(({ more }) => more ?? false)).toEqual([true, true, false]);
    expect(new Set(frames.map(({ from, position }) => `${from}-${position}`)).size).toBe(1);
    expect(frames.flatMap(({ objects }) => objects.map(({ name }) => name))).toHaveLength(10);
  });

  it('NODE-1: are none for a node that has everything, and one without content for a new one', async () => {
    const counts = await withLog('desired-log-2', (log) => {
      const empty = framesOf(log, 0);
      log.apply('default', { pods: [], objects: [secret('a', 10)] });
      return [empty.length, framesOf(log, log.position).length];
    });
    expect(counts).toEqual([1, 0]);
  });

  it('NODE-1: tell what is gone until the agent has it, and no longer', async () => {
    const told = await withLog('desired-log-3', (log) => {
      const gone = { pods: [{ name: 'p', uid: 'u', pod: null }], objects: [] };
      const there = [{ name: 'p', uid: 'u', pod: '{"metadata":{"name":"p"}}' }];
      log.apply('default', { pods: there, objects: [] });
      const before = log.position;
      log.apply('default', gone);
      log.acknowledge(before);
      const unacknowledged = framesOf(log, before);
      log.acknowledge(log.position);
      return [unacknowledged, framesOf(log, before)].map((frames) =>
        frames.flatMap(({ pods }) => pods.map(({ pod }) => pod)),
      );
    });
    expect(told).toEqual([[null], []]);
  });
});
