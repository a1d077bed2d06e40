import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { deepEqual } from '../../registry/rest/deep-equal.ts';
import { DAEMON_FAILURES } from '../../registry/hidden-resources.ts';
import { ownerIdentity } from '../controller-revisions/revision.ts';
import type { DaemonSet } from '../kinds.ts';
import type { Write } from '../planner.ts';
import { DAEMON_SET } from './set-facts.ts';

const FIRST_DELAY_MS = 1_000;
const MAX_DELAY_MS = 15 * 60_000;

interface Failure {
  /** When a failed pod was last taken away. Milliseconds since the epoch. */
  readonly at: number;
  /** How long the next one is left alone. */
  readonly delayMs: number;
}

/**
 * When pods failed where: upstream's controller keeps it in memory, a planner has none. A hidden
 * object of the DaemonSet's name, which the garbage collector removes with it.
 */
export interface DaemonFailures extends KubernetesObject {
  /** Of the DaemonSet; another generation of it starts anew. */
  generation?: number;
  nodes?: Record<string, Failure>;
}

/** Takes failed pods away: at once the first time, then ever more rarely while it goes on. */
export class FailureBackoff {
  readonly #set: DaemonSet;
  readonly #stored: DaemonFailures | null;
  readonly #nodes: Record<string, Failure>;
  readonly #now: number;

  constructor(set: DaemonSet, stored: DaemonFailures | null, now: number) {
    this.#set = set;
    this.#stored = stored;
    this.#now = now;
    const { uid, generation } = set.metadata;
    const isOurs = stored?.metadata.ownerReferences?.some((reference) => reference.uid === uid);
    const isCurrent = isOurs === true && (stored?.generation ?? 0) === (generation ?? 0);
    this.#nodes = isCurrent ? { ...stored?.nodes } : {};
  }

  /** Milliseconds until a failed pod of the node may be taken away. */
  msLeft(node: string): number {
    const failure = this.#nodes[node];
    if (failure === undefined || this.#isOver(failure)) return 0;
    return Math.max(0, failure.at + failure.delayMs - this.#now);
  }

  /** A failed pod of the node is taken away now. */
  count(node: string): void {
    const last = this.#nodes[node];
    const isNew = last === undefined || this.#isOver(last);
    const delayMs = isNew ? FIRST_DELAY_MS : Math.min(last.delayMs * 2, MAX_DELAY_MS);
    this.#nodes[node] = { at: this.#now, delayMs };
  }

  /** Keeps what was counted. Comes before the pods go. */
  writes(): Write[] {
    const nodes = Object.fromEntries(
      Object.entries(this.#nodes).filter(([, failure]) => !this.#isOver(failure)),
    );
    const { generation = 0, name } = this.#set.metadata;
    const owner = ownerIdentity(DAEMON_SET, this.#set);
    const object: DaemonFailures = {
      apiVersion: 'fairlead.dev/v1',
      kind: 'DaemonFailure',
      metadata: { ...this.#stored?.metadata, name, ownerReferences: [{ ...owner }] },
      generation,
      nodes,
    };
    if (this.#stored === null) {
      return Object.keys(nodes).length === 0
        ? []
        : [{ verb: 'create', resource: DAEMON_FAILURES, object }];
    }
    // What has only become old is dropped with the next failure.
    const isSame = Object.keys(nodes).every((node) =>
      deepEqual(nodes[node], this.#stored?.nodes?.[node]),
    );
    return isSame ? [] : [{ verb: 'update', resource: DAEMON_FAILURES, object }];
  }

  #isOver({ at }: Failure): boolean {
    return this.#now - at > 2 * MAX_DELAY_MS;
  }
}
