import { asking } from '../registry/admission/asking.ts';
import { InquiryPending, type Inquiry } from '../registry/admission/inquiry.ts';
import { InquiryMemo } from '../registry/admission/inquiry-memo.ts';
import { WebhookCaller } from '../webhooks/webhook-caller.ts';
import { WebhookMetrics } from '../webhooks/webhook-metrics.ts';
import { transportOf } from '../webhooks/webhook-transport.ts';
import type { Env } from '../durable/env.ts';

/** Of the conversions that this isolate has asked for. */
export const conversionMetrics = new WebhookMetrics();

/** A conversion asks once: whatever it asks the second time, something is wrong with it. */
const MAX_RUNS = 5;

/**
 * Runs a step that shows stored objects in another version. Where only a webhook can tell what they
 * look like, it is asked, and the step runs again.
 *
 * @throws what the step throws.
 */
export async function converting<T>(env: Env, step: () => T): Promise<T> {
  const memo = new InquiryMemo();
  for (let run = 1; ; run++) {
    try {
      return asking(memo, step);
    } catch (error) {
      if (!(error instanceof InquiryPending) || run === MAX_RUNS) throw error;
      await memo.settle(error, (inquiry) => callConverter(env, inquiry));
    }
  }
}

function callConverter(env: Env, inquiry: Inquiry) {
  if (inquiry.kind !== 'webhook') throw new Error(`no reader may ask for ${inquiry.kind}`);
  const caller = new WebhookCaller({
    transport: transportOf(env.WEBHOOK_RELAY),
    metrics: conversionMetrics,
    newUID: () => crypto.randomUUID(),
    now: () => Date.now(),
  });
  return caller.call(inquiry);
}
