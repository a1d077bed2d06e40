import { setTimeout as pause } from 'node:timers/promises';

const POLL_MS = 100;
const DEFAULT_TIMEOUT_MS = 60_000;

/**
 * Polls until `probe` gives something else than undefined, null or false, and returns that.
 * @throws Error that says what was waited for, and the last failure of the probe, at the deadline.
 */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined | null | false> | T | undefined | null | false,
  timeoutMs = DEFAULT_TIMEOUT_MS,
): Promise<T> {
  let failure: unknown;
  for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await pause(POLL_MS)) {
    try {
      const value = await probe();
      if (value !== undefined && value !== null && value !== false) return value;
      failure = undefined;
    } catch (error) {
      // May be a step on the way; the last one is told when time is up.
      failure = error;
    }
  }
  throw new Error(`not within ${timeoutMs / 1000} s: ${what}`, { cause: failure });
}
