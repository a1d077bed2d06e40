import { EMPTY_SET, type FieldSet, SELF } from './field-set.ts';
import type { PathElement } from './path-element.ts';

/** A set while it is being built. */
interface Tree {
  [element: PathElement]: Tree;
}

/** What every leaf of a builder's tree is, so that those can be told apart. */
const EMPTY_NODE: Tree = Object.freeze({});

/** Collects paths into a set. Every node but the shared empty one belongs to the builder. */
export class FieldSetBuilder {
  #root: Tree | undefined;

  /** Adds a path; that of no element is not kept. */
  insert(path: readonly PathElement[]): void {
    const { length } = path;
    if (length === 0) return;
    let node = (this.#root ??= {});
    for (let i = 0; i < length - 1; i++) {
      const element = path[i] ?? SELF;
      const next = node[element];
      if (next === undefined) node = newChild(node, element, {});
      else if (next === EMPTY_NODE) node = newChild(node, element, { [SELF]: EMPTY_NODE });
      else node = next;
    }
    const last = path[length - 1] ?? SELF;
    const existing = node[last];
    if (existing === undefined) node[last] = EMPTY_NODE;
    else if (existing !== EMPTY_NODE) existing[SELF] = EMPTY_NODE;
  }

  get set(): FieldSet {
    return this.#root ?? EMPTY_SET;
  }
}

function newChild(parent: Tree, element: PathElement, child: Tree): Tree {
  parent[element] = child;
  return child;
}

/** The set of the given paths, each a list of elements. */
export function newFieldSet(paths: readonly (readonly PathElement[])[]): FieldSet {
  const builder = new FieldSetBuilder();
  for (const path of paths) builder.insert(path);
  return builder.set;
}
