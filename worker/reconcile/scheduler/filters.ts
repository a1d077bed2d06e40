import type { Taint } from '../kinds.ts';
import { splitHostPort } from './ledger.ts';
import type { LedgerNode } from './ledger.ts';
import { acceptsNode } from './node-affinity.ts';
import type { Constraints } from './pod-request.ts';
import { hasUntoleratedTaint, toleratesTaint } from './tolerations.ts';

/** Why a node cannot take a pod. `final`: no eviction of other pods would change it. */
export interface Rejection {
  readonly reasons: readonly string[];
  readonly final: boolean;
}

const UNSCHEDULABLE_TAINT: Taint = {
  key: 'node.kubernetes.io/unschedulable',
  effect: 'NoSchedule',
};
const CORDONED: Rejection = { reasons: ['node(s) were unschedulable'], final: true };
const TAINTED: Rejection = { reasons: ['node(s) had untolerated taint(s)'], final: true };
const NOT_WANTED: Rejection = {
  reasons: ["node(s) didn't match Pod's node affinity/selector"],
  final: true,
};
const PORTS_TAKEN: Rejection = {
  reasons: ["node(s) didn't have free ports for the requested pod ports"],
  final: false,
};

/** Filters that do not depend on what is on the node, in upstream's order; the first that objects speaks. */
export function rejectByConstraints(constraints: Constraints, node: LedgerNode): Rejection | null {
  const { tolerations } = constraints;
  if (node.unschedulable && !toleratesTaint(tolerations, UNSCHEDULABLE_TAINT)) return CORDONED;
  if (hasUntoleratedTaint(tolerations, node.taints)) return TAINTED;
  return acceptsNode(constraints, node) ? null : NOT_WANTED;
}

/** A demand with its resources' columns looked up, in the form that is compared node by node. */
export interface CompiledDemand {
  readonly columns: readonly number[];
  readonly amounts: readonly number[];
  readonly resources: readonly string[];
  readonly hostPorts: readonly string[];
}

/** Whether the node has room. Called for every candidate and every placement: allocates nothing. */
export function hasRoom(demand: CompiledDemand, node: LedgerNode): boolean {
  const { columns, amounts } = demand;
  for (let i = 0; i < columns.length; i++) {
    const column = columns[i] ?? 0;
    const free = (node.allocatable[column] ?? 0) - (node.requested[column] ?? 0);
    if ((amounts[i] ?? 0) > free) return false;
  }
  return demand.hostPorts.length === 0 || !portsConflict(demand.hostPorts, node);
}

/** Says why a node without room has none. */
export function rejectByRoom(demand: CompiledDemand, node: LedgerNode): Rejection {
  if (portsConflict(demand.hostPorts, node)) return PORTS_TAKEN;
  const reasons: string[] = [];
  let final = false;
  demand.resources.forEach((resource, i) => {
    const column = demand.columns[i] ?? 0;
    const amount = demand.amounts[i] ?? 0;
    const allocatable = node.allocatable[column] ?? 0;
    if (amount <= allocatable - (node.requested[column] ?? 0)) return;
    reasons.push(resource === 'pods' ? 'Too many pods' : `Insufficient ${resource}`);
    if (amount > allocatable) final = true;
  });
  return { reasons, final };
}

function portsConflict(hostPorts: readonly string[], node: LedgerNode): boolean {
  return hostPorts.some((hostPort) => {
    const { port, ip } = splitHostPort(hostPort);
    const inUse = node.ports.get(port) ?? [];
    return inUse.some((other) => other === ip || other === '0.0.0.0' || ip === '0.0.0.0');
  });
}
