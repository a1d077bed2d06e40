import {
  InquiryPending,
  type AnswerTo,
  type Inquiries,
  type Inquiry,
  type InquiryAnswers,
} from './inquiry.ts';

type AnyAnswer = InquiryAnswers[Inquiry['kind']];

/**
 * Questions of one write that are put at a time: the deletion of a collection has one for each of
 * its objects and webhooks, and those that have to queue for a connection must not time out there.
 */
const ASKED_AT_A_TIME = 50;

/** Finds the answer to a question, wherever that takes it. Never throws for what others do wrong. */
export type AnswerInquiry = (inquiry: Inquiry) => Promise<AnyAnswer>;

/** Answers that one step has got so far, by their questions. */
export class InquiryMemo implements Inquiries {
  readonly #answers = new Map<string, AnyAnswer>();

  ask<I extends Inquiry>(inquiries: readonly I[]): AnswerTo<I>[] {
    const answers = inquiries.map((inquiry) => this.#answers.get(JSON.stringify(inquiry)));
    const missing = inquiries.filter((_, i) => answers[i] === undefined);
    if (missing.length > 0) throw new InquiryPending(missing);
    // Kept under the question, so of its kind.
    return answers as AnswerTo<I>[];
  }

  /** Gets the answers that a run of the step has missed, so many at a time. */
  async settle({ inquiries }: InquiryPending, answer: AnswerInquiry): Promise<void> {
    for (let i = 0; i < inquiries.length; i += ASKED_AT_A_TIME) {
      await Promise.all(
        inquiries.slice(i, i + ASKED_AT_A_TIME).map(async (inquiry) => {
          this.#answers.set(JSON.stringify(inquiry), await answer(inquiry));
        }),
      );
    }
  }
}
