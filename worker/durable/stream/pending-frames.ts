/** What may wait for a node that takes input slowly, in bytes; beyond it the stream is cut. */
const MAX_PENDING_BYTES = 32 * 1024 * 1024;
/** A sender that can be made to wait is, from here on. Bytes. */
const ENOUGH_BYTES = 256 * 1024;

/**
 * How long a client that cannot be made to wait is not listened to after each of its messages, by
 * what waits of it: [bytes, milliseconds].
 */
const PAUSES = [
  [24 * 1024 * 1024, 100],
  [16 * 1024 * 1024, 25],
  [8 * 1024 * 1024, 5],
  [4 * 1024 * 1024, 2],
] as const;

/** Frames on their way to a node that says by credit how much it takes. */
export class PendingFrames {
  #credit: number;
  #size = 0;
  #frames: Uint8Array[] = [];

  /** @param credit bytes that may go out before the node grants more. */
  constructor(credit: number) {
    this.#credit = credit;
  }

  /** What may still go out. */
  get credit(): number {
    return this.#credit;
  }

  /** Queues frames, each of which fits into the node's credit; false when the queue is full. */
  push(frames: readonly Uint8Array[]): boolean {
    const size = frames.reduce((sum, frame) => sum + frame.byteLength, 0);
    if (this.#size + size > MAX_PENDING_BYTES) return false;
    this.#frames.push(...frames);
    this.#size += size;
    return true;
  }

  get isEmpty(): boolean {
    return this.#frames.length === 0;
  }

  /** Whether the sender should go on. */
  get hasRoom(): boolean {
    return this.#size < ENOUGH_BYTES;
  }

  /** Milliseconds for which nothing more should be taken of a client that knows no credit. */
  get pauseMs(): number {
    return PAUSES.find(([bytes]) => this.#size >= bytes)?.[1] ?? 0;
  }

  grant(bytes: number): void {
    this.#credit += bytes;
  }

  /** The frames that the credit covers, in order. */
  take(): Uint8Array[] {
    let count = 0;
    for (const { byteLength } of this.#frames) {
      if (byteLength > this.#credit) break;
      this.#credit -= byteLength;
      this.#size -= byteLength;
      count += 1;
    }
    return this.#frames.splice(0, count);
  }
}
