/** Lines that tell a waiting person what is going on. One line per step, with what it took. */
export class Progress {
  readonly #write: (text: string) => void;
  readonly #startedAt: number;
  #stepAt: number;

  constructor(write: (text: string) => void, nowMs: number) {
    this.#write = write;
    this.#startedAt = nowMs;
    this.#stepAt = nowMs;
  }

  /** Something begins that may take a while. */
  begin(text: string): void {
    this.#stepAt = Date.now();
    this.#write(`  … ${text}\n`);
  }

  /** Something is done. */
  done(text: string): void {
    const now = Date.now();
    this.#write(`  ✓ ${text} (${((now - this.#stepAt) / 1000).toFixed(1)} s)\n`);
    this.#stepAt = now;
  }

  note(text: string): void {
    this.#write(`  · ${text}\n`);
  }

  say(text: string): void {
    this.#write(`${text}\n`);
  }

  /** Seconds since the start. */
  get seconds(): number {
    return (Date.now() - this.#startedAt) / 1000;
  }
}
