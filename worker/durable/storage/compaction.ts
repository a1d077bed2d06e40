import { revisionAt } from '../../../apimachinery/revision.ts';
import type { RevisionStore } from './revision-store.ts';

/** How long history stays readable: upstream's compaction interval. */
export const HISTORY_MS = 5 * 60_000;
/** Log rows dropped per turn, so that compaction never holds up requests for long. */
const ROWS_PER_TURN = 1_000;

/**
 * One turn of compaction.
 * @returns when to go on, in ms since the epoch; null while there is nothing that will get old.
 */
export function compactHistory(store: RevisionStore, nowMs: number): number | null {
  const until = revisionAt(nowMs - HISTORY_MS);
  const dropped = store.compact(until, ROWS_PER_TURN);
  if (dropped === ROWS_PER_TURN) return nowMs;
  return store.lastRevision() > until ? nowMs + HISTORY_MS : null;
}
