/**
 * How many clients of the API wait for an answer in this isolate. A hint, nothing hangs on it: where
 * Worker and Durable Objects share a thread (self-hosted, all of them), what the Objects do for
 * themselves is done in smaller bites while somebody waits.
 */
let waiting = 0;

/** Whether a client waits for an answer that this thread gives. */
export const isClientWaiting = (): boolean => waiting > 0;

/** Answers a request; until its answer begins, a client waits. */
export async function answerClient<T>(answer: () => T | Promise<T>): Promise<T> {
  waiting += 1;
  try {
    return await answer();
  } finally {
    waiting -= 1;
  }
}
