import { revisionTimeMs } from '../../../apimachinery/revision.ts';
import { EVENT_TTL_MS, expireEvents } from '../events/expiry.ts';
import { compactHistory, HISTORY_MS } from '../storage/compaction.ts';
import type { StoreContext } from './store-context.ts';

/**
 * Compaction of the log and expiry of Events. When it is due next is derived from what is stored,
 * so a store that sleeps in between does not begin to count anew when it wakes.
 */
export class Housekeeping {
  readonly #context: StoreContext;
  #dueAt: number | null;

  constructor(context: StoreContext) {
    this.#context = context;
    const oldest = context.store.oldestLogRevision();
    const logAt = oldest === null ? null : revisionTimeMs(oldest) + HISTORY_MS + 1;
    this.#dueAt = earliest(logAt, this.#eventsDueAt());
  }

  /** When to run next, in ms since the epoch; null for not before something is written. */
  get dueAt(): number | null {
    return this.#dueAt;
  }

  /** Something was written, and will be history. */
  wrote(): void {
    this.#dueAt = earliest(this.#dueAt, this.#context.now() + HISTORY_MS);
  }

  /** Does a bounded part of what is due. A store without a slot, which cannot write, only compacts. */
  run(): void {
    const { commits, clock, store, now } = this.#context;
    if (this.#dueAt === null || this.#dueAt > now()) return;
    if (clock.holdsSlot) commits.transact(() => expireEvents(this.#context));
    const compactAt = commits.transact(() => compactHistory(store, now()));
    this.#dueAt = earliest(compactAt, clock.holdsSlot ? this.#eventsDueAt() : null);
  }

  #eventsDueAt(): number | null {
    const oldest = this.#context.store.oldestRevision('events');
    return oldest === null ? null : revisionTimeMs(oldest) + EVENT_TTL_MS + 1;
  }
}

function earliest(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}
