/** What may wait for a node that takes input slowly, in bytes; beyond it the stream is cut. */
const MAX_PENDING_BYTES = 32 * 1024 * 1024;
/** Longer frames of a client are split, so that each fits into the node's credit. Bytes. */
const MAX_FRAME_BYTES = 32 * 1024;

/**
 * Frames of the channel protocol on their way to a node that says by credit how much it takes.
 * The first byte of a frame names its channel, so each part of a split one begins with it.
 */
export class PendingFrames {
  #credit: number;
  #size = 0;
  #frames: Uint8Array[] = [];

  /** @param initialCredit bytes that may go out before the node grants more. */
  constructor(initialCredit: number) {
    this.#credit = initialCredit;
  }

  /** Queues a frame; false when the queue is full. */
  push(frame: Uint8Array): boolean {
    if (this.#size + frame.byteLength > MAX_PENDING_BYTES) return false;
    for (const part of splitFrame(frame)) {
      this.#frames.push(part);
      this.#size += part.byteLength;
    }
    return true;
  }

  get isEmpty(): boolean {
    return this.#frames.length === 0;
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

function splitFrame(frame: Uint8Array): Uint8Array[] {
  if (frame.byteLength <= MAX_FRAME_BYTES) return [frame];
  const parts: Uint8Array[] = [];
  const room = MAX_FRAME_BYTES - 1;
  for (let start = 1; start < frame.byteLength; start += room) {
    const payload = frame.subarray(start, start + room);
    const part = new Uint8Array(1 + payload.byteLength);
    part.set(frame.subarray(0, 1));
    part.set(payload, 1);
    parts.push(part);
  }
  return parts;
}
