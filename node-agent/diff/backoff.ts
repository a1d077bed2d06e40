/** Kubelet's backoff of crashing containers and failing image pulls. */
export const INITIAL_BACKOFF_MS = 10_000;
export const MAX_BACKOFF_MS = 300_000;
/** After this long without a failure the next one counts as the first. */
const RESET_AFTER_MS = 2 * MAX_BACKOFF_MS;

export interface BackoffEntry {
  readonly delayMs: number;
  /** When the delay was last set. */
  readonly updatedAtMs: number;
}

const hasExpired = (entry: BackoffEntry, failedAtMs: number): boolean =>
  failedAtMs - entry.updatedAtMs > RESET_AFTER_MS;

/** When the next try is due after a failure; in the past when it is due already. */
export function backoffUntil(entry: BackoffEntry | undefined, failedAtMs: number): number {
  if (entry === undefined || hasExpired(entry, failedAtMs)) return failedAtMs;
  return failedAtMs + entry.delayMs;
}

/** The entry to keep when a try is made after a failure: the first waits 10 s, then doubling. */
export function nextBackoff(
  entry: BackoffEntry | undefined,
  failedAtMs: number,
  now: number,
): BackoffEntry {
  const delayMs =
    entry === undefined || hasExpired(entry, failedAtMs)
      ? INITIAL_BACKOFF_MS
      : Math.min(entry.delayMs * 2, MAX_BACKOFF_MS);
  return { delayMs, updatedAtMs: now };
}

/** As Go prints a duration of whole seconds: `10s`, `1m20s`, `5m0s`. */
export function formatBackoff(delayMs: number): string {
  const seconds = Math.round(delayMs / 1000);
  const minutes = Math.floor(seconds / 60);
  return minutes === 0 ? `${seconds}s` : `${minutes}m${seconds % 60}s`;
}
