import type { Clock } from '../../clock.ts';

interface Due {
  readonly atMs: number;
  readonly task: () => void;
}

/** Many future tasks on one timer: a binary heap by time, with the clock set for its top. */
export class DueQueue {
  readonly #clock: Clock;
  readonly #heap: Due[] = [];
  #cancelTimer: (() => void) | undefined;
  #timerAtMs = Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Runs `task` at the given time; a time that is not in the future runs it at once. */
  add(atMs: number, task: () => void): void {
    if (atMs <= this.#clock.now()) {
      task();
      return;
    }
    this.#push({ atMs, task });
    this.#arm();
  }

  close(): void {
    this.#cancelTimer?.();
    this.#heap.length = 0;
  }

  #arm(): void {
    const top = this.#heap[0];
    if (top === undefined || top.atMs >= this.#timerAtMs) return;
    this.#cancelTimer?.();
    this.#timerAtMs = top.atMs;
    this.#cancelTimer = this.#clock.schedule(top.atMs - this.#clock.now(), () => this.#fire());
  }

  #fire(): void {
    this.#timerAtMs = Infinity;
    this.#cancelTimer = undefined;
    const now = this.#clock.now();
    for (let top = this.#heap[0]; top !== undefined && top.atMs <= now; top = this.#heap[0]) {
      this.#pop();
      top.task();
    }
    this.#arm();
  }

  #push(due: Due): void {
    const heap = this.#heap;
    let at = heap.push(due) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || above.atMs <= due.atMs) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = due;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      const left = heap[child];
      const right = heap[child + 1];
      if (left === undefined) break;
      if (right !== undefined && right.atMs < left.atMs) child++;
      const smaller = heap[child];
      if (smaller === undefined || smaller.atMs >= last.atMs) break;
      heap[at] = smaller;
      at = child;
    }
    heap[at] = last;
  }
}
