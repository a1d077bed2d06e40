/** Steps that wait at most; beyond it callers are told to come back. */
const MAX_WAITING = 10_000;

interface Waiting {
  readonly run: () => void;
}

/** Thrown to callers while too many writes wait. */
export class OverloadedError extends Error {
  readonly code = 'overloaded';
}

/**
 * Runs the steps of concurrent requests in one synchronous turn, so that they share one fsync:
 * workerd makes one per turn that wrote and merges nothing by itself. Each step is all-or-nothing
 * on its own and has its own answer; `afterBatch` runs once behind them, in the same turn.
 */
export class GroupCommit {
  #waiting: Waiting[] = [];
  readonly #afterBatch: () => void;

  constructor(afterBatch: () => void) {
    this.#afterBatch = afterBatch;
  }

  /** Whether no step waits. */
  get isIdle(): boolean {
    return this.#waiting.length === 0;
  }

  /** Queues a step; resolves or rejects with its outcome once its turn has run. */
  submit<T>(step: () => T): Promise<T> {
    if (this.#waiting.length >= MAX_WAITING) {
      return Promise.reject(new OverloadedError('too many writes are waiting'));
    }
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({
        run: () => {
          try {
            resolve(step());
          } catch (error) {
            reject(error);
          }
        },
      });
      if (this.#waiting.length === 1) setTimeout(() => this.#runBatch(), 0);
    });
  }

  #runBatch(): void {
    const batch = this.#waiting;
    this.#waiting = [];
    for (const { run } of batch) run();
    this.#afterBatch();
  }
}
