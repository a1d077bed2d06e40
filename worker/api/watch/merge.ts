/** An event that waits for its turn. */
interface Pending {
  readonly revision: number;
  readonly event: string;
}

interface Source {
  /** No event at or below it will come any more. */
  closedTo: number;
  /** Progress up to this revision was asked for; answered when `closedTo` is there. */
  askedFor: number;
  /** Whether it can be asked. */
  open: boolean;
}

/**
 * Merges the watches of several stores into one stream in revision order. An event goes out once
 * every other source has closed its past beyond it; sources that have not are asked to, at most one
 * question under way each. Pure: what to send and whom to ask are returned.
 */
export class Merge {
  readonly #sources = new Map<string, Source>();
  #pending: Pending[] = [];

  /** Takes a source in: from here on nothing goes out that it has not closed its past beyond. */
  add(source: string, closedTo: number): void {
    this.#sources.set(source, { closedTo, askedFor: closedTo, open: false });
  }

  /** The source can be asked from here on. */
  open(source: string): void {
    const found = this.#sources.get(source);
    if (found !== undefined) found.open = true;
  }

  has(source: string): boolean {
    return this.#sources.has(source);
  }

  /** Takes an event of a source in; events of one source come in revision order. */
  event(source: string, revision: number, event: string): void {
    this.#pending.push({ revision, event });
    this.#close(source, revision);
  }

  /** A source has nothing at or below a revision any more. */
  progress(source: string, revision: number): void {
    this.#close(source, revision);
  }

  #close(source: string, revision: number): void {
    const found = this.#sources.get(source);
    if (found !== undefined) found.closedTo = Math.max(found.closedTo, revision);
  }

  /** Events whose turn has come, in order. */
  takeReady(): Pending[] {
    if (this.#pending.length === 0) return [];
    let closed = Number.POSITIVE_INFINITY;
    for (const { closedTo } of this.#sources.values()) closed = Math.min(closed, closedTo);
    const ready = this.#pending.filter((p) => p.revision <= closed);
    if (ready.length > 0) this.#pending = this.#pending.filter((p) => p.revision > closed);
    return ready.sort((a, b) => a.revision - b.revision);
  }

  /** Whom to ask for progress, and up to which revision, so that what is pending can go out. */
  takeQuestions(): { source: string; revision: number }[] {
    const wanted = this.#pending.reduce((max, p) => Math.max(max, p.revision), 0);
    const questions: { source: string; revision: number }[] = [];
    for (const [name, source] of this.#sources) {
      const answered = source.closedTo >= source.askedFor;
      if (!source.open || source.closedTo >= wanted || !answered) continue;
      source.askedFor = wanted;
      questions.push({ source: name, revision: wanted });
    }
    return questions;
  }

  get pendingCount(): number {
    return this.#pending.length;
  }
}
