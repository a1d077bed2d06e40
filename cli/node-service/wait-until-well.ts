import { setTimeout as pause } from 'node:timers/promises';
import type { AgentStatus, PodSummary } from '../../node-agent/agent-status.ts';
import { judgeStart } from './health.ts';
import type { Sighting, StartExpectation, Verdict } from './health.ts';
import { readAgentStatus } from './local-status.ts';
import type { ServiceManager } from './service-manager.ts';

/** What an agent that was started is judged by. */
export interface Expectation extends Pick<StartExpectation, 'release' | 'before'> {
  readonly timeoutMs: number;
  /** Aborted when nobody wants to wait any longer. */
  readonly signal?: AbortSignal;
}

const POLL_MS = 200;
/** What goes wrong because of an agent goes wrong in its first seconds. */
const SETTLE_MS = 2_000;

export async function sight(manager: ServiceManager, statusFile: string): Promise<Sighting> {
  return { unit: await manager.state(), status: await readAgentStatus(statusFile) };
}

/** Looks at an agent until it has been well for a while, has failed, or its time is over. */
export async function waitUntilWell(
  manager: ServiceManager,
  statusFile: string,
  { release, before, timeoutMs, signal }: Expectation,
): Promise<Exclude<Verdict, { verdict: 'waiting' }>> {
  // Systemd does not begin to count anew when one that keeps ending is started by hand.
  const { restarts } = await manager.state();
  let wellSinceMs: number | undefined;
  let why = 'nothing was seen of it';
  for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await pause(POLL_MS)) {
    if (signal?.aborted === true) return { verdict: 'failed', why: 'it was interrupted' };
    const verdict = judgeStart(await sight(manager, statusFile), {
      release,
      before,
      restarts,
    });
    if (verdict.verdict === 'failed') return verdict;
    if (verdict.verdict === 'waiting') {
      ({ why } = verdict);
      wellSinceMs = undefined;
      continue;
    }
    wellSinceMs ??= Date.now();
    if (Date.now() - wellSinceMs >= SETTLE_MS) return verdict;
  }
  if (wellSinceMs !== undefined) return { verdict: 'well' };
  return { verdict: 'failed', why: `${why}, after ${timeoutMs / 1000} s` };
}

/** Pods of an agent that runs; none where it does not. */
export const podsOf = (status: AgentStatus | undefined): readonly PodSummary[] =>
  status?.pods.list ?? [];
