import type {
  WebhookClient,
  WebhookInquiry,
  WebhookOutcome,
} from '../registry/admission/inquiry.ts';
import type { WebhookMetrics } from './webhook-metrics.ts';
import type { WebhookTransport } from './webhook-transport.ts';

export interface WebhookCallerDeps {
  readonly transport: WebhookTransport;
  readonly metrics: WebhookMetrics;
  readonly newUID: () => string;
  readonly now: () => number;
}

/** Calls webhooks with reviews, and makes sure that the answers are answers to them. */
export class WebhookCaller {
  readonly #deps: WebhookCallerDeps;

  constructor(deps: WebhookCallerDeps) {
    this.#deps = deps;
  }

  /** Never throws: whatever goes wrong is the outcome, in the words of upstream's client. */
  async call(inquiry: WebhookInquiry): Promise<WebhookOutcome> {
    const { metrics, now } = this.#deps;
    const startedAt = now();
    const { outcome, code } = await this.#call(inquiry);
    metrics.record(inquiry, outcome, code, (now() - startedAt) / 1000);
    return outcome;
  }

  async #call(inquiry: WebhookInquiry): Promise<{ outcome: WebhookOutcome; code: number }> {
    const { client, timeoutSeconds, review } = inquiry;
    const url = urlOf(client, timeoutSeconds);
    if (url === null) return { outcome: notReached(inquiry, unreachable(client)), code: 0 };
    const uid = this.#deps.newUID();
    const body = JSON.stringify({ ...review, request: { uid, ...review.request } });
    let response: { status: number; body: string };
    try {
      response = await this.#deps.transport.post({
        url,
        ...(client.caBundle === undefined ? {} : { caBundle: client.caBundle }),
        body,
        timeoutMs: timeoutSeconds * 1000,
      });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { outcome: notReached(inquiry, `Post "${url}": ${why}`), code: 0 };
    }
    const code = response.status;
    if (code < 200 || code > 299) {
      return { outcome: notReached(inquiry, refusalText(code)), code };
    }
    return { outcome: readAnswer(response.body, inquiry, uid), code };
  }
}

/** Of conversions upstream says the same without the introduction. */
const notReached = ({ use }: WebhookInquiry, why: string): WebhookOutcome => ({
  ok: false,
  message: use === 'admission' ? `failed to call webhook: ${why}` : why,
});

const malformed = ({ use }: WebhookInquiry, why: string): WebhookOutcome => ({
  ok: false,
  message: use === 'admission' ? `received invalid webhook response: ${why}` : why,
});

/** Null for what is reached through a service. */
function urlOf({ url }: WebhookClient, timeoutSeconds: number): string | null {
  if (url === undefined) return null;
  const full = new URL(url);
  full.searchParams.set('timeout', `${timeoutSeconds}s`);
  return full.href;
}

function unreachable({ service }: WebhookClient): string {
  const target = `${service?.namespace ?? ''}/${service?.name ?? ''}`;
  return `service ${JSON.stringify(target)} is not reachable yet: services are not called from outside the cluster so far; give the webhook a clientConfig.url`;
}

/** What client-go says of answers without a Status. */
function refusalText(code: number): string {
  if (code >= 300 && code < 400) {
    return `the server answered with a redirect (${code}), which is not followed`;
  }
  if (code === 404) return 'the server could not find the requested resource';
  if (code === 401) return 'the server has asked for the client to provide credentials';
  if (code >= 500) {
    return `an error on the server has prevented the request from succeeding (${code})`;
  }
  return `the server rejected our request for an unknown reason (${code})`;
}

/** Reviews of v1beta1 were never asked whose answer they are. */
function readAnswer(body: string, inquiry: WebhookInquiry, uid: string): WebhookOutcome {
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch (error) {
    return notReached(inquiry, error instanceof Error ? error.message : String(error));
  }
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) {
    return notReached(inquiry, 'the answer is no JSON object');
  }
  const { response } = answer as { response?: { uid?: unknown } | null };
  const isOurs = response?.uid === uid || inquiry.review.apiVersion.endsWith('/v1beta1');
  if (response !== undefined && response !== null && !isOurs) {
    const got = JSON.stringify(response.uid ?? '');
    return malformed(inquiry, `expected response.uid=${JSON.stringify(uid)}, got ${got}`);
  }
  return { ok: true, response: answer as Record<string, unknown> };
}
