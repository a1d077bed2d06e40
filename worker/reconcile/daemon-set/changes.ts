import type { Pod } from '../kinds.ts';
import type { EventText } from '../planner.ts';

/** What is to be done on the nodes. */
export interface Changes {
  /** Nodes that get a pod. */
  readonly creates: readonly string[];
  readonly deletes: readonly Pod[];
  readonly events: readonly EventText[];
  /** Milliseconds until a failed pod may go; null when none waits. */
  readonly waitMs: number | null;
}

export const NO_CHANGES: Changes = { creates: [], deletes: [], events: [], waitMs: null };
