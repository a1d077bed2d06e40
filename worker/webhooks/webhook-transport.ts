import {
  DEADLINE_EXCEEDED,
  MAX_WEBHOOK_ANSWER,
  type WebhookCall,
  type WebhookResponse,
} from '../../apimachinery/webhook-call.ts';
import { isPrivateHost } from '../../apimachinery/private-host.ts';

/** Carries a call out. Redirects are answers like any others: nobody follows them. */
export interface WebhookTransport {
  /** @throws Error whose message says why there is no answer, in the words of Go's HTTP client. */
  post(call: WebhookCall): Promise<WebhookResponse>;
}

/**
 * Calls with the platform's own `fetch`, which trusts public certificate authorities and no others,
 * and reaches public addresses only.
 */
const fetchTransport: WebhookTransport = {
  async post({ url, caBundle, body, timeoutMs }) {
    if (isPrivateHost(new URL(url).hostname)) {
      throw new Error(
        'the address is private, and this deployment calls public ones only; see docs/webhooks.md',
      );
    }
    const response = await withDeadline(timeoutMs, (signal) =>
      fetch(url, {
        method: 'POST',
        body,
        headers: { 'Content-Type': 'application/json', Accept: 'application/json, */*' },
        redirect: 'manual',
        signal,
      }),
    ).catch((error: unknown) => {
      const text = error instanceof Error ? error.message : String(error);
      if (caBundle === undefined || text === DEADLINE_EXCEEDED) throw new Error(text);
      throw new Error(
        `${text} (here a certificate must be one that public authorities vouch for: caBundle is not looked at; see docs/webhooks.md)`,
      );
    });
    return { status: response.status, body: await boundedText(response) };
  },
};

/**
 * Calls through the relay of a self-hosted control plane (cli/control-plane/webhook-relay.ts), which
 * knows caBundles and which private networks the operator has allowed.
 */
const relayTransport = (relay: Fetcher): WebhookTransport => ({
  async post(call) {
    const response = await withDeadline(call.timeoutMs, (signal) =>
      relay.fetch('http://relay/call', { method: 'POST', body: JSON.stringify(call), signal }),
    );
    const answer = JSON.parse(await boundedText(response)) as WebhookResponse | { error: string };
    if ('error' in answer) throw new Error(answer.error);
    return answer;
  },
});

async function withDeadline<T>(
  timeoutMs: number,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    return await call(signal);
  } catch (error) {
    if (signal.aborted) throw new Error(DEADLINE_EXCEEDED, { cause: error });
    throw error;
  }
}

async function boundedText(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return '';
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for (;;) {
    const { done, value } = (await reader.read()) as ReadableStreamReadResult<Uint8Array>;
    if (done) return text + decoder.decode();
    size += value.byteLength;
    if (size > MAX_WEBHOOK_ANSWER) {
      await reader.cancel();
      throw new Error(`the answer is longer than ${MAX_WEBHOOK_ANSWER} bytes`);
    }
    text += decoder.decode(value, { stream: true });
  }
}

/** The way out that the deployment has. */
export const transportOf = (relay: Fetcher | undefined): WebhookTransport =>
  relay === undefined ? fetchTransport : relayTransport(relay);
