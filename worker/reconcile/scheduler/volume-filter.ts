import type { LedgerNode } from './ledger.ts';
import type { NodeTable } from './node-table.ts';
import { acceptsAny } from './node-affinity.ts';
import type { Rejection } from './rejection.ts';
import type { DelayedClaim, VolumeConstraints } from './volume-constraints.ts';

const TAKEN: Rejection = {
  reasons: [
    'node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode',
  ],
  final: true,
};
const ELSEWHERE = "node(s) didn't match PersistentVolume's node affinity";
const NONE_FREE = "node(s) didn't find available persistent volumes to bind";
const NOT_THERE = 'node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)';
const WRONG_ZONE: Rejection = { reasons: ['node(s) had no available volume zone'], final: true };

const ZONE_LABELS = new Set([
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
]);
/** Between the zones of a volume that is in several. */
const ZONE_SEPARATOR = '__';

/**
 * The filters VolumeRestrictions, VolumeBinding and VolumeZone, for pods that have claims. What they
 * say does not depend on other pods on the node.
 */
export class VolumeFilter {
  readonly #rejections: readonly (Rejection | null)[];

  /** @param volumes absent for pods without claims, whose filter is not active */
  constructor(table: NodeTable, volumes: VolumeConstraints | undefined) {
    this.#rejections =
      volumes === undefined ? [] : table.nodes.map((node) => rejectionOf(volumes, node));
  }

  get isActive(): boolean {
    return this.#rejections.length > 0;
  }

  allows(slot: number): boolean {
    return (this.#rejections[slot] ?? null) === null;
  }

  rejection(slot: number): Rejection | null {
    return this.#rejections[slot] ?? null;
  }
}

/**
 * Whether a pod keeps a node that it was promised: not when its volumes are elsewhere, and not while no
 * node has been selected for its claims, which may mean that nothing could be had on the last one.
 */
export function keepsNode(volumes: VolumeConstraints, node: LedgerNode): boolean {
  return (
    volumes.unresolvable === undefined &&
    rejectionOf(volumes, node) === null &&
    volumes.delayed.every(({ selectedNode }) => selectedNode === node.name)
  );
}

function rejectionOf(volumes: VolumeConstraints, node: LedgerNode): Rejection | null {
  if (volumes.isTaken === true) return TAKEN;
  const reasons: string[] = [];
  if (!volumes.nodes.every((terms) => acceptsAny(terms, node))) reasons.push(ELSEWHERE);
  if (!canBind(volumes.delayed, node)) reasons.push(NONE_FREE);
  if (volumes.isLost === true) reasons.push(NOT_THERE);
  if (reasons.length > 0) return { reasons, final: true };
  return volumes.zones.every((zones) => isInZone(zones, node)) ? null : WRONG_ZONE;
}

/** Whether every claim finds a volume of its own on the node, or one can be made for it there. */
function canBind(claims: readonly DelayedClaim[], node: LedgerNode): boolean {
  const chosen = new Set<string>();
  return claims.every((claim) => {
    const { selectedNode, candidates } = claim;
    if (selectedNode !== undefined && selectedNode !== node.name) return false;
    const found = candidates.find(
      ({ name, nodeTerms }) =>
        !chosen.has(name) && (nodeTerms === undefined || acceptsAny(nodeTerms, node)),
    );
    if (found !== undefined) chosen.add(found.name);
    return found !== undefined || canProvision(claim, node);
  });
}

function canProvision(
  { provisions, topologies, excludes }: DelayedClaim,
  node: LedgerNode,
): boolean {
  if (!provisions || excludes?.includes(node.name) === true) return false;
  return topologies === undefined || acceptsAny(topologies, node);
}

function isInZone(zones: Readonly<Record<string, string>>, { labels }: LedgerNode): boolean {
  // A node that says nothing about zones is in all of them.
  if (!Object.keys(labels).some((key) => ZONE_LABELS.has(key))) return true;
  return Object.entries(zones).every(([key, value]) =>
    value.split(ZONE_SEPARATOR).includes(labels[key] ?? ''),
  );
}
