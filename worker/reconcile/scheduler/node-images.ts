import type { NodeStatus } from 'kubernetes-types/core/v1.js';

interface Image<N> {
  sizeBytes: number;
  readonly nodes: Set<N>;
}

/** Which nodes have which images, by every name that a node gives an image. */
export class NodeImages<N> {
  readonly #images = new Map<string, Image<N>>();
  readonly #namesOf = new Map<N, readonly string[]>();

  set(node: N, images: NodeStatus['images']): void {
    this.remove(node);
    const names: string[] = [];
    for (const { names: aliases, sizeBytes = 0 } of images ?? []) {
      for (const name of aliases ?? []) {
        const image = this.#images.get(name) ?? { sizeBytes, nodes: new Set<N>() };
        image.sizeBytes = sizeBytes;
        image.nodes.add(node);
        this.#images.set(name, image);
        names.push(name);
      }
    }
    if (names.length > 0) this.#namesOf.set(node, names);
  }

  remove(node: N): void {
    for (const name of this.#namesOf.get(node) ?? []) {
      const image = this.#images.get(name);
      image?.nodes.delete(node);
      if (image?.nodes.size === 0) this.#images.delete(name);
    }
    this.#namesOf.delete(node);
  }

  get(name: string): { readonly sizeBytes: number; readonly nodes: ReadonlySet<N> } | undefined {
    return this.#images.get(name);
  }
}
