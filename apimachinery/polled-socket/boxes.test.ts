import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Inbox } from './inbox.ts';
import { Outbox } from './outbox.ts';
import { decodeParts, MAX_PART_BYTES, partsOf } from './parts.ts';

const LIMIT = 1024 * 1024;
const bytes = (text: string) => new TextEncoder().encode(text);
const text = (of: Uint8Array) => new TextDecoder().decode(of);

/** Sends what is in the outbox once, and takes it. */
function carry(outbox: Outbox, inbox: Inbox, maxBytes = LIMIT) {
  const batch = outbox.batch(maxBytes);
  return inbox.take(batch.first, decodeParts(batch.body));
}

describe('an outbox and the inbox at its other end', () => {
  it('NODE-23: whatever is lost or said again, each message arrives once and in order', () => {
    const message = fc.record({
      kind: fc.constantFrom('text' as const, 'binary' as const),
      size: fc.constantFrom(0, 1, 100, MAX_PART_BYTES, MAX_PART_BYTES + 1, 3 * MAX_PART_BYTES),
    });
    const step = fc.oneof(
      message,
      fc.constantFrom('lost', 'answer lost', 'carried', 'said again' as const),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const outbox = new Outbox(Infinity);
        const inbox = new Inbox(LIMIT);
        const sent: string[] = [];
        const got: string[] = [];
        let older = outbox.batch(LIMIT);
        const take = (batch: typeof older, isAnswered: boolean) => {
          const messages = inbox.take(batch.first, decodeParts(batch.body));
          if (messages === null) throw new Error('a gap');
          for (const found of messages) {
            if (found.kind !== 'close') got.push(`${found.kind} ${found.bytes.byteLength}`);
          }
          if (isAnswered && !outbox.acknowledge(batch.last)) throw new Error('not sent');
        };
        for (const each of steps) {
          if (typeof each === 'object') {
            outbox.push(each.kind, new Uint8Array(each.size));
            sent.push(`${each.kind} ${each.size}`);
            continue;
          }
          const batch = outbox.batch(2 * MAX_PART_BYTES);
          if (each === 'carried' || each === 'answer lost') take(batch, each === 'carried');
          if (each === 'said again') take(older, false);
          // What never arrived is what will be sent next.
          if (each !== 'lost') older = batch.first <= inbox.last + 1 ? batch : older;
        }
        while (!outbox.isEmpty) take(outbox.batch(2 * MAX_PART_BYTES), true);
        expect(got).toEqual(sent);
      }),
    );
  });

  it('carry the code and the reason of a close after all that was sent', () => {
    const outbox = new Outbox(LIMIT);
    const inbox = new Inbox(LIMIT);
    outbox.push('text', bytes('last words'));
    outbox.close(4001, bytes('a newer link was opened'));
    const messages = carry(outbox, inbox) ?? [];
    expect(messages.map(({ kind }) => kind)).toEqual(['text', 'close']);
    const [, close] = messages;
    if (close?.kind !== 'close') throw new Error('no close');
    expect([close.code, text(close.reason)]).toEqual([4001, 'a newer link was opened']);
  });

  it('a close is taken in the middle of a message that was given up, whatever the other end has', () => {
    const outbox = new Outbox(LIMIT);
    const inbox = new Inbox(LIMIT);
    outbox.push('binary', new Uint8Array(3 * MAX_PART_BYTES));
    expect(carry(outbox, inbox, MAX_PART_BYTES)).toEqual([]);
    outbox.drop();
    outbox.close(4005, bytes(''));
    // As for a poll after the part that it has: the numbers of dropped parts are not used again.
    expect(outbox.acknowledge(inbox.last)).toBe(true);
    const taken = inbox.take(inbox.last + 1, decodeParts(outbox.batch(LIMIT).body));
    expect(taken?.map((message) => message.kind === 'close' && message.code)).toEqual([4005]);
  });
});

describe('an outbox', () => {
  it('takes no more than its bound, small messages counted as what they cost', () => {
    const outbox = new Outbox(1_000);
    expect(outbox.push('binary', new Uint8Array(901))).toBe(true);
    expect(outbox.push('binary', new Uint8Array(1))).toBe(false);
    expect(outbox.acknowledge(1)).toBe(true);
    expect(outbox.push('binary', new Uint8Array(1_000))).toBe(false);
    let count = 0;
    while (outbox.push('text', new Uint8Array())) count += 1;
    expect(count).toBe(15);
  });

  it('knows what it never sent', () => {
    const outbox = new Outbox(LIMIT);
    expect([outbox.acknowledge(0), outbox.acknowledge(1)]).toEqual([true, false]);
    outbox.push('text', bytes('x'));
    expect([outbox.acknowledge(2), outbox.acknowledge(1), outbox.acknowledge(1)]).toEqual([
      false,
      true,
      true,
    ]);
    expect(outbox.isEmpty).toBe(true);
  });

  it('fills a batch, and puts a part that is longer in one of its own', () => {
    const outbox = new Outbox(LIMIT);
    for (const size of [50, 50, 500, 50]) outbox.push('binary', new Uint8Array(size));
    const sizes: number[] = [];
    while (!outbox.isEmpty) {
      const { first, last } = outbox.batch(120);
      sizes.push(last - first + 1);
      outbox.acknowledge(last);
    }
    expect(sizes).toEqual([2, 1, 1]);
  });
});

describe('an inbox', () => {
  it('takes nothing whose beginning never came', () => {
    const inbox = new Inbox(LIMIT);
    expect(inbox.take(2, partsOf('text', bytes('x')))).toBeNull();
    expect(inbox.last).toBe(0);
  });

  it('refuses a message that is too long, and messages that are mixed', () => {
    const long = partsOf('binary', new Uint8Array(2 * MAX_PART_BYTES));
    expect(() => new Inbox(MAX_PART_BYTES).take(1, long)).toThrow('too long');
    const mixed = [...long.slice(0, 1), ...partsOf('text', bytes('x'))];
    expect(() => new Inbox(LIMIT).take(1, mixed)).toThrow('mixed');
  });
});
