import { nextRevision, REVISION_EPOCH_MS, revisionAt } from '../../../apimachinery/revision.ts';

/**
 * A promise about the past is stored as one that is good for a while longer, so that a store which
 * is read all the time writes a row now and then, not with every read. Milliseconds; a clock that
 * starts anew is ahead of time by so much, which must stay below MAX_CLOCK_SKEW_MS.
 */
const FLOOR_LEASE_MS = 2_000;
const FLOOR_LEASE = revisionAt(REVISION_EPOCH_MS + FLOOR_LEASE_MS);

/**
 * The hybrid logical clock of one store: makes revisions, and takes in those seen elsewhere.
 * `persistFloor` is called when a reader moves it past what is stored: a restart, with a clock of
 * the machine that may run behind, must not issue a revision below one that a client was promised
 * to be past. Writes need no floor of their own, since their rows carry their revisions.
 */
export class RevisionClock {
  #slot: number | null;
  #last: number;
  #storedFloor: number;
  readonly #persistFloor: (floor: number) => void;

  /** @param slot null for a store that holds none, and so must not write. */
  constructor(slot: number | null, floor: number, persistFloor: (floor: number) => void) {
    this.#slot = slot;
    this.#last = floor;
    this.#storedFloor = floor;
    this.#persistFloor = persistFloor;
  }

  /** Whether this store may write. */
  get holdsSlot(): boolean {
    return this.#slot !== null;
  }

  /** A revision above every one issued or seen. Throws in a store without a slot: that is a bug. */
  next(nowMs: number): number {
    if (this.#slot === null) throw new Error('a store without a slot cannot write');
    this.#last = nextRevision(this.#last, nowMs, this.#slot);
    return this.#last;
  }

  /** The revision as of which everything written is visible; all later ones are above it. */
  current(): number {
    return this.#last;
  }

  /** Closes the past: no revision at or below `floor` will be issued from here on. */
  advanceTo(floor: number): void {
    if (floor <= this.#last) return;
    this.#last = floor;
    if (floor <= this.#storedFloor) return;
    this.#storedFloor = floor + FLOOR_LEASE;
    this.#persistFloor(this.#storedFloor);
  }

  /** Takes up a slot (again); revisions go on above `floor` and above everything seen. */
  reslot(slot: number, floor: number): void {
    this.#slot = slot;
    this.#last = Math.max(this.#last, floor);
  }

  /** Gives the slot up; returns a revision that is above every one issued with it. */
  dropSlot(): number {
    this.#slot = null;
    return this.#last;
  }
}
