/** Where the agent takes time from, so that tests and simulations can move it by hand. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `task` once after `delayMs`; the answer cancels it and may be called at any time. */
  schedule(delayMs: number, task: () => void): () => void;
}

/** setTimeout's largest delay; anything above it would fire at once. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** The machine's clock. Timers do not keep the process alive: connections and servers do. */
export const systemClock: Clock = {
  now: () => Date.now(),
  schedule(delayMs, task) {
    const timer = setTimeout(task, Math.min(Math.max(delayMs, 0), MAX_DELAY_MS));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
