import { lookup as lookUpName, type LookupAddress } from 'node:dns';
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { TrustingAgent } from './trusting-agent.ts';
import type { NetworkPolicy } from './network-policy.ts';
import { describeFailure } from './describe-failure.ts';
import {
  DEADLINE_EXCEEDED,
  MAX_WEBHOOK_ANSWER,
  type WebhookCall,
  type WebhookResponse,
} from '../../apimachinery/webhook-call.ts';

/** Certificate bundles for which connections are kept; the one used longest ago goes first. */
const MAX_AGENTS = 100;

/** Calls webhooks over TLS. Connections are kept and used again. */
export class WebhookClient {
  readonly #policy: NetworkPolicy;
  readonly #agents = new Map<string, Agent>();

  constructor(policy: NetworkPolicy) {
    this.#policy = policy;
  }

  /** @throws Error in the words of Go's HTTP client. */
  async post(call: WebhookCall): Promise<WebhookResponse> {
    const url = new URL(call.url);
    if (url.protocol !== 'https:') throw new Error('webhooks are called over https only');
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0) requireAllowed(this.#policy, host);
    const signal = AbortSignal.timeout(call.timeoutMs);
    try {
      return await send(call, {
        agent: this.#agentFor(call.caBundle ?? ''),
        lookup: lookupWithin(this.#policy),
        signal,
      });
    } catch (error) {
      throw new Error(signal.aborted ? DEADLINE_EXCEEDED : describeFailure(error, url), {
        cause: error,
      });
    }
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }

  #agentFor(caBundle: string): Agent {
    const known = this.#agents.get(caBundle);
    if (known !== undefined) {
      this.#agents.delete(caBundle);
      this.#agents.set(caBundle, known);
      return known;
    }
    const options = { keepAlive: true, maxFreeSockets: 4 };
    const agent =
      caBundle === ''
        ? new Agent(options)
        : new TrustingAgent(Buffer.from(caBundle, 'base64').toString('utf8'), options);
    this.#agents.set(caBundle, agent);
    for (const [oldest, idle] of this.#agents) {
      if (this.#agents.size <= MAX_AGENTS) break;
      idle.destroy();
      this.#agents.delete(oldest);
    }
    return agent;
  }
}

function send(call: WebhookCall, options: RequestOptions): Promise<WebhookResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<WebhookResponse>();
  const headers = {
    'Content-Type': 'application/json',
    Accept: 'application/json, */*',
    'Content-Length': Buffer.byteLength(call.body),
  };
  const request = httpsRequest(call.url, { ...options, method: 'POST', headers }, (response) => {
    const chunks: Buffer[] = [];
    let size = 0;
    response.on('data', (chunk: Buffer) => {
      size += chunk.byteLength;
      if (size > MAX_WEBHOOK_ANSWER)
        request.destroy(new Error(`the answer is longer than ${MAX_WEBHOOK_ANSWER} bytes`));
      else chunks.push(chunk);
    });
    response.on('error', reject);
    response.on('end', () => {
      resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') });
    });
  });
  request.on('error', reject);
  request.end(call.body);
  return promise;
}

/** Resolves names to allowed addresses only, so that no name leads where an address may not. */
const lookupWithin =
  (policy: NetworkPolicy): LookupFunction =>
  (hostname, options, callback) => {
    lookUpName(hostname, { ...options, all: true }, (error, found) => {
      const addresses = found as LookupAddress[] | undefined;
      if (error !== null || addresses === undefined) {
        callback(error, []);
        return;
      }
      const allowed = addresses.filter(({ address }) => policy.allows(address));
      const first = allowed[0];
      if (first === undefined) callback(newDisallowed(hostname), []);
      else if (options.all === true) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };

function requireAllowed(policy: NetworkPolicy, address: string): void {
  if (!policy.allows(address)) throw newDisallowed(address);
}

const newDisallowed = (host: string): Error =>
  new Error(
    `${host} is in a private network, which webhooks are not called in unless the operator says so: start the control plane with --webhook-network <cidr>`,
  );
