import type { Clock } from './clock.ts';

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly task: () => void;
}

/** A clock that stands still until it is told to advance; due tasks run in order of their time. */
export class ManualClock implements Clock {
  #nowMs: number;
  #order = 0;
  readonly #entries = new Set<Entry>();

  constructor(startMs = Date.parse('2026-01-01T00:00:00Z')) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  schedule(delayMs: number, task: () => void): () => void {
    const entry = { at: this.#nowMs + Math.max(delayMs, 0), order: this.#order++, task };
    this.#entries.add(entry);
    return () => this.#entries.delete(entry);
  }

  /** Moves time on; tasks that become due, and those that they schedule within the span, run. */
  advance(byMs: number): void {
    const until = this.#nowMs + byMs;
    for (let next = this.#next(until); next !== undefined; next = this.#next(until)) {
      this.#entries.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.at);
      next.task();
    }
    this.#nowMs = until;
  }

  #next(until: number): Entry | undefined {
    let first: Entry | undefined;
    for (const entry of this.#entries) {
      if (entry.at > until) continue;
      if (first === undefined || entry.at < first.at) first = entry;
      else if (entry.at === first.at && entry.order < first.order) first = entry;
    }
    return first;
  }
}
