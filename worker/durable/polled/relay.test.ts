import { afterEach, describe, expect, it, vi } from 'vitest';
import { CLOSE_TRY_AGAIN } from '../../../apimachinery/agent-protocol.ts';
import {
  POLL_HOLD_MS,
  POLLED_SOCKET_EXPIRY_MS,
} from '../../../apimachinery/polled-socket/protocol.ts';
import { batchOf, closeBatch, messagesIn } from '../../../test/workerd/polled-socket-client.ts';
import { Relay } from './relay.ts';

/** A relay, and what it leads to inside of the control plane. */
function given({ isLink = false, maxWaitingBytes = 1_000_000 } = {}) {
  const { 0: inner, 1: target } = new WebSocketPair();
  const heard: (string | number[])[] = [];
  const closed = new Promise<[number, string]>((resolve) => {
    target.addEventListener('close', ({ code, reason }) => resolve([code, reason]));
  });
  let wake: () => void = () => undefined;
  target.binaryType = 'arraybuffer';
  target.addEventListener('message', ({ data }) => {
    heard.push(typeof data === 'string' ? data : [...new Uint8Array(data as ArrayBuffer)]);
    wake();
  });
  target.accept();
  let isOver = false;
  const onOver = (): void => {
    isOver = true;
  };
  const relay = new Relay(inner, { isLink, maxWaitingBytes, onOver });
  const untilHeard = async (count: number) => {
    while (heard.length < count) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return heard;
  };
  return { relay, target, heard, untilHeard, closed, isOver: () => isOver };
}

/** What a poll says: the messages, or why there are none. */
async function said(poll: ReturnType<Relay['poll']>) {
  const answer = await poll;
  return answer.ok ? messagesIn(answer.body) : [answer.why];
}

afterEach(() => {
  vi.useRealTimers();
});

describe('the relay of a polled socket', () => {
  it('NODE-22: passes texts and binary messages on as what they are, both ways', async () => {
    const { relay, target, untilHeard } = given();
    expect(relay.take(1, batchOf('to', new Uint8Array([1, 2])))).toBe('taken');
    expect(await untilHeard(2)).toEqual(['to', [1, 2]]);
    const poll = said(relay.poll(0));
    target.send('from');
    expect(await poll).toEqual(['from']);
    target.send(new Uint8Array([3, 4]));
    expect(await said(relay.poll(1))).toEqual([[3, 4]]);
  });

  it('NODE-23: what is sent again is dropped, and what would leave a gap is refused', async () => {
    const { relay, untilHeard } = given();
    expect(relay.take(1, batchOf('a', 'b'))).toBe('taken');
    expect(relay.take(1, batchOf('a', 'b', 'c'))).toBe('taken');
    expect(relay.take(5, batchOf('e'))).toBe('invalid');
    expect(relay.take(4, batchOf('d'))).toBe('taken');
    expect(await untilHeard(4)).toEqual(['a', 'b', 'c', 'd']);
    expect(relay.take(5, new Uint8Array([9, 9]))).toBe('invalid');
  });

  it('NODE-23: messages are there until they are acknowledged, whatever became of an answer', async () => {
    const { relay, target } = given();
    const first = said(relay.poll(0));
    target.send('a');
    expect(await first).toEqual(['a']);
    expect(await said(relay.poll(0))).toEqual(['a']);
    target.send('b');
    expect(await said(relay.poll(1))).toEqual(['b']);
    expect(await said(relay.poll(7))).toEqual(['invalid']);
  });

  it('NODE-23: a newer poll ends an older one, which gets no message', async () => {
    const { relay, target } = given();
    const older = said(relay.poll(0));
    const newer = said(relay.poll(0));
    expect(await older).toEqual([]);
    target.send('a');
    expect(await newer).toEqual(['a']);
  });

  it('a poll is answered with nothing after a while', async () => {
    vi.useFakeTimers();
    const { relay } = given();
    const poll = said(relay.poll(0));
    await vi.advanceTimersByTimeAsync(POLL_HOLD_MS);
    expect(await poll).toEqual([]);
  });

  it('NODE-24: closes what it leads to when nobody polls for a minute, and not before', async () => {
    vi.useFakeTimers();
    const { relay, closed, isOver } = given();
    await vi.advanceTimersByTimeAsync(POLLED_SOCKET_EXPIRY_MS - 1);
    const poll = said(relay.poll(0));
    await vi.advanceTimersByTimeAsync(POLLED_SOCKET_EXPIRY_MS - 1);
    expect([await poll, isOver()]).toEqual([[], false]);
    await vi.advanceTimersByTimeAsync(1);
    expect(isOver()).toBe(true);
    vi.useRealTimers();
    expect(await closed).toEqual([1011, 'the agent polls no more']);
  });

  it('NODE-24: the requests of an agent are the heartbeats of its link, and their answers go nowhere', async () => {
    const { relay, target, untilHeard } = given({ isLink: true });
    expect(await untilHeard(1)).toEqual(['ping']);
    const poll = said(relay.poll(0));
    target.send('pong');
    target.send('hello');
    expect(await poll).toEqual(['hello']);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 20_000 });
    void relay.poll(1);
    expect(await untilHeard(2)).toEqual(['ping', 'ping']);
  });

  it.each([1000, 4001])(
    'NODE-22: tells the code %s that the other end closes with, after all else',
    async (code) => {
      const { relay, target } = given();
      target.send('last');
      target.close(code, 'over');
      const told: (string | number[] | number)[] = [];
      while (!told.includes(code)) told.push(...(await said(relay.poll(told.length))));
      expect(told).toEqual(['last', code]);
      // Until the agent has heard it.
      expect(await said(relay.poll(1))).toEqual([code]);
      expect(relay.take(1, batchOf('too late'))).toBe('taken');
    },
  );

  it.each([
    { code: 1000, want: 1000 },
    { code: 4004, want: 4004 },
    { code: 1006, want: 1011 },
  ])('NODE-22: closes with the code of the agent: $code', async ({ code, want }) => {
    const { relay, untilHeard, closed, isOver } = given();
    const poll = said(relay.poll(0));
    relay.take(1, batchOf('last'));
    relay.take(2, closeBatch(code));
    expect(await untilHeard(1)).toEqual(['last']);
    expect((await closed)[0]).toBe(want);
    expect([await poll, isOver()]).toEqual([['gone'], true]);
  });

  it('ends when it is told to', async () => {
    const { relay, closed } = given();
    const poll = said(relay.poll(0));
    relay.end('the agent broke off');
    expect([await poll, await closed]).toEqual([['gone'], [1011, 'the agent broke off']]);
  });

  it('NODE-25: an agent that takes nothing is cut off, and told to dial again', async () => {
    const { relay, target, closed } = given({ maxWaitingBytes: 1_000 });
    for (let sent = 0; sent < 3; sent += 1) target.send(new Uint8Array(400));
    expect(await closed).toEqual([CLOSE_TRY_AGAIN, 'the agent takes too slowly']);
    expect(await said(relay.poll(0))).toEqual([CLOSE_TRY_AGAIN]);
  });
});
