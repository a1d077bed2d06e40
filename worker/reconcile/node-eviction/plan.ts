import { formatTime } from '../../../apimachinery/meta.ts';
import type { NodeRollCall } from '../../registry/node-roll-call.ts';
import { NOT_READY, UNREACHABLE } from '../../registry/node-standing.ts';
import type { Node, Taint } from '../kinds.ts';
import { MAX_WRITES_PER_PLAN } from '../planner.ts';
import type { Plan, Write } from '../planner.ts';
import { healthOf, isCounted, isReady, timeOf } from './node-health.ts';
import { evictionIntervalMs, zoneOf, zoneState } from './zone.ts';

export interface ObservedNodes {
  readonly nodes: readonly Node[];
  readonly rollCall: NodeRollCall | null;
}

/**
 * How long some node must have been ready before a lost one is held against its pods. After an
 * outage of the control plane the first node that is back says nothing about the others: they get
 * what upstream's node-monitor-grace-period gives them. Milliseconds.
 */
export const RETURN_GRACE_MS = 50_000;

type Key = typeof NOT_READY | typeof UNREACHABLE;

/** Puts the taint on lost nodes by which their pods go, one after the other, and takes it off again. */
export function planNodeEviction({ nodes: all, rollCall }: ObservedNodes, now: number): Plan {
  const nodes = all.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  if (isDisrupted(nodes)) {
    const marked = nodes.filter((node) => markOf(node) !== null);
    return planOf(marked.map((node) => remarked(node, null, now)));
  }
  const corrections = nodes.flatMap((node) => corrected(node, now) ?? []);
  const { marked, nextAt } = markNext(nodes, rollCall, now);
  return planOf([...corrections, ...marked], nextAt === null ? undefined : nextAt - now);
}

function planOf(nodes: readonly Node[], requeueAfterMs?: number): Plan {
  const isMore = nodes.length > MAX_WRITES_PER_PLAN;
  const writes = nodes
    .slice(0, MAX_WRITES_PER_PLAN)
    .map((object): Write => ({ verb: 'update', resource: 'nodes', object }));
  const afterMs = isMore ? 0 : requeueAfterMs;
  return { writes, ...(afterMs === undefined ? {} : { requeueAfterMs: afterMs }) };
}

/** Whether every zone has lost all its nodes: it is the control plane that is cut off. */
function isDisrupted(nodes: readonly Node[]): boolean {
  const zones = Map.groupBy(nodes.filter(isCounted), zoneOf);
  return zones.size > 0 && [...zones.values()].every((zone) => zoneState(health(zone)) === 'full');
}

function health(zone: readonly Node[]): { ready: number; unready: number } {
  const ready = zone.filter(isReady).length;
  return { ready, unready: zone.length - ready };
}

/** The node when it has a mark that does not fit its state any more. */
function corrected(node: Node, now: number): Node | null {
  const state = healthOf(node);
  const mark = markOf(node);
  if (mark === null || state === null) return null;
  const wanted = wantedMark(node);
  return hasOnly(node, wanted) ? null : remarked(node, wanted, now);
}

/** In every zone the node that is lost for longest, once it is its turn. */
function markNext(
  nodes: readonly Node[],
  rollCall: NodeRollCall | null,
  now: number,
): { marked: readonly Node[]; nextAt: number | null } {
  const marked: Node[] = [];
  let nextAt: number | null = null;
  const settledAt = Math.min(...nodes.filter(isReady).map(readySince)) + RETURN_GRACE_MS;
  for (const zone of Map.groupBy(nodes, zoneOf).values()) {
    const intervalMs = evictionIntervalMs(health(zone.filter(isCounted)));
    const waiting = zone
      .filter((node) => wantedMark(node) !== null && markOf(node) === null)
      .filter((node) => isConfirmed(node, rollCall))
      .toSorted((a, b) => readySince(a) - readySince(b));
    const [next] = waiting;
    if (intervalMs === null || next === undefined) continue;
    const at = Math.max(settledAt, lastMarkedAt(zone) + intervalMs);
    if (at <= now) marked.push(remarked(next, wantedMark(next), now));
    const due = at > now ? at : waiting.length > 1 ? now + intervalMs : null;
    if (due !== null) nextAt = Math.min(nextAt ?? due, due);
  }
  return { marked, nextAt: nextAt !== null && Number.isFinite(nextAt) ? nextAt : null };
}

/** Whether the others were there when this one was lost. One that says itself how it is was heard. */
function isConfirmed(node: Node, rollCall: NodeRollCall | null): boolean {
  const state = healthOf(node);
  if (state?.status !== 'Unknown') return true;
  return rollCall?.spec.lost?.[node.metadata.name] === state.transitionTime;
}

/** Since when the node is as it is. */
const readySince = (node: Node): number => timeOf(healthOf(node)?.transitionTime);

function lastMarkedAt(zone: readonly Node[]): number {
  const times = zone.flatMap(({ spec }) => (spec?.taints ?? []).filter(isMark));
  return Math.max(0, ...times.map(({ timeAdded }) => timeOf(timeAdded)));
}

function wantedMark(node: Node): Key | null {
  switch (healthOf(node)?.status) {
    case 'False':
      return NOT_READY;
    case 'Unknown':
      return UNREACHABLE;
    default:
      return null;
  }
}

const isMark = ({ key, effect }: Taint): boolean =>
  effect === 'NoExecute' && (key === NOT_READY || key === UNREACHABLE);

const markOf = ({ spec }: Node): Taint | null => (spec?.taints ?? []).find(isMark) ?? null;

function hasOnly({ spec }: Node, wanted: Key | null): boolean {
  const marks = (spec?.taints ?? []).filter(isMark);
  return marks.every(({ key }) => key === wanted);
}

/** The node with this mark and no other. */
function remarked(node: Node, wanted: Key | null, now: number): Node {
  const { taints = [], ...spec } = node.spec ?? {};
  const kept = taints.filter((taint) => !isMark(taint) || taint.key === wanted);
  const mark: Taint[] =
    wanted === null || kept.some(isMark)
      ? []
      : [{ key: wanted, effect: 'NoExecute', timeAdded: formatTime(now) }];
  const next = [...kept, ...mark];
  return { ...node, spec: next.length === 0 ? spec : { ...spec, taints: next } };
}
