import { nextRevision, revisionAt } from '../../../apimachinery/revision.ts';

/**
 * The hybrid logical clock of one store: makes revisions, and takes in those seen elsewhere.
 * `persistFloor` is called when the clock is moved ahead of real time by a reader, since then a
 * restart could otherwise issue a revision below one that a client was promised to be past.
 */
export class RevisionClock {
  #slot: number;
  #last: number;
  readonly #persistFloor: (floor: number) => void;

  constructor(slot: number, floor: number, persistFloor: (floor: number) => void) {
    this.#slot = slot;
    this.#last = floor;
    this.#persistFloor = persistFloor;
  }

  /** A revision above every one issued or seen. */
  next(nowMs: number): number {
    this.#last = nextRevision(this.#last, nowMs, this.#slot);
    return this.#last;
  }

  /** The revision as of which everything written is visible; all later ones are above it. */
  current(): number {
    return this.#last;
  }

  /** Closes the past: no revision at or below `floor` will be issued from here on. */
  advanceTo(floor: number, nowMs: number): void {
    if (floor <= this.#last) return;
    this.#last = floor;
    if (floor >= revisionAt(nowMs)) this.#persistFloor(floor);
  }

  /** Takes up a slot (again); revisions go on above `floor` and above everything seen. */
  reslot(slot: number, floor: number): void {
    this.#slot = slot;
    this.#last = Math.max(this.#last, floor);
  }
}
