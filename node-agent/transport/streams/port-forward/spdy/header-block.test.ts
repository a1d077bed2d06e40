import { deflateSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HEADER_DICTIONARY } from './dictionary.ts';
import { HeaderReader, HeaderWriter } from './header-block.ts';

const headers = fc.dictionary(
  fc.string({ minLength: 1, maxLength: 20 }),
  fc.string({ maxLength: 200 }),
  { maxKeys: 10 },
);

describe('header blocks', () => {
  it('FORWARD-1: the dictionary is the one of the protocol', () => {
    expect(HEADER_DICTIONARY.length).toBe(1423);
    // Each zlib stream names the Adler-32 of its dictionary.
    const stream = deflateSync(Buffer.alloc(0), { dictionary: HEADER_DICTIONARY });
    expect(stream.readUInt32BE(2)).toBe(0xe3c6a7c2);
  });

  it('FORWARD-1: every block of a connection is read as it was written', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(headers, { maxLength: 5 }), async (blocks) => {
        const writer = new HeaderWriter();
        const reader = new HeaderReader();
        for (const block of blocks) {
          const want = new Map(Object.entries(block));
          expect(await reader.read(await writer.write(want))).toEqual(want);
        }
        writer.close();
        reader.close();
      }),
      { numRuns: 50 },
    );
  });

  it('FORWARD-1: a block that inflates to too much is refused, and so are all after it', async () => {
    const writer = new HeaderWriter();
    const reader = new HeaderReader();
    // The writer has the same bound; the block is made by hand.
    const large = Buffer.alloc(1024 * 1024);
    const block = deflateSync(large, { dictionary: HEADER_DICTIONARY });
    await expect(reader.read(block)).rejects.toThrow('a header block is too large');
    await expect(reader.read(await writer.write(new Map()))).rejects.toThrow();
    writer.close();
  });

  it.each([
    ['no compressed bytes', Buffer.from('nonsense')],
    ['a count without headers', compressed([0, 0, 0, 2])],
    ['a name that is longer than the block', compressed([0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff])],
    ['bytes after the last header', compressed([0, 0, 0, 0, 1])],
  ])('FORWARD-1: refuses %s', async (_, block) => {
    await expect(new HeaderReader().read(block)).rejects.toThrow();
  });
});

function compressed(bytes: readonly number[]): Buffer {
  return deflateSync(Buffer.from(bytes), { dictionary: HEADER_DICTIONARY });
}
