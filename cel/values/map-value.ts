import { DYN, mapOf, type CelType } from '../types/cel-type.ts';
import { equal } from './equality.ts';
import { ErrorValue, isError } from './error-value.ts';
import { formatValue } from './format-value.ts';
import { Uint } from './uint.ts';
import { CelObject, type Value } from './value.ts';

const MAP = mapOf(DYN, DYN);

/** A map, or an object whose fields are looked up by name. */
export abstract class MapValue extends CelObject {
  readonly type: CelType = MAP;
  abstract override get size(): number;

  /** The value of a key, undefined where there is none. */
  abstract find(key: Value): Value | undefined;

  /** All keys, in the order of iteration. */
  abstract keys(): Iterable<Value>;

  override isZero(): boolean {
    return this.size === 0;
  }

  override equals(other: Value): Value {
    if (!(other instanceof MapValue)) return false;
    if (other.size !== this.size) return false;
    let error: Value | undefined;
    for (const key of this.keys()) {
      const theirs = other.find(key);
      if (theirs === undefined) return false;
      const same = equal(this.find(key) ?? null, theirs);
      if (same === false) return false;
      if (isError(same)) error ??= same;
    }
    return error ?? true;
  }
}

/** What a key is in a JavaScript map: numbers that are equal are the same key whatever their type. */
function identityOf(key: Value): unknown {
  if (typeof key === 'number') return Number.isInteger(key) ? BigInt(key) : key;
  return key instanceof Uint ? key.value : key;
}

/** A map that an expression built. */
export class EntryMap extends MapValue {
  readonly #entries = new Map<unknown, readonly [key: Value, value: Value]>();

  constructor(entries: Iterable<readonly [Value, Value]> = []) {
    super();
    for (const [key, value] of entries) this.#entries.set(identityOf(key), [key, value]);
  }

  override get size(): number {
    return this.#entries.size;
  }

  override find(key: Value): Value | undefined {
    return this.#entries.get(identityOf(key))?.[1];
  }

  override *keys(): Iterable<Value> {
    for (const [key] of this.#entries.values()) yield key;
  }

  /** Adds a key for the fold that this map is the accumulator of. Returns the map, or an error for a key that it has. */
  insert(key: Value, value: Value): Value {
    const identity = identityOf(key);
    if (this.#entries.has(identity)) {
      return new ErrorValue(`insert failed: key ${formatValue(key)} already exists`);
    }
    this.#entries.set(identity, [key, value]);
    return this;
  }
}
