import type { ContainerInspectInfo } from 'dockerode';
import type { ContainerState, ContainerStatus, PodSandboxStatus } from '../container-runtime.ts';
import { LABEL, podOf } from './names.ts';

/** The engine's zero time is year 1, which counts as absent. */
function timeMs(text: string | undefined): number {
  const parsed = Date.parse(text ?? '');
  return Number.isFinite(parsed) && parsed > 0 ? parsed : 0;
}

export function sandboxStatus(info: ContainerInspectInfo): PodSandboxStatus {
  const labels = info.Config.Labels;
  const running = info.State.Running;
  const ips = Object.values(info.NetworkSettings.Networks ?? {})
    .flatMap((network) => [network.IPAddress, network.GlobalIPv6Address])
    .filter((ip) => ip !== '' && ip !== undefined);
  return {
    id: info.Id,
    pod: podOf(labels),
    attempt: Number(labels[LABEL.attempt] ?? 0),
    state: running ? 'ready' : 'notReady',
    createdAtMs: timeMs(info.Created),
    ips: running && labels[LABEL.hostNetwork] !== 'true' ? ips : [],
  };
}

/**
 * @param terminationMessage what the container left in its termination log, once it has exited
 * @param imageDigest `repository@sha256:…` of its image, where the engine knows one
 */
export function containerStatus(
  info: ContainerInspectInfo,
  terminationMessage: string,
  imageDigest: string | undefined,
): ContainerStatus {
  const labels = info.Config.Labels;
  return {
    id: info.Id,
    sandboxID: labels[LABEL.sandboxID] ?? '',
    pod: podOf(labels),
    name: labels[LABEL.containerName] ?? '',
    attempt: Number(labels[LABEL.attempt] ?? 0),
    hash: labels[LABEL.hash] ?? '',
    image: labels[LABEL.image] ?? info.Config.Image,
    imageID:
      imageDigest === undefined ? `docker://${info.Image}` : `docker-pullable://${imageDigest}`,
    createdAtMs: timeMs(info.Created),
    state: containerState(info, terminationMessage),
    tty: info.Config.Tty,
    resources: {
      cpuShares: info.HostConfig.CpuShares ?? 0,
      cpuQuota: info.HostConfig.CpuQuota ?? 0,
      memoryLimitBytes: info.HostConfig.Memory ?? 0,
    },
  };
}

/** A container that could not be started stays `created` for the engine, with an exit code. */
function containerState(info: ContainerInspectInfo, terminationMessage: string): ContainerState {
  const { State: state } = info;
  const startedAtMs = timeMs(state.StartedAt);
  if (state.Running) return { kind: 'running', startedAtMs };
  const cannotRun = state.Status === 'created' && state.Error !== '';
  if (state.Status === 'created' && !cannotRun) return { kind: 'created' };
  const finishedAtMs = timeMs(state.FinishedAt) || timeMs(info.Created);
  return {
    kind: 'exited',
    exitCode: state.ExitCode,
    reason: exitReason(state, cannotRun),
    message: state.Error === '' ? terminationMessage : state.Error,
    startedAtMs: startedAtMs || finishedAtMs,
    finishedAtMs,
  };
}

function exitReason(state: ContainerInspectInfo['State'], cannotRun: boolean): string {
  if (state.OOMKilled) return 'OOMKilled';
  if (cannotRun || (state.Error !== '' && state.ExitCode !== 0)) return 'ContainerCannotRun';
  return state.ExitCode === 0 ? 'Completed' : 'Error';
}
