import { open } from 'node:fs/promises';
import type { LogStream } from '../container-runtime.ts';

/** Upstream's bounds: 4096 bytes from the file; the last 80 lines or 2048 bytes from the log. */
const MAX_MESSAGE_BYTES = 4096;
const MAX_LOG_BYTES = 2048;
export const FALLBACK_LOG_LINES = 80;

/** What the container wrote to its termination log; empty when it wrote none. */
export async function readTerminationLog(path: string): Promise<string> {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_MESSAGE_BYTES));
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch {
    // The file is gone with the pod's directory: there is no message any more.
    return '';
  }
}

/** The end of a container's log, for FallbackToLogsOnError. */
export async function readLogTail(log: LogStream): Promise<string> {
  let tail = Buffer.alloc(0);
  for await (const { data } of log.output) {
    const joined = Buffer.concat([tail, data]);
    tail = joined.subarray(Math.max(joined.length - MAX_LOG_BYTES, 0));
  }
  return tail.toString('utf8');
}
