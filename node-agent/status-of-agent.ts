import { MAX_TOLD_PODS } from './agent-status.ts';
import type { AgentStatus } from './agent-status.ts';
import type { Logger } from 'pino';
import type { Clock } from './clock.ts';
import { podSummary } from './diff/pod-summary.ts';
import type { MachineCare } from './machine-care.ts';
import type { EngineView } from './sync/engine-view.ts';
import type { PodSync } from './sync/pod-sync.ts';
import { StatusFile } from './sync/status-file.ts';
import type { Endpoint } from './transport/endpoint.ts';
import type { LinkState } from './transport/link.ts';

/** What the status of an agent is read from. */
export interface StatusSources {
  readonly link: LinkState;
  readonly pods: PodSync;
  readonly view: EngineView;
  readonly care: MachineCare;
}

/** What of an agent does not change. */
export interface StatusParts {
  readonly clock: Clock;
  readonly endpoint: Endpoint;
  readonly logger: Logger;
  readonly nodeName: string;
  readonly statusFile?: { readonly path: string; readonly release: string };
}

/** The file that says how the agent is; undefined where nobody asked for one. */
export function newStatusFile(
  parts: StatusParts,
  sources: () => StatusSources,
): StatusFile | undefined {
  const { clock, logger, statusFile } = parts;
  if (statusFile === undefined) return undefined;
  const timeOf = (atMs: number): string => new Date(atMs).toISOString();
  const startedAt = timeOf(clock.now());
  const status = (): AgentStatus => {
    const { link, pods, view, care } = sources();
    const all = pods.all();
    return {
      release: statusFile.release,
      pid: process.pid,
      startedAt,
      writtenAt: timeOf(clock.now()),
      nodeName: parts.nodeName,
      server: parts.endpoint.server,
      link: {
        up: link.isUp,
        since: timeOf(link.sinceMs),
        ...(link.problem === undefined ? {} : { problem: link.problem }),
      },
      isShuttingDown: care.isShuttingDown,
      pods: {
        total: all.length,
        running: all.filter(({ status }) => status?.phase === 'Running').length,
        areTakenUp: pods.areTakenUp,
        list: all
          .slice(0, MAX_TOLD_PODS)
          .map((known) => podSummary(known.pod, known.status, view.pod(known.pod.metadata.uid))),
      },
    };
  };
  return new StatusFile({ path: statusFile.path, clock, logger, status });
}
