import type { AgentStatus, PodSummary } from '../../node-agent/agent-status.ts';
import { STATUS_PERIOD_MS } from '../../node-agent/agent-status.ts';
import type { UnitState } from './service-manager.ts';

/** A status that is older than this is of an agent that hangs. */
const STALE_MS = 4 * STATUS_PERIOD_MS;

/** What is known of a node on its own machine. */
export interface Sighting {
  readonly unit: UnitState;
  readonly status: AgentStatus | undefined;
}

/** What is wrong with a node, in words for a person; empty: it is healthy. */
export function problemsOf({ unit, status }: Sighting, nowMs: number): string[] {
  if (unit.activeState !== 'active') return [`the service is ${describe(unit)}`];
  const enabled = unit.isEnabled ? [] : ['the service is not started with the machine'];
  if (status === undefined || status.pid !== unit.mainPID) {
    return [...enabled, 'the agent has not said yet how it is'];
  }
  if (nowMs - Date.parse(status.writtenAt) > STALE_MS) {
    return [...enabled, `the agent hangs: it was last heard of at ${status.writtenAt}`];
  }
  if (status.isShuttingDown) return [...enabled, 'the node is shutting down'];
  if (!status.link.up) return [...enabled, linkProblem(status)];
  return enabled;
}

export const describe = ({ activeState, subState }: UnitState): string =>
  subState === '' ? activeState : `${activeState} (${subState})`;

const linkProblem = ({ link, server }: AgentStatus): string =>
  `there is no link to ${server} since ${link.since}${link.problem === undefined ? '' : `: ${link.problem}`}`;

export type Verdict =
  | { readonly verdict: 'well' }
  /** May still become well. */
  | { readonly verdict: 'waiting'; readonly why: string }
  | { readonly verdict: 'failed'; readonly why: string };

/** What an agent that was started is judged by. */
export interface StartExpectation {
  /** The release that should run. */
  readonly release: string;
  /** Pods as the agent before it had them. */
  readonly before: readonly PodSummary[];
  /** How often systemd had started it again when it was started. */
  readonly restarts: number;
}

/**
 * Whether an agent that was started took over from the one before it: it has a link, has looked at
 * every pod, and what ran and was well has not been restarted.
 */
export function judgeStart(
  { unit, status }: Sighting,
  { release, before, restarts }: StartExpectation,
): Verdict {
  const waiting = (why: string): Verdict => ({ verdict: 'waiting', why });
  const failed = (why: string): Verdict => ({ verdict: 'failed', why });
  if (unit.restarts > restarts || unit.subState === 'auto-restart') {
    return failed('the agent ended by itself');
  }
  if (unit.activeState === 'failed' || unit.activeState === 'inactive') {
    return failed(`the service is ${describe(unit)}`);
  }
  if (unit.activeState !== 'active') return waiting(`the service is ${describe(unit)}`);
  if (status === undefined || status.pid !== unit.mainPID || status.release !== release) {
    return waiting('the agent has not said yet how it is');
  }
  const restarted = before.find((pod) => wasRestarted(pod, status));
  if (restarted !== undefined) {
    return failed(`containers of pod ${restarted.namespace}/${restarted.name} were restarted`);
  }
  if (!status.link.up) return waiting(linkProblem(status));
  if (!status.pods.areTakenUp) return waiting('not all pods are taken up');
  return { verdict: 'well' };
}

/** Pods that were not well, or that are gone, say nothing about the agent. */
function wasRestarted(before: PodSummary, { pods }: AgentStatus): boolean {
  const now = pods.list.find(({ uid }) => uid === before.uid);
  if (now === undefined || now.isEnding || now.phase === 'Succeeded') return false;
  if (!before.ready) return false;
  return before.containers.some((id) => !now.containers.includes(id));
}
