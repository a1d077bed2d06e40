import { MAX_CLOCK_SKEW_MS, revisionAt } from '../../../apimachinery/revision.ts';
import { newStatusError } from '../../../apimachinery/status-error.ts';

/**
 * Refuses a revision that lies further ahead than clocks differ: a store that took it for its own
 * would be ahead of time for ever.
 *
 * @param current the store's own revision, for the message.
 * @throws StatusError Timeout, with the cause that clients take as "try again".
 */
export function requireReachable(revision: number, current: number, nowMs: number): void {
  if (revision <= Math.max(current, revisionAt(nowMs + MAX_CLOCK_SKEW_MS))) return;
  throw newStatusError('Timeout', `Too large resource version: ${revision}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}
