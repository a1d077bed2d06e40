import type { LedgerNode } from './ledger.ts';
import type { Demand } from './demand.ts';

/** Upstream's default weights of the plugins of these names. */
const TAINT_WEIGHT = 3;
const AFFINITY_WEIGHT = 2;
const SPREAD_WEIGHT = 2;
const MAX_SCORE = 100;

/** The part of a node's score that does not change while a batch is placed, normalized over the candidates. */
export function staticScore(
  disliked: number,
  maxDisliked: number,
  preference: number,
  maxPreference: number,
): number {
  const taints = maxDisliked === 0 ? MAX_SCORE : MAX_SCORE * (1 - disliked / maxDisliked);
  const affinity = maxPreference === 0 ? 0 : (MAX_SCORE * preference) / maxPreference;
  return TAINT_WEIGHT * Math.floor(taints) + AFFINITY_WEIGHT * Math.floor(affinity);
}

/**
 * The part that depends on what is on the node, with the pod on it: LeastAllocated and
 * BalancedAllocation over CPU and memory as upstream computes them, and a term that falls with
 * every pod of the same family. That one depends on this node alone (upstream's PodTopologySpread
 * compares all nodes), so a placement changes one node's score and no other's.
 */
export function loadScore(
  node: LedgerNode,
  demand: Demand,
  family: string,
  cpuColumn: number,
  memoryColumn: number,
): number {
  const cpu = usedFraction(node.scoringCPU + demand.scoringCPU, node.allocatable[cpuColumn]);
  const memory = usedFraction(
    node.scoringMemory + demand.scoringMemory,
    node.allocatable[memoryColumn],
  );
  const least = (Math.floor(MAX_SCORE * (1 - cpu)) + Math.floor(MAX_SCORE * (1 - memory))) / 2;
  const balanced = Math.floor(MAX_SCORE * (1 - Math.abs(cpu - memory) / 2));
  const siblings = family === '' ? 0 : (node.families.get(family) ?? 0);
  return Math.floor(least) + balanced + SPREAD_WEIGHT * (MAX_SCORE / (1 + siblings));
}

function usedFraction(used: number, allocatable = 0): number {
  return allocatable <= 0 ? 1 : Math.min(1, used / allocatable);
}
