const BASE_MS = 50;
/** controller-runtime's ceiling is 1000 s; a person waiting at a terminal wants to see a retry. */
const MAX_MS = 60_000;

/** Exponential backoff with full jitter over its upper half. `random` in [0, 1). */
export function backoffMs(attempts: number, random: number): number {
  const ceiling = Math.min(MAX_MS, BASE_MS * 2 ** Math.min(attempts, 20));
  return Math.round(ceiling / 2 + (ceiling / 2) * random);
}
