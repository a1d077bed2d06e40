import type { ContainerStatus, Pod } from 'kubernetes-types/core/v1.js';

/** What `kubectl get pods` says about a pod in one line. */
export interface PodSummary {
  readonly ready: number;
  readonly total: number;
  readonly reason: string;
  readonly restarts: number;
  /** RFC 3339; undefined when nothing has restarted. */
  readonly lastRestart: string | undefined;
}

interface Tally {
  restarts: number;
  lastRestart: string | undefined;
}

function count(tally: Tally, status: ContainerStatus): void {
  tally.restarts += status.restartCount ?? 0;
  const finished = status.lastState?.terminated?.finishedAt;
  if (finished && (tally.lastRestart === undefined || finished > tally.lastRestart)) {
    tally.lastRestart = finished;
  }
}

const hasCondition = (pod: Pod, type: string): boolean =>
  pod.status?.conditions?.some((c) => c.type === type && c.status === 'True') ?? false;

function terminatedReason(status: ContainerStatus): string {
  const { reason, signal, exitCode } = status.state?.terminated ?? {};
  if (reason) return reason;
  return signal ? `Signal:${signal}` : `ExitCode:${exitCode ?? 0}`;
}

/**
 * The STATUS, READY and RESTARTS of a pod: the phase, unless a container, an init container, or
 * the pod's deletion has more to say (pkg/printers/internalversion, printPod).
 */
export function summarizePod(pod: Pod): PodSummary {
  const status = pod.status ?? {};
  const sidecars = new Set(
    (pod.spec?.initContainers ?? []).filter((c) => c.restartPolicy === 'Always').map((c) => c.name),
  );
  const total = (pod.spec?.containers?.length ?? 0) + sidecars.size;
  const gated = status.conditions?.some(
    (c) => c.type === 'PodScheduled' && c.reason === 'SchedulingGated',
  );
  const phaseReason = gated ? 'SchedulingGated' : status.reason || (status.phase ?? '');

  const init = summarizeInit(pod, sidecars);
  let { ready, tally } = init;
  let reason = init.reason ?? phaseReason;
  if (init.reason === undefined || hasCondition(pod, 'Initialized')) {
    tally = init.sidecarTally;
    const main = summarizeMain(pod, tally);
    ready += main.ready;
    reason = main.reason ?? reason;
    if (reason === 'Completed') {
      if (main.hasRunning && hasCondition(pod, 'Ready')) reason = 'Running';
      else reason = main.errorReason ?? (main.hasRunning ? 'NotReady' : reason);
    }
  }
  if (pod.metadata?.deletionTimestamp !== undefined) {
    const isOver = status.phase === 'Failed' || status.phase === 'Succeeded';
    if (status.reason === 'NodeLost') reason = 'Unknown';
    else if (!isOver) reason = 'Terminating';
  }
  return { ready, total, reason, ...tally };
}

/** Walks the init containers up to the first that is not done; `reason` undefined when all are. */
function summarizeInit(
  pod: Pod,
  sidecars: ReadonlySet<string>,
): { reason: string | undefined; ready: number; tally: Tally; sidecarTally: Tally } {
  const tally: Tally = { restarts: 0, lastRestart: undefined };
  const sidecarTally: Tally = { restarts: 0, lastRestart: undefined };
  const size = pod.spec?.initContainers?.length ?? 0;
  let ready = 0;
  let index = 0;
  for (const status of pod.status?.initContainerStatuses ?? []) {
    count(tally, status);
    const isSidecar = sidecars.has(status.name);
    if (isSidecar) count(sidecarTally, status);
    const { terminated, waiting } = status.state ?? {};
    if (isSidecar && status.started === true && terminated?.exitCode !== 0) {
      if (status.ready) ready++;
    } else if (terminated?.exitCode !== 0) {
      let reason = `Init:${index}/${size}`;
      if (terminated !== undefined) reason = `Init:${terminatedReason(status)}`;
      else if (waiting?.reason && waiting.reason !== 'PodInitializing') {
        reason = `Init:${waiting.reason}`;
      }
      return { reason, ready, tally, sidecarTally };
    }
    index++;
  }
  return { reason: undefined, ready, tally, sidecarTally };
}

/** The first container in the list that has a reason gives the pod's; restarts are added up. */
function summarizeMain(
  pod: Pod,
  tally: Tally,
): {
  reason: string | undefined;
  errorReason: string | undefined;
  ready: number;
  hasRunning: boolean;
} {
  let reason: string | undefined;
  let errorReason: string | undefined;
  let ready = 0;
  let hasRunning = false;
  for (const status of [...(pod.status?.containerStatuses ?? [])].reverse()) {
    count(tally, status);
    const { waiting, terminated, running } = status.state ?? {};
    if (waiting?.reason) reason = waiting.reason;
    else if (terminated !== undefined) {
      reason = terminatedReason(status);
      if (terminated.exitCode !== 0) errorReason = reason;
    } else if (status.ready && running !== undefined) {
      hasRunning = true;
      ready++;
    }
  }
  return { reason, errorReason, ready, hasRunning };
}
