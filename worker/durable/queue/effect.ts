import type { Change } from '../../reconcile/planner.ts';

/** Thrown by an effect that waits for something: it is tried again, and nothing is wrong. */
export class NotYetError extends Error {}

/** When the keys of a run are due once more, though nothing changes. */
export interface Again {
  readonly afterMs: number;
}

/**
 * Work that leaves the store: telling another Durable Object what was committed here. Keys come
 * from committed changes, like a planner's; `run` reads the present state of each, so that late
 * and repeated runs are harmless, and a key is only done with once the other side has answered.
 */
export interface Effect {
  /** Queue name, unique among planners and effects. */
  readonly name: string;
  /** Most keys handed to one run. */
  readonly batchSize: number;
  keysFor(change: Change): readonly string[];
  /** Keys that have to be in the queue whenever the store wakes; they are put there if none is. */
  standing?(): readonly string[];
  /** A transaction was undone: what `keysFor` remembered of its changes is void. */
  onRollback?(): void;
  /** Throws when the keys must be tried again later. */
  run(keys: readonly string[]): Promise<Again | null | void>;
}
