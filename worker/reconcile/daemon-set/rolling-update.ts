import type { DaemonSet, Pod } from '../kinds.ts';
import { NO_CHANGES } from './changes.ts';
import type { Changes } from './changes.ts';
import { isAvailable, isLeaving, isUpdated } from './manage.ts';
import type { DaemonContext } from './manage.ts';
import { rolloutLimits } from './set-facts.ts';
import type { RolloutLimits } from './set-facts.ts';
import { planSurge } from './surge.ts';

/** The pods of one node that count for an update: at most one of each kind, or it is not its turn. */
export type NodeState =
  | { readonly isClear: true; readonly fresh: Pod | null; readonly old: Pod | null }
  | { readonly isClear: false };

export interface UpdateContext extends DaemonContext {
  readonly limits: RolloutLimits;
  readonly wanted: ReadonlySet<string>;
  /** Every node that has pods or should, by name. */
  readonly nodes: ReadonlyMap<string, NodeState>;
}

/** The next step of a rolling update, for when every node has what it should have. */
export function planRollingUpdate(context: DaemonContext): Changes {
  const { set, places, placement, byNode, hash } = context;
  const wanted = new Set(
    places.filter((place) => placement(place).shouldRun).map(({ metadata }) => metadata.name),
  );
  const names = [...new Set([...byNode.keys(), ...wanted])].sort();
  const nodes = new Map(names.map((name) => [name, stateOf(byNode.get(name) ?? [], hash)]));
  const limits = rolloutLimits(set, wanted.size);
  const update: UpdateContext = { ...context, limits, wanted, nodes };
  return limits.maxSurge === 0 ? planReplacements(update) : planSurge(update);
}

function stateOf(pods: readonly Pod[], hash: string): NodeState {
  const staying = pods.filter((pod) => !isLeaving(pod));
  const fresh = staying.filter((pod) => isUpdated(pod, hash));
  const old = staying.filter((pod) => !isUpdated(pod, hash));
  if (fresh.length > 1 || old.length > 1) return { isClear: false };
  return { isClear: true, fresh: fresh[0] ?? null, old: old[0] ?? null };
}

/**
 * Takes old pods away, for new ones to come in their place: all that are not available anyway, and
 * of the others as many as may be missed.
 */
function planReplacements({ set, nodes, limits, now }: UpdateContext): Changes {
  const broken: Pod[] = [];
  const candidates: Pod[] = [];
  let unavailable = 0;
  for (const state of nodes.values()) {
    const old = replaceable(state);
    if (old === null) {
      if (!hasAvailable(set, state, now)) unavailable++;
    } else if (isAvailable(set, old, now)) candidates.push(old);
    else {
      broken.push(old);
      unavailable++;
    }
  }
  const room = Math.max(0, limits.maxUnavailable - unavailable);
  return { ...NO_CHANGES, deletes: [...broken, ...candidates.slice(0, room)] };
}

/** The old pod of a node that has nothing else. */
function replaceable(state: NodeState): Pod | null {
  return state.isClear && state.fresh === null ? state.old : null;
}

function hasAvailable(set: DaemonSet, state: NodeState, now: number): boolean {
  if (!state.isClear || state.fresh === null || state.old !== null) return false;
  return isAvailable(set, state.fresh, now);
}
