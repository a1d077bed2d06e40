import { describe, expect, it } from 'vitest';
import { MemoryRevisionStore } from '../storage/memory-revision-store.ts';
import { RevisionClock } from '../storage/revision-clock.ts';
import type { LogEntry, LogEntryType, StoreWrite } from '../storage/revision-store.ts';
import type { WatchRequest } from '../store/protocol.ts';
import { selectorOf } from './selector.ts';
import { visibleType, WatchHub, type WatchSocket } from './watch-hub.ts';

const MAPS = 'configmaps';

class RecordedSocket implements WatchSocket {
  readonly frames: string[] = [];
  closed = false;

  send(text: string): void {
    if (this.closed) throw new Error('closed');
    this.frames.push(text);
  }

  close(): void {
    this.closed = true;
  }

  get lines(): string[] {
    return this.frames.flatMap((frame) => frame.split('\n'));
  }

  /** The lines, with events shortened to their revision. */
  get heads(): string[] {
    return this.lines.map((line) => (/^\d/.test(line) ? (line.split(' ')[0] ?? '') : line));
  }
}

const request = (options: Partial<WatchRequest> = {}): WatchRequest => ({
  scope: { cluster: 'c', namespace: 'n' },
  resource: MAPS,
  labelSelector: '',
  fieldSelector: '',
  after: null,
  ...options,
});

const write = (name: string, revision: number, text = ''): StoreWrite => ({
  key: { resource: MAPS, name },
  revision,
  type: 'ADDED',
  uid: name,
  attributes: { labels: {}, fields: {} },
  previousAttributes: null,
  value: JSON.stringify({ metadata: { name }, text }),
  controllerUID: null,
  ownerUIDs: [],
  ownersChanged: false,
});

/** A hub on a store with objects at the given revisions; turns of a replay wait for `release`. */
function hubWith(revisions: readonly number[], text = '') {
  const store = new MemoryRevisionStore();
  for (const revision of revisions) store.write(write(`m${revision}`, revision, text));
  const clock = new RevisionClock(1, store.lastRevision(), () => undefined);
  const turns: (() => void)[] = [];
  const hub = new WatchHub<RecordedSocket>({
    store,
    clock,
    now: () => Date.UTC(2026, 0, 1),
    nextTurn: () => new Promise((resolve) => turns.push(resolve)),
  });
  return { store, clock, hub, turns };
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

describe('a watcher', () => {
  it('WATCH-3: without a revision begins with what is there, and is told where that ends', async () => {
    const { hub } = hubWith([3, 5]);
    const socket = new RecordedSocket();
    await hub.start(socket, request());
    expect(socket.heads).toEqual(['3', '5', '= 5']);
  });

  it('WATCH-3: with a revision gets what comes after it', async () => {
    const { hub } = hubWith([3, 5, 7]);
    const socket = new RecordedSocket();
    await hub.start(socket, request({ after: 3 }));
    expect(socket.heads).toEqual(['5', '7']);
  });

  it('WATCH-3: with a snapshot begins as of that, and goes on behind it', async () => {
    const { hub } = hubWith([3, 5, 7]);
    const socket = new RecordedSocket();
    await hub.start(socket, request({ snapshot: 5 }));
    expect(socket.heads).toEqual(['3', '5', '= 5', '7']);
  });

  it('WATCH-1: loses nothing that is written while it catches up, and sees nothing twice', async () => {
    const { hub, store, turns } = hubWith(upTo(700));
    const socket = new RecordedSocket();
    const started = hub.start(socket, request({ after: 0 }));
    expect(socket.lines).toHaveLength(500);
    const late = write('late', 701);
    store.write(late);
    const { key, ...entry } = late;
    hub.publish([{ ...entry, ...key }]);
    turns.shift()?.();
    await started;
    expect(socket.heads).toEqual(upTo(701).map(String));
  });

  it('WATCH-7: that is asked for progress while it catches up answers when it has', async () => {
    const { hub, turns } = hubWith(upTo(700));
    const socket = new RecordedSocket();
    const started = hub.start(socket, request({ after: 0 }));
    hub.progress(socket, 900);
    expect(socket.lines).toHaveLength(500);
    turns.shift()?.();
    await started;
    expect(socket.heads.at(-1)).toBe('~ 900');
  });

  it('WATCH-4: is sent frames of bounded length, whatever the objects', async () => {
    const { hub } = hubWith(upTo(40), 'x'.repeat(100_000));
    const socket = new RecordedSocket();
    await hub.start(socket, request({ after: 0 }));
    expect(socket.heads).toEqual(upTo(40).map(String));
    expect(Math.max(...socket.frames.map((frame) => frame.length))).toBeLessThan(1.2 * 1024 * 1024);
  });

  it('WATCH-5: behind the compact revision is told 410 and closed', async () => {
    const { hub, store } = hubWith([3, 5]);
    store.compact(5, 10);
    const socket = new RecordedSocket();
    await hub.start(socket, request({ after: 4 }));
    expect(socket.closed).toBe(true);
    expect(socket.lines[0]).toMatch(/^! .*"reason":"Expired".*"code":410/);
    expect(hub.size).toBe(0);
  });

  it('WATCH-2: with a selector that cannot be read is told 400 and closed', async () => {
    const { hub } = hubWith([]);
    const socket = new RecordedSocket();
    await hub.start(socket, request({ labelSelector: 'a in' }));
    expect(socket.lines[0]).toMatch(/^! .*"code":400/);
    expect(socket.closed).toBe(true);
  });

  it('that is closing harms no other', async () => {
    const { hub, store } = hubWith([]);
    const [gone, here] = [new RecordedSocket(), new RecordedSocket()];
    for (const socket of [gone, here]) await hub.start(socket, request({ after: 0 }));
    gone.close();
    const { key, ...entry } = write('a', 9);
    store.write(write('a', 9));
    hub.publish([{ ...entry, ...key }]);
    expect(here.heads).toEqual(['9']);
  });
});

describe('what a selector makes of a write', () => {
  const labels = (tier: string | null) =>
    tier === null ? null : { labels: { tier }, fields: { 'metadata.name': 'a' } };
  const cases: [LogEntryType, string | null, string, LogEntryType | null][] = [
    ['ADDED', null, 'web', 'ADDED'],
    ['ADDED', null, 'db', null],
    ['MODIFIED', 'web', 'web', 'MODIFIED'],
    ['MODIFIED', 'db', 'web', 'ADDED'],
    ['MODIFIED', 'web', 'db', 'DELETED'],
    ['MODIFIED', 'db', 'db', null],
    ['DELETED', 'web', 'web', 'DELETED'],
    ['DELETED', 'db', 'db', null],
  ];

  it.each(cases)('WATCH-2: %s from %s to %s is seen as %s', (type, before, after, want) => {
    const entry: LogEntry = {
      revision: 1,
      resource: MAPS,
      name: 'a',
      type,
      attributes: labels(after) ?? { labels: {}, fields: {} },
      previousAttributes: labels(before),
      value: '{}',
    };
    expect(visibleType(entry, selectorOf('tier=web', ''))).toBe(want);
    expect(visibleType(entry, selectorOf('', ''))).toBe(type);
  });
});
