/** What may wait for a node that takes input slowly, in bytes; beyond it the stream is cut. */
const MAX_PENDING_BYTES = 32 * 1024 * 1024;

/** Frames on their way to a receiver that says by credit how much it can take. */
export class PendingFrames {
  #credit: number;
  #size = 0;
  #frames: ArrayBuffer[] = [];

  constructor(initialCredit: number) {
    this.#credit = initialCredit;
  }

  /** Queues a frame; false when the queue is full. */
  push(frame: ArrayBuffer): boolean {
    if (this.#size + frame.byteLength > MAX_PENDING_BYTES) return false;
    this.#frames.push(frame);
    this.#size += frame.byteLength;
    return true;
  }

  grant(bytes: number): void {
    this.#credit += bytes;
  }

  /** The frames that may go out. The last one may overdraw, so that one above the credit is not stuck. */
  take(): ArrayBuffer[] {
    let count = 0;
    while (count < this.#frames.length && this.#credit > 0) {
      const size = this.#frames[count]?.byteLength ?? 0;
      this.#credit -= size;
      this.#size -= size;
      count += 1;
    }
    return this.#frames.splice(0, count);
  }
}
