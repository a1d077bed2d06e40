import { logError } from '../log.ts';
import { NotYetError, type Effect } from './effect.ts';
import type { QueueItem, WorkQueue } from './work-queue.ts';

export interface EffectRunnerDeps {
  readonly queue: WorkQueue;
  readonly effects: readonly Effect[];
  readonly now: () => number;
  readonly random: () => number;
  /** Runs queue bookkeeping inside the store's transaction. */
  readonly transact: (step: () => void) => void;
  /** Called after a run, so that the loop looks for what is due next. */
  readonly onSettled: () => void;
}

/** Runs each effect at most once at a time; effects do not wait for each other. */
export class EffectRunner {
  readonly #deps: EffectRunnerDeps;
  readonly #running = new Set<string>();

  constructor(deps: EffectRunnerDeps) {
    this.#deps = deps;
  }

  /** Starts every effect that has due keys and is not under way. Returns the started runs. */
  startDue(): Promise<void>[] {
    const started: Promise<void>[] = [];
    for (const effect of this.#deps.effects) {
      if (this.#running.has(effect.name)) continue;
      const items = this.#deps.queue.due(effect.name, this.#deps.now(), effect.batchSize);
      if (items.length > 0) started.push(this.#run(effect, items));
    }
    return started;
  }

  async #run(effect: Effect, items: QueueItem[]): Promise<void> {
    const { queue, now, random, transact, onSettled } = this.#deps;
    this.#running.add(effect.name);
    for (const item of items) queue.start(item);
    try {
      const again = (await effect.run(items.map((item) => item.key))) ?? null;
      transact(() => {
        for (const item of items) {
          queue.done(item);
          if (again === null) continue;
          queue.enqueue(effect.name, item.key, now() + again.afterMs, now());
        }
      });
    } catch (error) {
      if (!(error instanceof NotYetError)) {
        logError('effect failed, will be retried', error, { effect: effect.name });
      }
      const failure = error instanceof Error ? error.message : String(error);
      transact(() => {
        for (const item of items) queue.retry(item, failure, now(), random());
      });
    } finally {
      this.#running.delete(effect.name);
      onSettled();
    }
  }
}
