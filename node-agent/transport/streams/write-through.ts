import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** Writes; resolves when there is room for more, or nobody is left to take it. */
export async function writeThrough(stream: Writable, data: Uint8Array): Promise<void> {
  if (!stream.writable || stream.write(data)) return;
  const settled = new AbortController();
  const { signal } = settled;
  await Promise.race([once(stream, 'drain', { signal }), once(stream, 'close', { signal })]).catch(
    () => undefined,
  );
  settled.abort();
}
