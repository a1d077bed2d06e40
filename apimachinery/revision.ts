/**
 * Revisions are hybrid logical clock readings (Kulkarni et al., 2014) packed into an integer below
 * 2^53, so that they compare across all stores of a cluster and never repeat:
 *
 *     milliseconds since 2025-01-01 (40 bits) · counter (4 bits) · slot (9 bits)
 *
 * The slot says which store wrote; no two active stores of a cluster hold the same one. The
 * counter orders writes within a millisecond; when it is used up, the clock runs ahead of time
 * rather than wait.
 */
export const REVISION_EPOCH_MS = Date.UTC(2025, 0, 1);
export const MAX_SLOTS = 512;
const COUNTERS = 16;
const TICKS_PER_MS = COUNTERS * MAX_SLOTS;

/** How far ahead of a store's clock a client's revision may lie and still be waited for. */
export const MAX_CLOCK_SKEW_MS = 5_000;

/** Milliseconds since the Unix epoch that a revision was made at. */
export function revisionTimeMs(revision: number): number {
  return Math.floor(revision / TICKS_PER_MS) + REVISION_EPOCH_MS;
}

/** The first revision of a millisecond; every revision written earlier is smaller. */
export function revisionAt(timeMs: number): number {
  return Math.max(0, timeMs - REVISION_EPOCH_MS) * TICKS_PER_MS;
}

/** The slot of the store that made a revision. */
export function revisionSlot(revision: number): number {
  return revision % MAX_SLOTS;
}

/**
 * The smallest revision of `slot` that is above `last` and not before `nowMs`.
 * A clock that runs behind never lets a revision go back: `last` wins over `nowMs`.
 */
export function nextRevision(last: number, nowMs: number, slot: number): number {
  const tick = Math.max(Math.floor(last / MAX_SLOTS) + 1, revisionAt(nowMs) / MAX_SLOTS);
  return tick * MAX_SLOTS + slot;
}

/** Parses a client's resourceVersion; null when it is not one of ours. */
export function parseRevision(text: string): number | null {
  if (!/^(0|[1-9][0-9]{0,15})$/.test(text)) return null;
  const revision = Number(text);
  return Number.isSafeInteger(revision) ? revision : null;
}
