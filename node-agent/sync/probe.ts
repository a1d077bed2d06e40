import { connect } from 'node:net';
import type * as core from 'kubernetes-types/core/v1';
import type { ContainerSpec } from '../diff/pod.ts';
import type { ContainerRuntime } from '../runtime/container-runtime.ts';
import { collectExec } from './collect-exec.ts';
import { probeGRPC } from './grpc-probe.ts';
import { requestHTTP } from './http-action.ts';
import { dialFailure, joinHostPort } from './probe-failure.ts';
import { portNumber } from './probe-port.ts';

export interface ProbeOutcome {
  /** A warning counts as success. `unknown`: nothing was found out, and nothing counts. */
  readonly result: 'success' | 'warning' | 'failure' | 'unknown';
  /** Why, in the words of the event; empty for a success. */
  readonly message: string;
}

const DEFAULT_TIMEOUT_SECONDS = 1;
const SUCCESS: ProbeOutcome = { result: 'success', message: '' };

export interface ProbeRequest {
  readonly containerID: string;
  readonly container: ContainerSpec;
  readonly probe: core.Probe;
  readonly podIP: string;
}

/** Probes a running container once, within the probe's timeout. Never throws. */
export type RunProbe = (runtime: ContainerRuntime, request: ProbeRequest) => Promise<ProbeOutcome>;

/** Of a simulated container nothing answers; it counts as healthy. */
export const simulatedProbe: RunProbe = async () => SUCCESS;

/** Probes as kubelet has them; after pkg/kubelet/prober and pkg/probe. */
export const runProbe: RunProbe = async (runtime, request) => {
  const { container, podIP, probe } = request;
  const timeoutSeconds = probe.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
  try {
    if (probe.exec !== undefined) {
      const command = probe.exec.command ?? [];
      return await probeExec(runtime, request.containerID, command, timeoutSeconds);
    }
    if (probe.httpGet !== undefined) {
      return await probeHTTP(container, probe.httpGet, podIP, timeoutSeconds);
    }
    if (probe.tcpSocket !== undefined) {
      const host = probe.tcpSocket.host ?? podIP;
      const port = portNumber(container, probe.tcpSocket.port);
      return await probeTCP(host, port, timeoutSeconds * 1000);
    }
    if (probe.grpc !== undefined) {
      const { port, service = '' } = probe.grpc;
      const failure = await probeGRPC({ host: podIP, port, service, timeoutSeconds });
      return failure === undefined ? SUCCESS : { result: 'failure', message: failure };
    }
    const { name } = container;
    return { result: 'unknown', message: `missing probe handler for container ${name}` };
  } catch (error) {
    return { result: 'unknown', message: error instanceof Error ? error.message : String(error) };
  }
};

async function probeExec(
  runtime: ContainerRuntime,
  containerID: string,
  command: readonly string[],
  timeoutSeconds: number,
): Promise<ProbeOutcome> {
  const signal = AbortSignal.timeout(timeoutSeconds * 1000);
  try {
    const { exitCode, output } = await collectExec(runtime, containerID, command, signal);
    return exitCode === 0 ? SUCCESS : { result: 'failure', message: output };
  } catch (error) {
    if (!signal.aborted) throw error;
    const message = `command timed out: "${command.join(' ')}" timed out after ${timeoutSeconds}s`;
    return { result: 'failure', message };
  }
}

async function probeHTTP(
  container: ContainerSpec,
  action: core.HTTPGetAction,
  podIP: string,
  timeoutSeconds: number,
): Promise<ProbeOutcome> {
  const request = {
    action,
    host: action.host ?? podIP,
    port: portNumber(container, action.port),
    userAgent: 'kube-probe/1.36',
    signal: AbortSignal.timeout(timeoutSeconds * 1000),
  };
  let answer;
  try {
    answer = await requestHTTP(request);
  } catch (error) {
    // That nothing answers is what the probe is there to find out.
    return { result: 'failure', message: error instanceof Error ? error.message : String(error) };
  }
  const { body, status } = answer;
  if (status >= 200 && status < 300) return SUCCESS;
  if (status >= 300 && status < 400) {
    return {
      result: 'warning',
      message: `Probe terminated redirects, Response body: ${body}`,
    };
  }
  return { result: 'failure', message: `HTTP probe failed with statuscode: ${status}` };
}

function probeTCP(host: string, port: number, timeoutMs: number): Promise<ProbeOutcome> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs });
    const finish = (outcome: ProbeOutcome): void => {
      socket.destroy();
      resolve(outcome);
    };
    socket.on('connect', () => finish(SUCCESS));
    socket.on('error', (error) =>
      finish({ result: 'failure', message: dialFailure(error, host, port) }),
    );
    const message = `dial tcp ${joinHostPort(host, port)}: i/o timeout`;
    socket.on('timeout', () => finish({ result: 'failure', message }));
  });
}
