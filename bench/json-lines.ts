import type { IncomingMessage } from 'node:http';

/** Reads a watch line by line until `take` has seen what it waits for. Rejects when it ends before. */
export function readUntil(
  watch: IncomingMessage,
  take: (event: unknown) => boolean,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let rest = '';
    watch.setEncoding('utf8');
    watch.on('error', reject);
    watch.on('end', () => reject(new Error('the watch ended')));
    watch.on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line.trim() !== '' && take(JSON.parse(line))) return resolve();
      }
    });
  });
}
