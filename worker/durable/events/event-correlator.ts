/**
 * Keeps a chatty controller from flooding a store, with the rules and numbers of client-go's event
 * correlator: more than ten different messages of one kind about one object within ten minutes are
 * combined, and an object gets a burst of 25 events and then one every five minutes.
 */
const MAX_SIMILAR = 10;
const SIMILAR_WINDOW_MS = 10 * 60_000;
const BURST = 25;
const REFILL_MS = 5 * 60_000;
/** Objects and kinds of events remembered; the oldest are forgotten first. */
const MAX_REMEMBERED = 4_096;
const COMBINED_PREFIX = '(combined from similar events): ';

export interface EventTraits {
  /** Who says it, and about which object. */
  readonly source: string;
  readonly subject: string;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}

export interface Correlated {
  /** Occurrences with the same key are one Event. */
  readonly key: string;
  readonly message: string;
}

interface Similar {
  readonly messages: Set<string>;
  lastAt: number;
}

interface Bucket {
  tokens: number;
  refilledAt: number;
}

export class EventCorrelator {
  readonly #similar = new Map<string, Similar>();
  readonly #buckets = new Map<string, Bucket>();

  /** Which Event an occurrence belongs to; null when it is one too many. `nowMs` since the epoch. */
  correlate(traits: EventTraits, nowMs: number): Correlated | null {
    if (!this.#takeToken(`${traits.source}\n${traits.subject}`, nowMs)) return null;
    const { source, subject, type, reason, message } = traits;
    const kind = [source, subject, type, reason].join('\n');
    let similar = this.#similar.get(kind);
    if (similar === undefined || nowMs - similar.lastAt > SIMILAR_WINDOW_MS) {
      similar = { messages: new Set(), lastAt: nowMs };
    }
    similar.lastAt = nowMs;
    similar.messages.add(message);
    remember(this.#similar, kind, similar);
    if (similar.messages.size < MAX_SIMILAR) return { key: `${kind}\n${message}`, message };
    // The set is large enough to decide; it need not grow with every further message.
    if (similar.messages.size > MAX_SIMILAR) similar.messages.delete(message);
    return { key: kind, message: COMBINED_PREFIX + message };
  }

  #takeToken(id: string, nowMs: number): boolean {
    const bucket = this.#buckets.get(id) ?? { tokens: BURST, refilledAt: nowMs };
    const refill = Math.floor((nowMs - bucket.refilledAt) / REFILL_MS);
    if (refill > 0) {
      bucket.tokens = Math.min(BURST, bucket.tokens + refill);
      bucket.refilledAt += refill * REFILL_MS;
    }
    remember(this.#buckets, id, bucket);
    if (bucket.tokens === 0) return false;
    bucket.tokens -= 1;
    return true;
  }
}

/** Keeps the map's order that of last use, and its size bounded. */
function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= MAX_REMEMBERED) break;
    map.delete(oldest);
  }
}
