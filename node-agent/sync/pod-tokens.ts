import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { DesiredPod } from '../diff/pod.ts';
import { podIdentity } from '../diff/pod.ts';
import { planTokens, tokenKey, tokenRefreshAtMs } from '../diff/token-plan.ts';
import type { IssuedToken, TokenNeed, TokenSource } from '../diff/token-plan.ts';
import type { RequestToken } from '../transport/token-request.ts';

/** After a request in vain, for a pod that waits for its token. */
const RETRY_MS = 10_000;
/** The same for a pod that still has the one before. */
const REFRESH_RETRY_MS = 60_000;

/** What is kept of a pod's tokens, by {@link tokenKey}. */
export type StoredTokens = Readonly<Record<string, IssuedToken>>;

/** The tokens that the pods of a node show in their volumes. */
export interface PodTokens extends TokenSource {
  /**
   * Begins to ask for what the pod has not got or what is due to be replaced. False while
   * something that it has not got is being asked for; `changed` is called when an answer is there.
   */
  prepare(pod: DesiredPod, changed: () => void): boolean;
  /** When `prepare` is to be called again though nothing has changed. */
  nextAtMs(podUID: string): number | undefined;
  /** The pod is gone. */
  forget(podUID: string): void;
  /** Answers that still come change nothing. */
  stop(): void;
}

/** For simulated nodes, which show nothing to anybody. */
export const simulatedTokens: PodTokens = {
  prepare: () => true,
  nextAtMs: () => undefined,
  token: () => '',
  forget: () => undefined,
  stop: () => undefined,
};

interface Entry {
  asking: boolean;
  issued: IssuedToken | undefined;
  /** Why the last request gave nothing. */
  failure: string | undefined;
  /** When to ask next. */
  dueAtMs: number;
}

export interface RequestedTokensDeps {
  readonly request: RequestToken;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
  /** Keeps a pod's tokens, soon; undefined forgets them. */
  readonly keep: (podUID: string, tokens: StoredTokens | undefined) => void;
}

/**
 * Tokens asked of the API server, beside the pods' other work, and kept over restarts. One that
 * cannot be replaced stays in use, also beyond its end: a node that is cut off runs its pods on.
 * Only a pod that never had one has to wait.
 */
export class RequestedTokens implements PodTokens {
  readonly #deps: RequestedTokensDeps;
  readonly #pods = new Map<string, Map<string, Entry>>();
  #stopped = false;

  constructor(deps: RequestedTokensDeps, stored: ReadonlyMap<string, StoredTokens>) {
    this.#deps = deps;
    for (const [uid, tokens] of stored) {
      const entries = Object.entries(tokens).map(
        ([key, token]) => [key, this.#entry(token)] as const,
      );
      this.#pods.set(uid, new Map(entries));
    }
  }

  prepare(pod: DesiredPod, changed: () => void): boolean {
    const now = this.#deps.clock.now();
    let ready = true;
    for (const need of planTokens(pod)) {
      const entry = this.#find(pod.metadata.uid, need);
      if (!entry.asking && entry.dueAtMs <= now) {
        void this.#ask(pod, need, entry, changed);
      }
      if (entry.asking && entry.issued === undefined) ready = false;
    }
    return ready;
  }

  token(pod: DesiredPod, need: TokenNeed): string {
    const entry = this.#find(pod.metadata.uid, need);
    if (entry.issued !== undefined) return entry.issued.token;
    throw new Error(`failed to fetch token: ${entry.failure ?? 'it was not asked for'}`);
  }

  nextAtMs(podUID: string): number | undefined {
    const entries = [...(this.#pods.get(podUID)?.values() ?? [])];
    const waiting = entries.filter(({ asking, issued }) => !asking && issued !== undefined);
    return waiting.length === 0 ? undefined : Math.min(...waiting.map(({ dueAtMs }) => dueAtMs));
  }

  forget(podUID: string): void {
    if (this.#pods.delete(podUID)) this.#deps.keep(podUID, undefined);
  }

  stop(): void {
    this.#stopped = true;
  }

  async #ask(pod: DesiredPod, need: TokenNeed, entry: Entry, changed: () => void): Promise<void> {
    const { clock, logger, request } = this.#deps;
    entry.asking = true;
    try {
      const issued = await request(pod, need);
      Object.assign(entry, this.#entry(issued));
      this.#keep(pod.metadata.uid, entry);
    } catch (error) {
      entry.asking = false;
      entry.failure = messageOf(error);
      entry.dueAtMs = clock.now() + (entry.issued === undefined ? RETRY_MS : REFRESH_RETRY_MS);
      logger.warn({ err: error, pod: podIdentity(pod) }, 'token request failed');
    }
    if (!this.#stopped) changed();
  }

  /** Nothing is kept of a pod that has gone meanwhile. */
  #keep(podUID: string, entry: Entry): void {
    const entries = [...(this.#pods.get(podUID) ?? [])];
    if (this.#stopped || !entries.some(([, known]) => known === entry)) return;
    const tokens = entries.flatMap(([key, { issued }]) =>
      issued === undefined ? [] : [[key, issued] as const],
    );
    this.#deps.keep(podUID, Object.fromEntries(tokens));
  }

  #entry(issued: IssuedToken): Entry {
    const dueAtMs = tokenRefreshAtMs(issued, this.#deps.random());
    return { asking: false, issued, failure: undefined, dueAtMs };
  }

  #find(podUID: string, need: TokenNeed): Entry {
    let entries = this.#pods.get(podUID);
    if (entries === undefined) this.#pods.set(podUID, (entries = new Map<string, Entry>()));
    const key = tokenKey(need);
    let entry = entries.get(key);
    if (entry === undefined) {
      entry = { asking: false, issued: undefined, failure: undefined, dueAtMs: 0 };
      entries.set(key, entry);
    }
    return entry;
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
