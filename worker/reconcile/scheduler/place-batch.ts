import { CandidateHeap } from './candidate-heap.ts';
import { hasRoom, rejectByConstraints, rejectByRoom } from './filters.ts';
import type { CompiledDemand } from './filters.ts';
import type { Ledger, LedgerNode } from './ledger.ts';
import { preferenceFor } from './node-affinity.ts';
import type { Footprint, PodRequest } from './pod-request.ts';
import { loadScore, staticScore } from './score.ts';
import { countDisliked } from './tolerations.ts';
import { RejectionTally } from './unschedulable-message.ts';

export interface Placement {
  readonly bindings: readonly { readonly podUID: string; readonly nodeName: string }[];
  readonly unschedulable: readonly { readonly podUID: string; readonly message: string }[];
}

/**
 * Places pods on nodes and reserves what they need in the ledger, in order of priority and then as
 * given. A pod goes to the best-scoring node that passes every filter. Pods that are alike are placed
 * as one group: nodes are filtered and scored once, and each placement then rescores one node, so
 * the work is about nodes × groups + pods × log nodes. `seed` turns the order in which equally good
 * nodes are taken; the same ledger, pods and seed give the same placement. A pod that has a place
 * reserved already keeps it: its store asks again because it never got the answer.
 */
export function placeBatch(ledger: Ledger, pods: readonly PodRequest[], seed: number): Placement {
  const bindings: { podUID: string; nodeName: string }[] = [];
  const unschedulable: { podUID: string; message: string }[] = [];
  const nodes = ledger.nodes();
  const known = new Set(nodes.map(({ name }) => name));
  const waiting = pods.filter(({ uid }) => {
    const nodeName = ledger.nodeOf(uid);
    if (nodeName === undefined || !known.has(nodeName)) return true;
    bindings.push({ podUID: uid, nodeName });
    return false;
  });
  for (const group of groupAlike(waiting)) {
    const round = newRound(ledger, nodes, group, seed);
    for (const { uid, footprint } of group) {
      const nodeName = placeNext(ledger, round, uid, footprint);
      if (nodeName === null) unschedulable.push({ podUID: uid, message: messageOf(round) });
      else bindings.push({ podUID: uid, nodeName });
    }
  }
  return { bindings, unschedulable };
}

/** Groups in order of priority, then of their first pod. */
function groupAlike(pods: readonly PodRequest[]): PodRequest[][] {
  const groups = new Map<string, PodRequest[]>();
  for (const pod of pods) {
    const key = JSON.stringify([pod.priority, pod.footprint, pod.constraints]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [pod]);
    else group.push(pod);
  }
  return [...groups.values()].sort((a, b) => (b[0]?.priority ?? 0) - (a[0]?.priority ?? 0));
}

interface Candidate {
  readonly node: LedgerNode;
  readonly base: number;
}

/** The state of placing one group. */
interface Round {
  readonly nodes: readonly LedgerNode[];
  readonly constraints: PodRequest['constraints'] | undefined;
  readonly demand: CompiledDemand;
  readonly heap: CandidateHeap<Candidate>;
  readonly score: (candidate: Candidate) => number;
  /** Said of every further pod of the group: room does not come back within a batch. */
  message: string | null;
}

function newRound(
  ledger: Ledger,
  nodes: readonly LedgerNode[],
  group: readonly PodRequest[],
  seed: number,
): Round {
  const first = group[0];
  const constraints = first?.constraints;
  const demand = compile(ledger, first?.footprint);
  const open = nodes.filter(
    (node) =>
      constraints !== undefined &&
      rejectByConstraints(constraints, node) === null &&
      hasRoom(demand, node),
  );
  const candidates = rate(constraints, open);
  const cpu = ledger.column('cpu');
  const memory = ledger.column('memory');
  const score = ({ node, base }: Candidate): number =>
    first === undefined
      ? 0
      : base + loadScore(node, first.footprint.demand, first.footprint.family, cpu, memory);
  const ranks = open.map(({ index }) => rotate(index, seed, nodes.length));
  const heap = new CandidateHeap(candidates, candidates.map(score), ranks);
  return { nodes, constraints, demand, heap, score, message: null };
}

function compile(ledger: Ledger, footprint: Footprint | undefined): CompiledDemand {
  const needs = Object.entries(footprint?.demand.requests ?? {}).filter(([, amount]) => amount > 0);
  return {
    resources: needs.map(([resource]) => resource),
    columns: needs.map(([resource]) => ledger.column(resource)),
    amounts: needs.map(([, amount]) => amount),
    hostPorts: footprint?.hostPorts ?? [],
  };
}

function rate(
  constraints: PodRequest['constraints'] | undefined,
  nodes: readonly LedgerNode[],
): Candidate[] {
  if (constraints === undefined) return [];
  const disliked = nodes.map((node) => countDisliked(constraints.tolerations, node.taints));
  const preferences = nodes.map((node) => preferenceFor(constraints, node));
  const maxDisliked = disliked.reduce((a, b) => Math.max(a, b), 0);
  const maxPreference = preferences.reduce((a, b) => Math.max(a, b), 0);
  return nodes.map((node, i) => ({
    node,
    base: staticScore(disliked[i] ?? 0, maxDisliked, preferences[i] ?? 0, maxPreference),
  }));
}

/** Distinct for distinct indexes; which one comes first turns with the seed. */
function rotate(index: number, seed: number, count: number): number {
  const start = count === 0 ? 0 : seed % count;
  return index >= start ? index - start : index + 2 ** 32;
}

function placeNext(ledger: Ledger, round: Round, uid: string, footprint: Footprint): string | null {
  for (;;) {
    const best = round.heap.top();
    if (best === undefined) return null;
    if (!hasRoom(round.demand, best.node)) {
      round.heap.removeTop();
      continue;
    }
    ledger.reserve(uid, best.node.name, footprint);
    round.heap.rescoreTop(round.score(best));
    return best.node.name;
  }
}

function messageOf(round: Round): string {
  if (round.message !== null) return round.message;
  const tally = new RejectionTally();
  for (const node of round.nodes) {
    const rejection =
      round.constraints === undefined ? null : rejectByConstraints(round.constraints, node);
    tally.add(rejection ?? rejectByRoom(round.demand, node));
  }
  round.message = tally.message();
  return round.message;
}
