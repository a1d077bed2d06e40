import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { StoredObject } from './revision-store.ts';

/** Parsed objects kept, by the length of their text; parsed they take about three times that. */
const MAX_CACHED_CHARACTERS = 12 * 1024 * 1024;
/** Below it nothing leaves soon, and the order in which objects are used need not be kept. */
const CROWDED_CHARACTERS = MAX_CACHED_CHARACTERS / 2;

interface Entry {
  readonly revision: number;
  readonly size: number;
  readonly object: KubernetesObject;
}

/**
 * Parsed forms of the objects as they are now, so that planners that read a thousand pods per turn
 * do not parse a thousand texts. Whoever writes keeps it in step: `remember` with every write,
 * `forget` with every deletion and for what a rollback undid. Oldest-used entries leave first.
 */
export class ObjectCache {
  readonly #entries = new Map<string, Entry>();
  #size = 0;

  /** The object as it is now, where it is known. Shared: callers must not change it. */
  current(resource: string, name: string): KubernetesObject | undefined {
    const key = `${resource}/${name}`;
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#use(key, entry);
    return entry.object;
  }

  /** The parsed form of what is stored. Shared: callers must not change it. */
  parsed(resource: string, stored: StoredObject): KubernetesObject {
    const key = `${resource}/${stored.name}`;
    const entry = this.#entries.get(key);
    if (entry?.revision === stored.revision) {
      this.#use(key, entry);
      return entry.object;
    }
    const object = JSON.parse(stored.value) as KubernetesObject;
    this.remember(resource, stored.name, stored.revision, stored.value.length, object);
    return object;
  }

  remember(
    resource: string,
    name: string,
    revision: number,
    size: number,
    object: KubernetesObject,
  ): void {
    const key = `${resource}/${name}`;
    this.forget(resource, name);
    this.#entries.set(key, { revision, size, object });
    this.#size += size;
    for (const [oldest, entry] of this.#entries) {
      if (this.#size <= MAX_CACHED_CHARACTERS) break;
      this.#entries.delete(oldest);
      this.#size -= entry.size;
    }
  }

  #use(key: string, entry: Entry): void {
    if (this.#size < CROWDED_CHARACTERS) return;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
  }

  forget(resource: string, name: string): void {
    const key = `${resource}/${name}`;
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#size -= entry.size;
  }
}
