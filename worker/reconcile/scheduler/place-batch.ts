import { Batch } from './batch.ts';
import type { Ledger } from './ledger.ts';
import type { PodRequest } from './pod-request.ts';
import type { Round } from './round.ts';
import { RejectionTally } from './unschedulable-message.ts';

export interface Placement {
  readonly bindings: readonly { readonly podUID: string; readonly nodeName: string }[];
  readonly unschedulable: readonly { readonly podUID: string; readonly message: string }[];
}

/**
 * Places pods on nodes and reserves what they need in the ledger, one by one, in order of priority
 * and then as given: each pod sees those before it. A pod goes to the best-scoring node that passes
 * every filter. `seed` turns which of equally good nodes is taken; the same ledger, pods and seed
 * give the same placement, in one batch or in several. A pod that has a place reserved already keeps
 * it: its store asks again because it never got the answer.
 */
export function placeBatch(ledger: Ledger, pods: readonly PodRequest[], seed: number): Placement {
  const bindings: { podUID: string; nodeName: string }[] = [];
  const unschedulable: { podUID: string; message: string }[] = [];
  const batch = new Batch(ledger);
  const { nodes, size } = batch.table;
  const start = size === 0 ? 0 : seed % size;
  const messages = new Messages(batch);
  const known = new Set(nodes.map(({ name }) => name));
  for (const pod of pods.toSorted((a, b) => b.priority - a.priority)) {
    const reserved = ledger.nodeOf(pod.uid);
    if (reserved !== undefined && known.has(reserved)) {
      bindings.push({ podUID: pod.uid, nodeName: reserved });
      continue;
    }
    // Of a node that is gone: it is no longer among the placed that others have to do with.
    ledger.release(pod.uid);
    const round = batch.round(pod);
    const slot = round.choose(start);
    if (slot < 0) unschedulable.push({ podUID: pod.uid, message: messages.of(round) });
    else bindings.push({ podUID: pod.uid, nodeName: batch.place(pod, slot) });
  }
  return { bindings, unschedulable };
}

/** Says why nodes were refused, once for pods that are alike while nothing else is placed. */
class Messages {
  readonly #batch: Batch;
  readonly #said = new Map<Round, { readonly after: number; readonly text: string }>();

  constructor(batch: Batch) {
    this.#batch = batch;
  }

  of(round: Round): string {
    const { placements, table } = this.#batch;
    const said = this.#said.get(round);
    if (said?.after === placements) return said.text;
    const tally = new RejectionTally();
    for (let slot = 0; slot < table.size; slot++) {
      const rejection = round.rejection(slot);
      if (rejection !== null) tally.add(rejection);
    }
    const text = tally.message();
    this.#said.set(round, { after: placements, text });
    return text;
  }
}
