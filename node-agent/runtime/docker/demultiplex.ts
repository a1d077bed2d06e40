import type { OutputChunk } from '../container-runtime.ts';

const HEADER_SIZE = 8;
const STDERR = 2;

/**
 * Takes apart the engine's framing of standard output and error: one byte for the stream, three
 * unused, four for the length, then the bytes. A frame is handed on in the pieces in which it
 * arrives, so a long one is never collected in memory.
 */
export async function* demultiplex(
  source: AsyncIterable<Uint8Array | string>,
): AsyncGenerator<OutputChunk> {
  const header = Buffer.alloc(HEADER_SIZE);
  let headerFilled = 0;
  let remaining = 0;
  for await (const piece of source) {
    let rest = typeof piece === 'string' ? Buffer.from(piece) : Buffer.from(piece);
    while (rest.length > 0) {
      if (remaining === 0) {
        const taken = rest.copy(header, headerFilled);
        headerFilled += taken;
        rest = rest.subarray(taken);
        if (headerFilled < HEADER_SIZE) break;
        headerFilled = 0;
        remaining = header.readUInt32BE(4);
        continue;
      }
      const data = rest.subarray(0, remaining);
      remaining -= data.length;
      rest = rest.subarray(data.length);
      yield { stream: header[0] === STDERR ? 'stderr' : 'stdout', data };
    }
  }
}

/** The output of a process with a terminal, which is one stream without framing. */
export async function* terminalOutput(
  source: AsyncIterable<Uint8Array | string>,
): AsyncGenerator<OutputChunk> {
  for await (const piece of source) {
    yield { stream: 'stdout', data: typeof piece === 'string' ? Buffer.from(piece) : piece };
  }
}
