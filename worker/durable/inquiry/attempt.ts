import {
  InquiryPending,
  type AnswerTo,
  type Inquiries,
  type Inquiry,
  type InquiryAnswers,
} from '../../registry/admission/inquiry.ts';
import { newStatusError } from '../../../apimachinery/status-error.ts';
import type { Identities } from '../../registry/rest/identity.ts';
import type { StoreContext } from '../store/store-context.ts';

/** Finds the answer to a question, wherever that takes it. Never throws for what others do wrong. */
export type AnswerInquiry = (inquiry: Inquiry) => Promise<InquiryAnswers[Inquiry['kind']]>;

/**
 * Times that one write is run again. Every run knows more answers than the one before; so many
 * can only come of a state that never stops changing under it.
 */
const MAX_RUNS = 200;
/**
 * Questions of one write that are put at a time: the deletion of a collection has one for each of
 * its objects and webhooks, and those that have to queue for a connection must not time out there.
 */
const ASKED_AT_A_TIME = 50;

/**
 * One write that may have to ask: it is run, undone where an answer is missing, and run again with
 * what was asked. Every run has the clock and the identities of the first, so that it asks the same
 * questions.
 */
export class Attempt implements Inquiries {
  readonly context: StoreContext;
  readonly #answers = new Map<string, InquiryAnswers[Inquiry['kind']]>();
  readonly #identities: RecordedIdentities;
  #runs = 0;

  constructor(context: StoreContext) {
    this.#identities = new RecordedIdentities(context.identities);
    const now = context.now();
    this.context = { ...context, now: () => now, identities: this.#identities, inquiries: this };
  }

  ask<I extends Inquiry>(inquiries: readonly I[]): AnswerTo<I>[] {
    const answers = inquiries.map((inquiry) => this.#answers.get(JSON.stringify(inquiry)));
    const missing = inquiries.filter((_, i) => answers[i] === undefined);
    if (missing.length > 0) throw new InquiryPending(missing);
    // Kept under the question, so of its kind.
    return answers as AnswerTo<I>[];
  }

  /** Runs the step once, from its beginning. @throws InquiryPending and what the step throws. */
  run<T>(step: (context: StoreContext) => T): T {
    this.#identities.rewind();
    return step(this.context);
  }

  /**
   * Gets the answers that a run has missed.
   * @throws StatusError when there were too many runs.
   */
  async settle(pending: InquiryPending, answer: AnswerInquiry): Promise<void> {
    this.#runs += 1;
    if (this.#runs > MAX_RUNS) {
      throw newStatusError(
        'ServerTimeout',
        'admission did not come to an end: what it asks about keeps changing; please try again',
        { retryAfterSeconds: 1 },
      );
    }
    const { inquiries } = pending;
    for (let i = 0; i < inquiries.length; i += ASKED_AT_A_TIME) {
      await Promise.all(
        inquiries.slice(i, i + ASKED_AT_A_TIME).map(async (inquiry) => {
          this.#answers.set(JSON.stringify(inquiry), await answer(inquiry));
        }),
      );
    }
  }
}

/** For writes that nobody asks for: there, a question is a bug, and fails the write. */
export const NO_INQUIRIES: Inquiries = {
  ask(inquiries) {
    throw new InquiryPending(inquiries);
  },
};

/** Gives in every run what it gave in the first. */
class RecordedIdentities implements Identities {
  readonly #source: Identities;
  readonly #uids: string[] = [];
  readonly #suffixes: string[] = [];
  #nextUID = 0;
  #nextSuffix = 0;

  constructor(source: Identities) {
    this.#source = source;
  }

  rewind(): void {
    this.#nextUID = 0;
    this.#nextSuffix = 0;
  }

  uid(): string {
    return (this.#uids[this.#nextUID++] ??= this.#source.uid());
  }

  nameSuffix(): string {
    return (this.#suffixes[this.#nextSuffix++] ??= this.#source.nameSuffix());
  }
}
