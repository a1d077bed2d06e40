import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  dataFrame,
  FrameError,
  FrameReader,
  goAwayFrame,
  MAX_CONTROL_BYTES,
  pingFrame,
  rstStreamFrame,
  settingsFrame,
  synReplyFrame,
  synStreamFrame,
  windowUpdateFrame,
} from './frames.ts';
import type { Frame } from './frames.ts';

const id = fc.integer({ min: 1, max: 0x7fffffff });
const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));

/** A frame and its bytes. */
const encoded: fc.Arbitrary<{ frame: Frame; wire: Buffer }> = fc.oneof(
  fc.tuple(id, bytes, fc.boolean()).map(([streamID, data, fin]) => ({
    frame: { type: 'data' as const, streamID, data, fin },
    wire: dataFrame(streamID, data, fin),
  })),
  fc.tuple(id, bytes, fc.boolean()).map(([streamID, block, fin]) => ({
    frame: { type: 'synStream' as const, streamID, block, fin },
    wire: synStreamFrame(streamID, block, fin),
  })),
  fc.tuple(id, bytes).map(([streamID, block]) => ({
    frame: { type: 'synReply' as const, streamID, block, fin: false },
    wire: synReplyFrame(streamID, block),
  })),
  fc.tuple(id, id).map(([streamID, status]) => ({
    frame: { type: 'rstStream' as const, streamID, status },
    wire: rstStreamFrame(streamID, status),
  })),
  id.map((ping) => ({ frame: { type: 'ping' as const, id: ping }, wire: pingFrame(ping) })),
  fc.tuple(id, id).map(([lastStreamID, status]) => ({
    frame: { type: 'goAway' as const, lastStreamID, status },
    wire: goAwayFrame(lastStreamID, status),
  })),
  fc.tuple(id, id).map(([streamID, delta]) => ({
    frame: { type: 'windowUpdate' as const, streamID, delta },
    wire: windowUpdateFrame(streamID, delta),
  })),
  id.map((initialWindow) => ({
    frame: { type: 'settings' as const, initialWindow },
    wire: settingsFrame(initialWindow),
  })),
);

describe('SPDY frames', () => {
  it('FORWARD-1: are read the same however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(encoded, { maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 97 }), { minLength: 1 }),
        (frames, cuts) => {
          const wire = Buffer.concat(frames.map((frame) => frame.wire));
          const reader = new FrameReader();
          const read: Frame[] = [];
          let cut = 0;
          for (let at = 0; at < wire.length;) {
            const size = cuts[cut++ % cuts.length] ?? 1;
            read.push(...reader.read(wire.subarray(at, at + size)));
            at += size;
          }
          expect(readable(read)).toEqual(readable(frames.map(({ frame }) => frame)));
        },
      ),
    );
  });

  it('FORWARD-1: any bytes at all are frames or a FrameError', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 20 }), (pieces) => {
        const reader = new FrameReader();
        try {
          for (const piece of pieces) for (const _ of reader.read(Buffer.from(piece))) continue;
        } catch (error) {
          expect(error).toBeInstanceOf(FrameError);
        }
      }),
    );
  });

  it.each([
    ['of another version', Buffer.from([0x80, 2, 0, 6, 0, 0, 0, 4, 0, 0, 0, 1])],
    ['that is too long', controlHeader(1, MAX_CONTROL_BYTES + 1)],
    ['that is too short', Buffer.concat([controlHeader(3, 4), Buffer.alloc(4)])],
    [
      'whose settings are miscounted',
      Buffer.concat([controlHeader(4, 4), Buffer.from([0, 0, 0, 9])]),
    ],
  ])('FORWARD-1: refuses a control frame %s', (_, wire) => {
    expect(() => [...new FrameReader().read(wire)]).toThrow(FrameError);
  });

  it('FORWARD-1: passes over control frames that it does not know', () => {
    const unknown = Buffer.concat([controlHeader(77, 3), Buffer.alloc(3)]);
    const wire = Buffer.concat([unknown, pingFrame(5)]);
    expect([...new FrameReader().read(wire)]).toEqual([{ type: 'ping', id: 5 }]);
  });
});

function controlHeader(type: number, length: number): Buffer {
  const header = Buffer.from([0x80, 3, 0, type, 0, 0, 0, 0]);
  header.writeUIntBE(length, 5, 3);
  return header;
}

/** Bytes as text, and consecutive data of a stream joined: where frames are cut is no matter. */
function readable(frames: readonly Frame[]): unknown[] {
  const joined: Frame[] = [];
  for (const frame of frames) {
    const last = joined.at(-1);
    const continues =
      frame.type === 'data' &&
      last?.type === 'data' &&
      last.streamID === frame.streamID &&
      !last.fin;
    if (continues) {
      joined[joined.length - 1] = { ...frame, data: Buffer.concat([last.data, frame.data]) };
    } else joined.push(frame);
  }
  return joined.map((frame) => {
    if (frame.type === 'data') return { ...frame, data: frame.data.toString('hex') };
    return 'block' in frame ? { ...frame, block: frame.block.toString('hex') } : frame;
  });
}
