import {
  InquiryPending,
  type AnswerTo,
  type Inquiries,
  type Inquiry,
  type InquiryAnswers,
} from './inquiry.ts';

type AnyAnswer = InquiryAnswers[Inquiry['kind']];

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

  /** Gets the answers that a run of the step has missed, all at once. */
  async settle({ inquiries }: InquiryPending, answer: AnswerInquiry): Promise<void> {
    await Promise.all(
      inquiries.map(async (inquiry) => {
        this.#answers.set(JSON.stringify(inquiry), await answer(inquiry));
      }),
    );
  }
}
