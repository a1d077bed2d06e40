/** One write as a model remembers it: the state it left, null for a deletion. */
export interface ModelWrite {
  readonly revision: number;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>> | null;
}

export type Matcher = (labels: Readonly<Record<string, string>>) => boolean;

/** Every write to the objects of one resource, and what lists and watches of it must show. */
export class WriteHistory {
  readonly writes: ModelWrite[] = [];

  record(write: ModelWrite): void {
    this.writes.push(write);
  }

  get lastRevision(): number {
    return this.writes.at(-1)?.revision ?? 0;
  }

  /** Objects at a revision, as `name@revision` in name order. */
  listAt(revision: number): string[] {
    const last = new Map<string, ModelWrite>();
    for (const write of this.writes) if (write.revision <= revision) last.set(write.name, write);
    return [...last.values()]
      .filter((write) => write.labels !== null)
      .map((write) => `${write.name}@${write.revision}`)
      .sort();
  }

  /** What a watcher that begins behind a revision must see, as `TYPE name@revision`. */
  eventsAfter(begin: number, matches: Matcher): string[] {
    const state = new Map<string, Readonly<Record<string, string>> | null>();
    const seen = (name: string) => {
      const labels = state.get(name) ?? null;
      return labels !== null && matches(labels);
    };
    const events: string[] = [];
    for (const { revision, name, labels } of this.writes) {
      const before = seen(name);
      state.set(name, labels);
      const after = seen(name);
      if (revision <= begin || (!before && !after)) continue;
      const type = before && after ? 'MODIFIED' : after ? 'ADDED' : 'DELETED';
      events.push(`${type} ${name}@${revision}`);
    }
    return events;
  }
}
