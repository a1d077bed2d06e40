import type { NodeUsage } from '../../../apimachinery/node-usage.ts';

/** How long an agent may take: it may have to look twice. */
export const USAGE_DEADLINE_MS = 8_000;
/** For so long an answer serves those who ask after it. */
const FRESH_MS = 5_000;

/**
 * Questions to an agent about what its node uses. Many who ask at about the same time cost one
 * question; who asks a node that does not answer is told so in time.
 */
export class UsageRequests {
  #asking: { readonly requestID: string; readonly answer: Promise<NodeUsage | null> } | null = null;
  #resolve: (usage: NodeUsage | null) => void = () => undefined;
  #last: { readonly usage: NodeUsage; readonly at: number } | null = null;

  /** @param put sends the question. */
  ask(put: (requestID: string) => void): Promise<NodeUsage | null> {
    const now = Date.now();
    if (this.#last !== null && Math.abs(now - this.#last.at) < FRESH_MS) {
      return Promise.resolve(this.#last.usage);
    }
    if (this.#asking !== null) return this.#asking.answer;
    const requestID = crypto.randomUUID();
    const answer = new Promise<NodeUsage | null>((resolve) => {
      const timer = setTimeout(() => this.answered(requestID, null), USAGE_DEADLINE_MS);
      this.#resolve = (usage) => {
        clearTimeout(timer);
        resolve(usage);
      };
    });
    this.#asking = { requestID, answer };
    put(requestID);
    return answer;
  }

  /** Takes an answer; one to a question that nobody waits for any more is dropped. */
  answered(requestID: string, usage: NodeUsage | null): void {
    if (this.#asking?.requestID !== requestID) return;
    this.#asking = null;
    if (usage !== null) this.#last = { usage, at: Date.now() };
    this.#resolve(usage);
  }

  /** The link is gone, and with it whatever was asked over it. */
  abandon(): void {
    if (this.#asking !== null) this.answered(this.#asking.requestID, null);
  }
}
