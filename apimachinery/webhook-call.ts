/** One call of a webhook: a POST of JSON. What the control plane hands to its relay is just this. */
export interface WebhookCall {
  readonly url: string;
  /** PEM, base64: who must have signed the server's certificate. */
  readonly caBundle?: string;
  readonly body: string;
  readonly timeoutMs: number;
}

export interface WebhookResponse {
  readonly status: number;
  readonly body: string;
}

/** Answers beyond it are refused. Bytes. */
export const MAX_WEBHOOK_ANSWER = 8 * 1024 * 1024;
/** What Go's HTTP client says when time is up. */
export const DEADLINE_EXCEEDED = 'context deadline exceeded';
