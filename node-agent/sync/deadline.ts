import type { Clock } from '../clock.ts';

/** A moment that can be moved forward. */
export class Deadline {
  /** Resolves when the moment has come; not after {@link clear}. */
  readonly passed: Promise<void>;
  readonly #clock: Clock;
  #resolve: () => void = () => undefined;
  #cancel: () => void = () => undefined;
  #atMs: number;

  constructor(clock: Clock, atMs: number) {
    this.#clock = clock;
    this.#atMs = atMs;
    this.passed = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#arm();
  }

  get atMs(): number {
    return this.#atMs;
  }

  get leftMs(): number {
    return Math.max(this.#atMs - this.#clock.now(), 0);
  }

  moveTo(atMs: number): void {
    this.#cancel();
    this.#atMs = atMs;
    this.#arm();
  }

  clear(): void {
    this.#cancel();
  }

  #arm(): void {
    this.#cancel = this.#clock.schedule(this.leftMs, this.#resolve);
  }
}
