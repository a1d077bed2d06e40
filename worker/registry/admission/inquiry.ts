import type { UserInfo } from '../../../apimachinery/user-info.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { AccessAttributes, AccessDecision } from '../authz/authorizer.ts';

/**
 * What a write may have to know from outside its store. Admission is synchronous and runs inside
 * the store's transaction; where it needs an answer that is not there yet it throws
 * {@link InquiryPending}, the transaction is undone, the question is put, and the same step runs
 * again with the answer at hand. A step that runs again asks the same questions in the same order
 * as long as what it reads has not changed: its clock and its identities are those of its first run.
 */
export type Inquiry =
  | WebhookInquiry
  | {
      readonly kind: 'objects';
      /** '' for the cluster scope. */
      readonly namespace: string;
      /** `<plural>[.<group>]` as stored. */
      readonly resource: string;
      /** One object; absent for all that the selector matches. */
      readonly name?: string;
      readonly labelSelector?: string;
    }
  | {
      readonly kind: 'access';
      /** Whose roles count beside the cluster's. */
      readonly namespace: string;
      readonly user: UserInfo;
      readonly access: AccessAttributes;
    };

export interface WebhookInquiry {
  readonly kind: 'webhook';
  /** `admission` or `conversion`: what the metrics tell apart. */
  readonly use: 'admission' | 'conversion';
  /** Of admission: which of its two chains asks. For the metrics. */
  readonly phase?: 'admit' | 'validating';
  /** The webhook's name, for metrics and messages. */
  readonly name: string;
  readonly client: WebhookClient;
  readonly timeoutSeconds: number;
  /** The review without `request.uid`, which is made for every call. */
  readonly review: { readonly apiVersion: string; readonly kind: string; readonly request: object };
}

/** How a webhook is reached: `clientConfig` of its configuration. */
export interface WebhookClient {
  readonly url?: string;
  readonly service?: {
    readonly namespace: string;
    readonly name: string;
    readonly path?: string;
    readonly port?: number;
  };
  /** PEM, base64. */
  readonly caBundle?: string;
}

/**
 * A webhook answered with a review whose uid is right: `response` is that review, with its
 * apiVersion, kind and `response`. Or why it did not: `message` is what follows
 * `failed calling webhook "x": ` in upstream's words (`failed to call webhook: Post "https://…": …`,
 * `received invalid webhook response: expected response.uid="…", got "…"`); of conversions the same
 * without these introductions (`Post "https://…": …`, `expected response.uid="…", got "…"`).
 */
export type WebhookOutcome =
  | { readonly ok: true; readonly response: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly message: string };

export interface InquiryAnswers {
  readonly webhook: WebhookOutcome;
  readonly objects: readonly KubernetesObject[];
  readonly access: AccessDecision;
}

export type AnswerTo<I extends Inquiry> = InquiryAnswers[I['kind']];

export interface Inquiries {
  /**
   * Answers to questions that do not depend on each other, in their order.
   * @throws InquiryPending when any of them is not known yet.
   */
  ask<I extends Inquiry>(inquiries: readonly I[]): AnswerTo<I>[];
}

/** Thrown out of the transaction; whoever runs it finds the answers and runs it again. */
export class InquiryPending extends Error {
  readonly inquiries: readonly Inquiry[];

  constructor(inquiries: readonly Inquiry[]) {
    super(`waits for ${inquiries.map((inquiry) => inquiry.kind).join(', ')}`);
    this.inquiries = inquiries;
  }
}
