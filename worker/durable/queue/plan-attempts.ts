import { InquiryPending } from '../../registry/admission/inquiry.ts';
import type { AnswerInquiry } from '../../registry/admission/inquiry-memo.ts';
import { Attempt } from '../inquiry/attempt.ts';
import type { StoreContext } from '../store/store-context.ts';
import type { QueueItem } from './work-queue.ts';

/** Keys whose plans wait for answers at a time; more are put off. */
const MAX_WAITING = 1_000;

interface Waiting {
  readonly attempts: Attempt[];
  isAsking: boolean;
}

/** One run of a plan: finds out what each of its writes has to ask. */
export interface PlanRun {
  /** Of its writes, by their place in the plan. */
  readonly attempts: Attempt[];
  /** Runs a write; null when it has to wait for an answer. */
  write<T>(index: number, step: (context: StoreContext) => T): T | null;
  /** Questions of writes that have to wait, each with the attempt that it belongs to. */
  readonly pending: readonly { readonly attempt: Attempt; readonly inquiry: InquiryPending }[];
}

/**
 * What planners write goes through admission like anybody's writes, which may have to ask. A plan
 * with such a write is undone as a whole, the questions of all its writes are put at once, and the
 * key is planned again with the answers at hand.
 */
export class PlanAttempts {
  readonly #waiting = new Map<string, Waiting>();

  /** Whether a key's plan is under way outside. */
  isAsking(item: QueueItem): boolean {
    return this.#waiting.get(idOf(item))?.isAsking === true;
  }

  begin(item: QueueItem, context: StoreContext): PlanRun {
    const attempts = this.#waiting.get(idOf(item))?.attempts ?? [];
    const pending: { attempt: Attempt; inquiry: InquiryPending }[] = [];
    return {
      attempts,
      pending,
      write(index, step) {
        const attempt = (attempts[index] ??= new Attempt(context));
        try {
          return attempt.run(step);
        } catch (error) {
          if (!(error instanceof InquiryPending)) throw error;
          pending.push({ attempt, inquiry: error });
          return null;
        }
      },
    };
  }

  /** Whether a key's questions can be put, or as many keys wait as may. */
  hasRoomFor(item: QueueItem): boolean {
    return this.#waiting.size < MAX_WAITING || this.#waiting.has(idOf(item));
  }

  /** Puts the questions of a run. Resolves when they are answered. */
  async ask(item: QueueItem, run: PlanRun, answer: AnswerInquiry): Promise<void> {
    const id = idOf(item);
    const waiting: Waiting = { attempts: run.attempts, isAsking: true };
    this.#waiting.set(id, waiting);
    try {
      await Promise.all(run.pending.map(({ attempt, inquiry }) => attempt.settle(inquiry, answer)));
    } catch (error) {
      this.#waiting.delete(id);
      throw error;
    } finally {
      waiting.isAsking = false;
    }
  }

  /** The key's plan came to an end. */
  forget(item: QueueItem): void {
    this.#waiting.delete(idOf(item));
  }
}

const idOf = (item: QueueItem): string => `${item.worker}\n${item.key}`;
