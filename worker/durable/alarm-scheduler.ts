/** The part of a Durable Object's storage that alarms need. */
export type AlarmStorage = Pick<DurableObjectStorage, 'getAlarm' | 'setAlarm'>;

/**
 * Many timers on the single alarm of a Durable Object. Timers are not stored: each source derives
 * its next due time from state that is (the work queue, the log), so an object that was evicted or
 * killed arms the same alarm again. An alarm that fires early finds nothing due and re-arms.
 */
export class AlarmScheduler {
  readonly #storage: AlarmStorage;
  readonly #sources: readonly (() => number | null)[];
  #armedAt: number | null = null;

  /** @param sources when each timer is due next (ms since the epoch), null for not at all. */
  constructor(storage: AlarmStorage, sources: readonly (() => number | null)[]) {
    this.#storage = storage;
    this.#sources = sources;
  }

  /** Reads what is armed already. Before anything else. */
  async load(): Promise<void> {
    this.#armedAt = await this.#storage.getAlarm();
  }

  /** Arms the alarm for a time unless an earlier one is armed. A written alarm costs a row. */
  atLatest(dueAt: number): void {
    if (this.#armedAt !== null && this.#armedAt <= dueAt) return;
    this.#armedAt = dueAt;
    void this.#storage.setAlarm(dueAt);
  }

  /** Arms the alarm for the earliest of all sources. */
  rearm(): void {
    const due = this.#sources.map((source) => source()).filter((at) => at !== null);
    if (due.length > 0) this.atLatest(Math.min(...due));
  }

  /** To be called first when the alarm fires: the platform has disarmed it. */
  fired(): void {
    this.#armedAt = null;
  }
}
