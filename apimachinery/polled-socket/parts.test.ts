import { describe, expect, it } from 'vitest';
import { decodeParts, encodeParts, MAX_PART_BYTES, partsOf } from './parts.ts';

const encoder = new TextEncoder();

describe('parts of messages', () => {
  it.each([
    { what: 'an empty text', kind: 'text', length: 0, want: 1 },
    { what: 'a binary message', kind: 'binary', length: 10, want: 1 },
    { what: 'a message of just one part', kind: 'binary', length: MAX_PART_BYTES, want: 1 },
    { what: 'a message of two parts', kind: 'text', length: MAX_PART_BYTES + 1, want: 2 },
  ] as const)('come out of a batch as they went in: $what', ({ kind, length, want }) => {
    const bytes = new Uint8Array(length).map((_, index) => index % 251);
    const parts = decodeParts(encodeParts(partsOf(kind, bytes)));
    expect(parts.map((part) => [part.kind, part.more])).toEqual(
      Array.from({ length: want }, (_, index) => [kind, index < want - 1]),
    );
    expect(Buffer.concat(parts.map((part) => part.bytes)).equals(bytes)).toBe(true);
  });

  it('are read out of a piece of a larger buffer', () => {
    const body = encodeParts(partsOf('text', encoder.encode('hello')));
    const larger = new Uint8Array(body.length + 20);
    larger.set(body, 7);
    const [part] = decodeParts(larger.subarray(7, 7 + body.length));
    expect(new TextDecoder().decode(part?.bytes)).toBe('hello');
  });

  it.each([
    { what: 'a head that is cut off', body: [0, 0, 0] },
    { what: 'bytes that are cut off', body: [0, 0, 0, 0, 2, 65] },
    { what: 'a kind that there is not', body: [7, 0, 0, 0, 0] },
    { what: 'a part that is too long', body: [1, 1, 0, 0, 0] },
  ])('are refused: $what', ({ body }) => {
    expect(() => decodeParts(new Uint8Array(body))).toThrow(/part/);
  });
});
