import type {
  WebhookClient,
  WebhookInquiry,
  WebhookOutcome,
} from '../../registry/admission/inquiry.ts';
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
    if (typeof url !== 'string') return { outcome: url, code: 0 };
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
      return { outcome: failed(`failed to call webhook: Post "${url}": ${why}`), code: 0 };
    }
    const code = response.status;
    if (code < 200 || code > 299) {
      return { outcome: failed(`failed to call webhook: ${refusalText(code)}`), code };
    }
    return { outcome: readReview(response.body, inquiry, uid), code };
  }
}

const failed = (message: string): WebhookOutcome => ({ ok: false, message });

function urlOf({ url, service }: WebhookClient, timeoutSeconds: number): string | WebhookOutcome {
  if (url !== undefined) {
    const full = new URL(url);
    full.searchParams.set('timeout', `${timeoutSeconds}s`);
    return full.href;
  }
  const target = `${service?.namespace ?? ''}/${service?.name ?? ''}`;
  return failed(
    `failed to call webhook: service ${JSON.stringify(target)} is not reachable yet: services are not called from outside the cluster so far; give the webhook a clientConfig.url`,
  );
}

/** What client-go says of answers without a Status. */
function refusalText(code: number): string {
  if (code >= 300 && code < 400)
    return `the server answered with a redirect (${code}), which is not followed`;
  if (code === 404) return 'the server could not find the requested resource';
  if (code === 401) return 'the server has asked for the client to provide credentials';
  if (code >= 500)
    return `an error on the server has prevented the request from succeeding (${code})`;
  return `the server rejected our request for an unknown reason (${code})`;
}

function readReview(body: string, { review }: WebhookInquiry, uid: string): WebhookOutcome {
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return failed(`received invalid webhook response: ${why}`);
  }
  const { apiVersion, kind, response } = (answer ?? {}) as {
    apiVersion?: unknown;
    kind?: unknown;
    response?: Record<string, unknown> | null;
  };
  if (apiVersion !== review.apiVersion || kind !== review.kind) {
    return failed(
      `received invalid webhook response: expected webhook response of ${review.apiVersion}, Kind=${review.kind}, got ${JSON.stringify(apiVersion)}, Kind=${JSON.stringify(kind)}`,
    );
  }
  if (typeof response !== 'object' || response === null) {
    return failed('received invalid webhook response: webhook response was absent');
  }
  if (response['uid'] !== uid) {
    return failed(
      `received invalid webhook response: expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response['uid'] ?? '')}`,
    );
  }
  return { ok: true, response };
}
