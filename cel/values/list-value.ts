import { DYN, listOf, type CelType } from '../types/cel-type.ts';
import { equal } from './equality.ts';
import { isError, NO_SUCH_OVERLOAD } from './error-value.ts';
import { CelObject, type Value } from './value.ts';

const LIST = listOf(DYN);

/** A list. Elements may be made when they are asked for. */
export abstract class ListValue extends CelObject {
  readonly type: CelType = LIST;
  abstract override get size(): number;

  /** The element at an index that is within bounds. */
  abstract get(index: number): Value;

  override isZero(): boolean {
    return this.size === 0;
  }

  /** All elements, as an array that nobody may change. */
  toArray(): readonly Value[] {
    return Array.from({ length: this.size }, (_, index) => this.get(index));
  }

  contains(value: Value): boolean {
    const { size } = this;
    for (let i = 0; i < size; i++) if (equal(value, this.get(i)) === true) return true;
    return false;
  }

  override equals(other: Value): Value {
    if (!(other instanceof ListValue)) return false;
    if (other.size !== this.size) return false;
    let error: Value | undefined;
    for (let i = 0; i < this.size; i++) {
      const same = equal(this.get(i), other.get(i));
      if (same === false) return false;
      if (isError(same)) error ??= same;
    }
    return error ?? true;
  }

  /** `this + other`. */
  concat(other: Value): Value {
    return other instanceof ListValue ? new ConcatenatedList(this, other) : NO_SUCH_OVERLOAD;
  }
}

export class ArrayList extends ListValue {
  readonly #elements: readonly Value[];

  constructor(elements: readonly Value[]) {
    super();
    this.#elements = elements;
  }

  override get size(): number {
    return this.#elements.length;
  }

  override get(index: number): Value {
    return this.#elements[index] as Value; // within bounds
  }

  override toArray(): readonly Value[] {
    return this.#elements;
  }
}

/** Two lists as one. Copied only when an element is asked for, as adding costs one unit whatever the sizes. */
class ConcatenatedList extends ListValue {
  #parts: readonly [ListValue, ListValue] | undefined;
  #elements: readonly Value[] = [];
  readonly #size: number;

  constructor(left: ListValue, right: ListValue) {
    super();
    this.#parts = [left, right];
    this.#size = left.size + right.size;
  }

  override get size(): number {
    return this.#size;
  }

  override get(index: number): Value {
    return this.toArray()[index] as Value; // within bounds
  }

  override toArray(): readonly Value[] {
    if (this.#parts !== undefined) {
      this.#elements = flatten(this);
      this.#parts = undefined;
    }
    return this.#elements;
  }

  /** The two parts while they are not copied yet. */
  get parts(): readonly [ListValue, ListValue] | undefined {
    return this.#parts;
  }
}

/** Without recursion: a fold can chain more lists than the stack is deep. */
function flatten(list: ListValue): readonly Value[] {
  const elements: Value[] = [];
  const pending: ListValue[] = [list];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const parts = next instanceof ConcatenatedList ? next.parts : undefined;
    if (parts === undefined) for (const element of next.toArray()) elements.push(element);
    else pending.push(parts[1], parts[0]);
  }
  return elements;
}

/** What a comprehension collects into: appending changes it, which no expression can observe. */
export class GrowingList extends ListValue {
  readonly #elements: Value[] = [];

  override get size(): number {
    return this.#elements.length;
  }

  override get(index: number): Value {
    return this.#elements[index] as Value; // within bounds
  }

  override toArray(): readonly Value[] {
    return this.#elements;
  }

  override concat(other: Value): Value {
    if (!(other instanceof ListValue)) return NO_SUCH_OVERLOAD;
    for (const element of other.toArray()) this.#elements.push(element);
    return this;
  }
}
