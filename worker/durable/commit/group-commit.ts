import { isClientWaiting } from './waiting-clients.ts';

/** Steps that wait at most; beyond it callers are told to come back. */
const MAX_WAITING = 10_000;
/**
 * Steps of the background that a turn runs: some milliseconds, which is what each hop of a request
 * may have to wait for. Numbers, since no clock moves on within a turn.
 */
const STEPS_PER_TURN = { usual: 12, whileClientsWait: 4 };

/**
 * Whose step it is: a client's, which waits for its answer, or one of the cluster's own, of which
 * there may be thousands at once (what nodes report, what the scheduler has decided).
 */
export type Urgency = 'request' | 'background';

/** Thrown to callers while too many writes wait. */
export class OverloadedError extends Error {
  readonly code = 'overloaded';
}

/**
 * Runs the steps of concurrent requests in one synchronous turn, so that they share one fsync:
 * workerd makes one per turn that wrote and merges nothing by itself. Each step is all-or-nothing
 * on its own and has its own answer; `afterBatch` runs once behind them, in the same turn. Requests
 * run first, all that wait; of the background each turn runs a few, in their order. Planners take
 * turns with the background, so that a request waits for one of the two at most.
 */
export class GroupCommit {
  #requests: (() => void)[] = [];
  #background: (() => void)[] = [];
  #planning: { readonly run: () => void; readonly urgency: Urgency } | null = null;
  /** Whose turn was the last one that was no request's. */
  #last: 'background' | 'planning' = 'planning';
  /** Whether planners have let a turn go by for requests. */
  #isPutOff = false;
  #isScheduled = false;
  readonly #afterBatch: (urgency: Urgency) => void;

  /** @param afterBatch is told whether a request was among the steps of the turn */
  constructor(afterBatch: (urgency: Urgency) => void) {
    this.#afterBatch = afterBatch;
  }

  /** Whether no step waits. */
  get isIdle(): boolean {
    return this.#waiting === 0;
  }

  /** Queues a step; resolves or rejects with its outcome once its turn has run. */
  submit<T>(step: () => T, urgency: Urgency = 'request'): Promise<T> {
    if (this.#waiting >= MAX_WAITING) {
      return Promise.reject(new OverloadedError('too many writes are waiting'));
    }
    return new Promise<T>((resolve, reject) => {
      const lane = urgency === 'request' ? this.#requests : this.#background;
      lane.push(() => {
        try {
          resolve(step());
        } catch (error) {
          reject(error);
        }
      });
      this.#schedule();
    });
  }

  /** Gives planners a turn: the next where a request waits for it, else when it is theirs. */
  plan(run: () => void, urgency: Urgency): void {
    this.#planning = { run, urgency };
    this.#schedule();
  }

  get #waiting(): number {
    return this.#requests.length + this.#background.length;
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setTimeout(() => this.#runTurn(), 0);
  }

  #runTurn(): void {
    this.#isScheduled = false;
    try {
      this.#runSteps();
    } finally {
      if (this.#waiting > 0 || this.#planning !== null) this.#schedule();
    }
  }

  #runSteps(): void {
    const requests = this.#requests;
    this.#requests = [];
    for (const run of requests) run();
    const planning = this.#planning;
    const isPlanning = planning !== null && this.#isTurnOf(planning.urgency);
    const steps = isPlanning ? 0 : this.#runBackground();
    if (steps + requests.length > 0) {
      this.#afterBatch(requests.length > 0 ? 'request' : 'background');
    }
    if (!isPlanning) return;
    // Requests are answered at the end of the turn: planners are put off for them, but only once.
    const isPutOff = requests.length > 0 && !this.#isPutOff;
    this.#isPutOff = isPutOff;
    if (!isPutOff) this.#runPlanners(planning.run);
  }

  #isTurnOf(urgency: Urgency): boolean {
    return urgency === 'request' || this.#background.length === 0 || this.#last === 'background';
  }

  #runPlanners(run: () => void): void {
    this.#planning = null;
    this.#last = 'planning';
    run();
  }

  #runBackground(): number {
    // Taken out before it runs: a step may submit another.
    const { usual, whileClientsWait } = STEPS_PER_TURN;
    const count = isClientWaiting() ? whileClientsWait : usual;
    const steps = this.#background.slice(0, count);
    this.#background = this.#background.slice(count);
    this.#last = 'background';
    for (const run of steps) run();
    return steps.length;
  }
}
