const INITIAL_MS = 500;
const MAX_MS = 30_000;

/**
 * How long to wait before the next try to connect: anything up to a bound that doubles with each
 * failure ("full jitter"), so that many nodes that lost a control plane at once do not come back
 * at once.
 * @param random in [0, 1)
 */
export function reconnectDelayMs(failures: number, random: number): number {
  return Math.floor(random * Math.min(INITIAL_MS * 2 ** Math.min(failures, 16), MAX_MS));
}

/** The longest wait, for a link that was taken over or revoked. */
export const LONGEST_RECONNECT_DELAY_MS = MAX_MS;
