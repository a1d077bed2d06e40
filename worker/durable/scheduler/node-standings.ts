import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { standingOf, type NodeStanding } from '../../registry/node-standing.ts';
import { deepEqual } from '../../registry/rest/deep-equal.ts';
import type { ClearedNode, StandingUpdate } from './protocol.ts';

export interface NodeStandingsDeps {
  readonly kv: Pick<DurableObjectStorage['kv'], 'get' | 'put' | 'delete' | 'list'>;
  readonly readNode: (name: string) => KubernetesObject | null;
  /** The namespaces that have pods on a node. */
  readonly namespacesOn: (node: string) => ReadonlySet<string>;
}

/** `<prefix><node>`: the namespaces whose stores have a copy of the node's standing. */
const HOLDERS = 'standing-holders/';
/** `<prefix><namespace>`: the nodes that its store is to be told of. */
const DUE = 'standings-due/';

/**
 * Who has to know what nodes hold against their pods, and who knows it. All of it is kept, so that a
 * store is told at least once; what it is told is read when it is told, and one call to a store is
 * under way at a time, so an older state never follows a newer one.
 */
export class NodeStandings {
  readonly #deps: NodeStandingsDeps;
  readonly #known = new Map<string, NodeStanding | null>();

  constructor(deps: NodeStandingsDeps) {
    this.#deps = deps;
  }

  of(node: string): NodeStanding | null {
    let standing = this.#known.get(node);
    if (standing === undefined) {
      standing = standingOf(node, this.#deps.readNode(node));
      this.#known.set(node, standing);
    }
    return standing;
  }

  /** A node was sent anew, or is gone. Whether some store is to be told. */
  changed(node: string): boolean {
    const standing = standingOf(node, this.#deps.readNode(node));
    if (deepEqual(standing, this.#known.get(node))) return false;
    this.#known.set(node, standing);
    const holders = this.#read(HOLDERS, node);
    const concerned = standing === null ? holders : [...holders, ...this.#deps.namespacesOn(node)];
    for (const namespace of concerned) this.#add(DUE, namespace, node);
    return concerned.length > 0;
  }

  /** Pods of a namespace are on these nodes. Whether its store is to be told of one of them. */
  placed(namespace: string, nodes: readonly string[]): boolean {
    const news = [...new Set(nodes)].filter(
      (node) => this.of(node) !== null && !this.#read(HOLDERS, node).includes(namespace),
    );
    for (const node of news) this.#add(DUE, namespace, node);
    return news.length > 0;
  }

  /**
   * Pods of a namespace have left these nodes. Of a node that is gone nothing has to be known any
   * more when its last pod is. Whether the store is to be told.
   */
  released(namespace: string, nodes: readonly string[]): boolean {
    const over = [...new Set(nodes)].filter(
      (node) =>
        this.of(node) !== null &&
        this.#standingFor(namespace, node) === null &&
        this.#read(HOLDERS, node).includes(namespace),
    );
    for (const node of over) this.#add(DUE, namespace, node);
    return over.length > 0;
  }

  /**
   * Those of the nodes that hold nothing against pods any more, while the namespace's store does not
   * know it: a pod must not be bound to a node and go because of what is over.
   */
  cleared(namespace: string, nodes: readonly string[]): ClearedNode[] {
    return [...new Set(nodes)]
      .filter((node) => this.of(node) === null && this.#read(HOLDERS, node).includes(namespace))
      .map((node) => ({ node, revision: this.#revision(node) }));
  }

  /** What a namespace's store is to be told. */
  updateOf(namespace: string, node: string): StandingUpdate {
    const standing = this.#standingFor(namespace, node);
    return { node, standing, revision: this.#revision(node) };
  }

  /** The nodes that each namespace's store is to be told of. */
  due(): ReadonlyMap<string, readonly string[]> {
    const rows = this.#deps.kv.list<string[]>({ prefix: DUE });
    return new Map([...rows].map(([key, nodes]) => [key.slice(DUE.length), nodes]));
  }

  /** A store was told. False when it has to be told again, because a node has changed meanwhile. */
  told(namespace: string, updates: readonly StandingUpdate[]): boolean {
    let isComplete = true;
    for (const { node, standing } of updates) {
      if (standing === null) this.#remove(HOLDERS, node, namespace);
      else this.#add(HOLDERS, node, namespace);
      if (deepEqual(standing, this.#standingFor(namespace, node)))
        this.#remove(DUE, namespace, node);
      else isComplete = false;
    }
    return isComplete;
  }

  #standingFor(namespace: string, node: string): NodeStanding | null {
    const standing = this.of(node);
    const isOver = standing?.spec.isGone && !this.#deps.namespacesOn(node).has(namespace);
    return isOver ? null : standing;
  }

  #revision(node: string): number {
    return Number(this.#deps.readNode(node)?.metadata.resourceVersion ?? 0);
  }

  #read(prefix: string, name: string): readonly string[] {
    return this.#deps.kv.get<string[]>(prefix + name) ?? [];
  }

  #add(prefix: string, name: string, member: string): void {
    const members = this.#read(prefix, name);
    if (!members.includes(member)) this.#deps.kv.put(prefix + name, [...members, member]);
  }

  #remove(prefix: string, name: string, member: string): void {
    const members = this.#read(prefix, name).filter((other) => other !== member);
    if (members.length === 0) this.#deps.kv.delete(prefix + name);
    else this.#deps.kv.put(prefix + name, members);
  }
}
