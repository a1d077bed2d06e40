import type { Taint } from '../kinds.ts';
import type { Ledger, LedgerNode } from './ledger.ts';
import { imageScores } from './image-locality.ts';
import { acceptsNode, namedNodes, preferenceFor } from './node-affinity.ts';
import type { NodeTable } from './node-table.ts';
import type { Constraints } from './pod-request.ts';
import type { Rejection } from './rejection.ts';
import { countDisliked, hasUntoleratedTaint, toleratesTaint } from './tolerations.ts';

const UNSCHEDULABLE_TAINT: Taint = {
  key: 'node.kubernetes.io/unschedulable',
  effect: 'NoSchedule',
};
const UNNAMED = 1;
const CORDONED = 2;
const TAINTED = 4;
const NOT_WANTED = 8;
/** In the order in which upstream's plugins are asked: the first that objects speaks. */
const REASONS: readonly (readonly [number, string])[] = [
  [UNNAMED, "node(s) didn't satisfy plugin(s) [NodeAffinity]"],
  [CORDONED, 'node(s) were unschedulable'],
  [TAINTED, 'node(s) had untolerated taint(s)'],
  [NOT_WANTED, "node(s) didn't match Pod's node affinity/selector"],
];

/**
 * What nodes are to a pod whatever else runs on them: the filters NodeUnschedulable, TaintToleration
 * and NodeAffinity, and the raw scores of TaintToleration, NodeAffinity and ImageLocality.
 */
export class StaticFit {
  /** Zero where no filter objects. */
  readonly verdicts: Uint8Array;
  /** Taints that would rather not have the pod. */
  readonly disliked: Uint16Array;
  /** Summed weight of the preferred node affinity. */
  readonly preference: Int32Array;
  readonly images: Uint8Array;

  constructor(ledger: Ledger, table: NodeTable, constraints: Constraints) {
    const { size } = table;
    this.verdicts = new Uint8Array(size);
    this.disliked = new Uint16Array(size);
    this.preference = new Int32Array(size);
    this.images = imageScores(ledger, table, constraints.images ?? []);
    const named = namedNodes(constraints);
    const isCordonTolerated = toleratesTaint(constraints.tolerations, UNSCHEDULABLE_TAINT);
    table.nodes.forEach((node, slot) => {
      this.verdicts[slot] =
        (named === null || named.has(node.name) ? 0 : UNNAMED) |
        (node.unschedulable && !isCordonTolerated ? CORDONED : 0) |
        judge(constraints, node);
      this.disliked[slot] = countDisliked(constraints.tolerations, node.taints);
      this.preference[slot] = preferenceFor(constraints, node);
    });
  }

  rejection(slot: number): Rejection | null {
    const verdict = this.verdicts[slot] ?? 0;
    const found = REASONS.find(([bit]) => (verdict & bit) !== 0);
    return found === undefined ? null : { reasons: [found[1]], final: true };
  }

  /** Whether the pod's own node affinity and selector accept the node. */
  isWanted(slot: number): boolean {
    return ((this.verdicts[slot] ?? 0) & NOT_WANTED) === 0;
  }

  isTolerated(slot: number): boolean {
    return ((this.verdicts[slot] ?? 0) & TAINTED) === 0;
  }
}

function judge(constraints: Constraints, node: LedgerNode): number {
  return (
    (hasUntoleratedTaint(constraints.tolerations, node.taints) ? TAINTED : 0) |
    (acceptsNode(constraints, node) ? 0 : NOT_WANTED)
  );
}
