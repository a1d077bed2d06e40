import { constants, createDeflate, createInflate } from 'node:zlib';
import type { Deflate, Inflate } from 'node:zlib';
import { HEADER_DICTIONARY } from './dictionary.ts';

/** What a block may hold once it is inflated. Bytes. */
const MAX_BLOCK_BYTES = 16 * 1024;
const OPTIONS = { dictionary: HEADER_DICTIONARY, flush: constants.Z_SYNC_FLUSH };

export type Headers = ReadonlyMap<string, string>;

/** Reads header blocks; all blocks of one direction of a connection are one zlib stream. */
export class HeaderReader {
  readonly #stream = new Transformation(createInflate(OPTIONS));

  /** Blocks are read one after the other. Throws for what is none, and for one that is too large. */
  async read(block: Buffer): Promise<Headers> {
    return parseBlock(await this.#stream.transform(block));
  }

  close(): void {
    this.#stream.close();
  }
}

/** Writes header blocks of one direction of a connection. */
export class HeaderWriter {
  readonly #stream = new Transformation(createDeflate(OPTIONS));

  write(headers: Headers): Promise<Buffer> {
    return this.#stream.transform(encodeBlock(headers));
  }

  close(): void {
    this.#stream.close();
  }
}

/** Puts pieces through a zlib stream, each of which gives what it gives at once. */
class Transformation {
  readonly #zlib: Inflate | Deflate;
  #parts: Buffer[] = [];
  #size = 0;
  #failure: Error | undefined;
  #fail: (error: Error) => void = () => undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(zlib: Inflate | Deflate) {
    this.#zlib = zlib;
    zlib.on('data', (part: Buffer) => {
      this.#size += part.length;
      if (this.#size > MAX_BLOCK_BYTES) this.#failed(new Error('a header block is too large'));
      else this.#parts.push(part);
    });
    zlib.on('error', (error) => this.#failed(error));
    zlib.on('close', () => this.#failed(new Error('the header stream is closed')));
  }

  transform(piece: Buffer): Promise<Buffer> {
    const result = this.#last.then(() => this.#transform(piece));
    this.#last = result.catch(() => undefined);
    return result;
  }

  close(): void {
    this.#zlib.destroy();
  }

  /** What a stream has failed by, all that comes after it fails by. */
  #failed(error: Error): void {
    this.#failure ??= error;
    this.#parts = [];
    this.#fail(this.#failure);
    this.#zlib.destroy();
  }

  #transform(piece: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) {
        reject(this.#failure);
        return;
      }
      this.#fail = reject;
      this.#zlib.write(piece, () => {
        this.#size = 0;
        resolve(Buffer.concat(this.#parts.splice(0)));
      });
    });
  }
}

function parseBlock(block: Buffer): Headers {
  let at = 0;
  const number = (): number => {
    if (at + 4 > block.length) throw new Error('a header block ends too early');
    at += 4;
    return block.readUInt32BE(at - 4);
  };
  const text = (): string => {
    const length = number();
    if (at + length > block.length) throw new Error('a header block ends too early');
    at += length;
    return block.toString('utf8', at - length, at);
  };
  const headers = new Map<string, string>();
  const count = number();
  for (let index = 0; index < count; index++) {
    const name = text();
    if (name === '' || headers.has(name)) throw new Error('a header block is malformed');
    headers.set(name, text());
  }
  if (at !== block.length) throw new Error('a header block is longer than it says');
  return headers;
}

function encodeBlock(headers: Headers): Buffer {
  const parts: Buffer[] = [lengthOf(headers.size)];
  for (const [name, value] of headers) {
    for (const text of [name, value]) {
      const bytes = Buffer.from(text);
      parts.push(lengthOf(bytes.length), bytes);
    }
  }
  return Buffer.concat(parts);
}

function lengthOf(length: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  return bytes;
}
