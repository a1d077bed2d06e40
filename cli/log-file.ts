import { openSync, renameSync, statSync } from 'node:fs';

/** A log that is longer than this when its process starts is put aside. Bytes. */
const MAX_LOG_BYTES = 10 * 1024 * 1024;

/**
 * Opens a log for appending; returns the file descriptor. A log that has grown long is put aside
 * as `<path>.1`, in the place of the one before it.
 */
export function openLog(path: string): number {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > MAX_LOG_BYTES) renameSync(path, `${path}.1`);
  return openSync(path, 'a');
}
