import type { MetaTable } from './meta-table.ts';

const FOLLOWERS = 'nodeFollowers';

/**
 * Cluster scope: the namespaces whose stores have copies of Nodes. Each time that one asks for them
 * it gets another mark, so that an older answer of it, that it wants none, does not end a newer wish.
 */
export class NodeFollowers {
  readonly #meta: Pick<MetaTable, 'get' | 'set'>;

  constructor(meta: Pick<MetaTable, 'get' | 'set'>) {
    this.#meta = meta;
  }

  marks(): ReadonlyMap<string, number> {
    return new Map(this.#read());
  }

  /** Inside a transaction. */
  add(namespace: string): void {
    const marks = this.#read();
    const last = marks.reduce((most, [, mark]) => Math.max(most, mark), 0);
    this.#write([...marks.filter(([name]) => name !== namespace), [namespace, last + 1]]);
  }

  /** Unless it has asked again since it had that mark. Inside a transaction. */
  remove(namespace: string, mark: number): void {
    this.#write(this.#read().filter(([name, current]) => name !== namespace || current !== mark));
  }

  #read(): [string, number][] {
    return JSON.parse(this.#meta.get(FOLLOWERS) ?? '[]') as [string, number][];
  }

  #write(marks: readonly [string, number][]): void {
    this.#meta.set(FOLLOWERS, JSON.stringify(marks));
  }
}
