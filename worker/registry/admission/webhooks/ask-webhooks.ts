import type { StatusError } from '../../../../apimachinery/status-error.ts';
import { addAuditAnnotation } from '../audit-annotation.ts';
import type { WebhookInquiry, WebhookOutcome } from '../inquiry.ts';
import type { AdmissionAttributes, AdmissionContext } from '../plugin.ts';
import { newReviewInquiry, reviewVersion } from './admission-review.ts';
import type { Invocation } from './invocations.ts';
import { readReview, type ReviewResponse } from './review-response.ts';
import { CallFailure, checkDryRun, newRejection } from './webhook-errors.ts';

/** A response that allows, a refusal, or no response that is of use. */
export type Answer = ReviewResponse | StatusError | CallFailure;

const UNKNOWN_VERSIONS =
  'could not create admission objects: webhook does not accept known AdmissionReview versions (v1, v1beta1)';

interface Call {
  readonly version: string;
  readonly inquiry: WebhookInquiry;
}

/**
 * Asks webhooks about a request, all of them at once, and notes what they have to say to the client
 * and to the audit log.
 *
 * @returns an answer for each, in their order.
 * @throws InquiryPending
 */
export function askWebhooks(
  invocations: readonly Invocation[],
  attributes: AdmissionAttributes,
  context: AdmissionContext,
  isMutating: boolean,
): Answer[] {
  const calls = invocations.map((invocation) => prepare(invocation, attributes, isMutating));
  const inquiries = calls.flatMap((call) => ('inquiry' in call ? call.inquiry : []));
  const outcomes = inquiries.length === 0 ? [] : context.inquiries.ask(inquiries);
  let next = 0;
  return calls.map((call, i) => {
    const name = invocations[i]?.webhook.spec.name ?? '';
    return 'inquiry' in call
      ? read(name, call.version, outcomes[next++], attributes, isMutating)
      : call;
  });
}

/** The question, or why it is not put. */
function prepare(
  { webhook, view }: Invocation,
  attributes: AdmissionAttributes,
  isMutating: boolean,
): Call | CallFailure | StatusError {
  const { name, sideEffects } = webhook.spec;
  const refused = attributes.dryRun ? checkDryRun(name, sideEffects) : undefined;
  if (refused !== undefined) return refused;
  const version = reviewVersion(webhook);
  if (version === undefined) return new CallFailure(name, UNKNOWN_VERSIONS);
  const phase = isMutating ? 'admit' : 'validating';
  return { version, inquiry: newReviewInquiry(webhook, version, attributes, view, phase) };
}

function read(
  name: string,
  version: string,
  outcome: WebhookOutcome | undefined,
  attributes: AdmissionAttributes,
  isMutating: boolean,
): Answer {
  if (outcome === undefined) throw new Error('a question to a webhook was not answered');
  if (!outcome.ok) return new CallFailure(name, outcome.message);
  const response = readReview(outcome.response, version, isMutating);
  if (typeof response === 'string') return new CallFailure(name, response);
  for (const [key, value] of Object.entries(response.auditAnnotations)) {
    addAuditAnnotation(attributes, `${name}/${key}`, value);
  }
  attributes.warnings.push(...response.warnings);
  return response.allowed ? response : newRejection(name, response.result);
}
