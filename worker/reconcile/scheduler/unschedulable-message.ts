import type { Rejection } from './rejection.ts';

export const NO_NODES = 'no nodes available to schedule pods';

/** What is said of a pod that cannot be placed whatever the nodes are like. */
export function unresolvableText(nodes: number, why: string): string {
  if (nodes === 0) return NO_NODES;
  const available = `0/${nodes} nodes are available: `;
  return `${available}${why}. preemption: ${available}${nodes} Preemption is not helpful for scheduling.`;
}

/** Counts rejections of one pod, or of many alike, and says them as upstream's FitError does. */
export class RejectionTally {
  readonly #counts = new Map<string, number>();
  #nodes = 0;
  #final = 0;

  add({ reasons, final }: Rejection): void {
    this.#nodes++;
    if (final) this.#final++;
    for (const reason of reasons) this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
  }

  /** What is said of every pod that no node takes. */
  head(): string {
    return this.#nodes === 0 ? NO_NODES : `${this.#available()}${listed(this.#counts)}.`;
  }

  /** What is added when nobody was found who could make room. */
  noVictims(): string {
    if (this.#nodes === 0) return '';
    const preemption = new Map<string, number>();
    if (this.#final > 0) preemption.set('Preemption is not helpful for scheduling', this.#final);
    const movable = this.#nodes - this.#final;
    if (movable > 0) preemption.set('No preemption victims found for incoming pod', movable);
    return `preemption: ${this.#available()}${listed(preemption)}.`;
  }

  #available(): string {
    return `0/${this.#nodes} nodes are available: `;
  }
}

function listed(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .sort()
    .join(', ');
}
