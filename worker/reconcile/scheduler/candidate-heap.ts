/**
 * Candidates by score, the best on top, ties by rank. A binary heap over parallel arrays: taking
 * the best and putting it back with another score costs log n and allocates nothing.
 */
export class CandidateHeap<T> {
  readonly #items: T[];
  readonly #scores: number[];
  readonly #ranks: number[];

  /** `ranks` are distinct; the lower one wins among equal scores. */
  constructor(items: readonly T[], scores: readonly number[], ranks: readonly number[]) {
    this.#items = [...items];
    this.#scores = [...scores];
    this.#ranks = [...ranks];
    for (let i = (items.length >> 1) - 1; i >= 0; i--) this.#sink(i);
  }

  top(): T | undefined {
    return this.#items[0];
  }

  /** Gives the top another score. */
  rescoreTop(score: number): void {
    this.#scores[0] = score;
    this.#sink(0);
  }

  removeTop(): void {
    const last = this.#items.length - 1;
    if (last < 0) return;
    this.#swap(0, last);
    this.#items.pop();
    this.#scores.pop();
    this.#ranks.pop();
    this.#sink(0);
  }

  #sink(start: number): void {
    let parent = start;
    for (;;) {
      const left = 2 * parent + 1;
      let best = parent;
      if (this.#before(left, best)) best = left;
      if (this.#before(left + 1, best)) best = left + 1;
      if (best === parent) return;
      this.#swap(parent, best);
      parent = best;
    }
  }

  #before(a: number, b: number): boolean {
    if (a >= this.#items.length) return false;
    const difference = (this.#scores[a] ?? 0) - (this.#scores[b] ?? 0);
    return difference > 0 || (difference === 0 && (this.#ranks[a] ?? 0) < (this.#ranks[b] ?? 0));
  }

  #swap(a: number, b: number): void {
    swap(this.#items, a, b);
    swap(this.#scores, a, b);
    swap(this.#ranks, a, b);
  }
}

function swap(row: unknown[], a: number, b: number): void {
  const kept = row[a];
  row[a] = row[b];
  row[b] = kept;
}
