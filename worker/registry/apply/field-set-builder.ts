import { EMPTY_SET, type FieldSet, type MutableSet, SELF } from './field-set.ts';
import type { PathElement } from './path-element.ts';

/** Collects paths into a set. */
export class FieldSetBuilder {
  #root: MutableSet | undefined;

  /** Adds the path of the first `length` elements; that of no element is not kept. */
  insert(path: readonly PathElement[], length = path.length): void {
    if (length === 0) return;
    let node = (this.#root ??= {});
    for (let i = 0; i < length - 1; i++) {
      const element = path[i] ?? SELF;
      const next = node[element];
      if (next === undefined) node = newChild(node, element, {});
      else if (next === EMPTY_SET) node = newChild(node, element, { [SELF]: EMPTY_SET });
      // Every node that is not the shared empty one was made here and belongs to this builder.
      else node = next as MutableSet;
    }
    const last = path[length - 1] ?? SELF;
    const existing = node[last];
    if (existing === undefined) node[last] = EMPTY_SET;
    else if (existing !== EMPTY_SET) (existing as MutableSet)[SELF] = EMPTY_SET;
  }

  get set(): FieldSet {
    return this.#root ?? EMPTY_SET;
  }
}

function newChild(parent: MutableSet, element: PathElement, child: MutableSet): MutableSet {
  parent[element] = child;
  return child;
}

/** The set of the given paths, each a list of elements. */
export function newFieldSet(paths: readonly (readonly PathElement[])[]): FieldSet {
  const builder = new FieldSetBuilder();
  for (const path of paths) builder.insert(path);
  return builder.set;
}
