import { MAX_DESIRED_BYTES } from '../../apimachinery/agent-protocol.ts';
import type { DesiredFrame } from '../sync/desired-state.ts';

/** Puts the frames of one change of the desired state together. One per connection. */
export class DesiredAssembly {
  #parts: DesiredFrame[] = [];
  #size = 0;

  /**
   * Takes the next frame; returns the whole change with its last one, null before.
   * Throws when the frames do not belong together, or hold too much.
   */
  take(frame: DesiredFrame): DesiredFrame | null {
    const first = this.#parts[0];
    if (first !== undefined && !belongTogether(first, frame)) {
      throw new Error('a change of the desired state was not finished');
    }
    if (frame.more !== true && first === undefined) return frame;
    this.#parts.push(frame);
    this.#size += JSON.stringify(frame).length;
    if (this.#size > MAX_DESIRED_BYTES) throw new Error('the desired state is too large');
    if (frame.more === true) return null;
    const parts = this.#parts;
    this.#parts = [];
    this.#size = 0;
    return {
      ...frame,
      pods: parts.flatMap(({ pods }) => pods),
      objects: parts.flatMap(({ objects }) => objects),
    };
  }
}

const belongTogether = (a: DesiredFrame, b: DesiredFrame) =>
  a.epoch === b.epoch && a.from === b.from && a.position === b.position;
