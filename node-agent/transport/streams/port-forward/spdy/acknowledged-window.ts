/** What may be under way to the client. Bytes. */
const WINDOW_BYTES = 2 * 1024 * 1024;
/** The same while nothing can be heard of the client; beyond it the client does not read. Bytes. */
const DEAF_WINDOW_BYTES = 32 * 1024 * 1024;
/** How often the client is asked how far it is. Bytes. */
const PING_BYTES = 128 * 1024;

/**
 * Bounds what is under way to a client that grants no windows, as kubectl does not: pings between
 * the data are answered once the client has read up to them, so the answers say how far it is. No
 * buffer on the way ever holds more than the window.
 */
export class AcknowledgedWindow {
  #sent = 0;
  #acknowledged = 0;
  #pingedAt = 0;
  /** Those of the end that was connected to are even. */
  #nextPing = 2;
  #marks: { readonly id: number; readonly at: number }[] = [];

  /** Takes into account what goes out. Returns the id of a ping that is to follow it, or null. */
  sent(bytes: number): number | null {
    this.#sent += bytes;
    if (this.#sent - this.#pingedAt < PING_BYTES) return null;
    const id = this.#nextPing;
    this.#nextPing = id >= 0x7ffffffe ? 2 : id + 2;
    this.#pingedAt = this.#sent;
    this.#marks.push({ id, at: this.#sent });
    return id;
  }

  /** A ping was answered; whatever was sent before it is read. Others' pings are no matter. */
  answered(id: number): void {
    const index = this.#marks.findIndex((mark) => mark.id === id);
    if (index < 0) return;
    this.#acknowledged = this.#marks[index]?.at ?? this.#acknowledged;
    this.#marks = this.#marks.slice(index + 1);
  }

  /**
   * Whether more may go out.
   *
   * @param isDeaf what the client sends waits for a slow pod, and so do its answers: a pod that waits
   *   for its output to be taken must not wait for them.
   */
  hasRoom(isDeaf: boolean): boolean {
    return this.#sent - this.#acknowledged < (isDeaf ? DEAF_WINDOW_BYTES : WINDOW_BYTES);
  }
}
