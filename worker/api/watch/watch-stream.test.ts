import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { newExpired } from '../../../apimachinery/status-error.ts';
import type { EventWriter } from './event-writer.ts';
import { ResponseOutput } from './watch-output.ts';
import { type StreamOptions, WatchStream } from './watch-stream.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

const writer: EventWriter = {
  contentType: 'application/json',
  event: (event) => bytes(`${event}\n`),
  bookmark: (revision, end) => bytes(`bookmark ${revision}${end ? ' end' : ''}\n`),
  error: (status) => bytes(`error ${status.code}\n`),
  filler: bytes(' '),
};

const options = (wish: Partial<StreamOptions> = {}): StreamOptions => ({
  labelSelector: '',
  fieldSelector: '',
  after: 5,
  bookmarks: false,
  sendInitialEvents: false,
  timeoutMs: 600_000,
  ...wish,
});

/** A stream that runs, what is read of it at a time, and how often it said that it ended. */
function running(wish: Partial<StreamOptions> = {}) {
  const output = new ResponseOutput(writer.contentType);
  const stream = new WatchStream(writer, output, options(wish));
  const reader = (output.response.body as ReadableStream<Uint8Array>).getReader();
  const onEnd = vi.fn<() => void>();
  stream.run(onEnd);
  const read = async () => {
    const { done, value } = await reader.read();
    return done ? null : new TextDecoder().decode(value);
  };
  return { stream, reader, read, onEnd };
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('the client’s end of a watch', () => {
  it('WATCH-11: is written to every 30 s: with a space where no bookmarks are wished', async () => {
    const { read } = running();
    vi.advanceTimersByTime(30_000);
    expect(await read()).toBe(' ');
  });

  it('WATCH-11: or with a bookmark of the last event', async () => {
    const { stream, read } = running({ bookmarks: true });
    vi.advanceTimersByTime(30_000);
    expect(await read()).toBe('bookmark 5\n');
    stream.onEvent(9, 'event');
    expect(await read()).toBe('event\n');
    vi.advanceTimersByTime(30_000);
    expect(await read()).toBe('bookmark 9\n');
  });

  it('WATCH-11: but no bookmark before the initial objects are through', async () => {
    const { stream, read } = running({ after: null, bookmarks: true, sendInitialEvents: true });
    stream.onEvent(9, 'first');
    expect(await read()).toBe('first\n');
    vi.advanceTimersByTime(30_000);
    expect(await read()).toBe(' ');
    stream.onSynced(12);
    expect(await read()).toBe('bookmark 12 end\n');
  });

  it('WATCH-12: ends in order when its time is over', async () => {
    const { read, onEnd } = running({ timeoutMs: 10_000 });
    vi.advanceTimersByTime(10_000);
    expect(await read()).toBeNull();
    expect(onEnd).toHaveBeenCalledOnce();
  });

  it('WATCH-4: cuts a client off that reads too slowly', async () => {
    const { stream, read, onEnd } = running();
    const event = 'x'.repeat(1024 * 1024);
    for (let sent = 0; sent < 10; sent++) stream.onEvent(sent, event);
    expect(onEnd).toHaveBeenCalledOnce();
    await expect(read()).rejects.toThrow('the client reads too slowly');
  });

  it('WATCH-5: tells an error as an event, and ends', async () => {
    const { stream, read, onEnd } = running();
    stream.onError(newExpired('too old').status);
    expect(await read()).toBe('error 410\n');
    expect(await read()).toBeNull();
    expect(onEnd).toHaveBeenCalledOnce();
  });

  it('leaves the store when the client leaves, and has no timers left', async () => {
    const { reader, onEnd } = running();
    await reader.cancel();
    expect(onEnd).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that was over before it ran ends at once', () => {
    const output = new ResponseOutput(writer.contentType);
    const stream = new WatchStream(writer, output, options());
    stream.onClose();
    const onEnd = vi.fn<() => void>();
    stream.run(onEnd);
    expect(onEnd).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
  });
});
