import { get as httpGet } from 'node:http';
import { get as httpsGet } from 'node:https';
import { connect } from 'node:net';
import type * as core from 'kubernetes-types/core/v1';
import type { ContainerSpec } from '../diff/pod.ts';
import type { ContainerRuntime } from '../runtime/container-runtime.ts';
import { dialFailure, joinHostPort, requestFailure } from './probe-failure.ts';

export interface ProbeOutcome {
  readonly success: boolean;
  /** Why not, in the words of the Unhealthy event. */
  readonly message: string;
}

const DEFAULT_TIMEOUT_SECONDS = 1;
/** Upstream keeps this much of a probe's output. */
const MAX_OUTPUT_BYTES = 10 * 1024;
const SUCCESS: ProbeOutcome = { success: true, message: '' };

/** Probes a running container once, within the probe's timeout. Never throws. */
export type RunProbe = (
  runtime: ContainerRuntime,
  containerID: string,
  container: ContainerSpec,
  probe: core.Probe,
  podIP: string,
) => Promise<ProbeOutcome>;

/** Of a simulated container nothing answers; it counts as healthy. */
export const simulatedProbe: RunProbe = async () => SUCCESS;

export const runProbe: RunProbe = async (runtime, containerID, container, probe, podIP) => {
  const timeoutMs = (probe.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS) * 1000;
  try {
    if (probe.exec !== undefined) {
      return await execProbe(runtime, containerID, probe.exec.command ?? [], timeoutMs);
    }
    if (probe.httpGet !== undefined) {
      return await httpProbe(container, probe.httpGet, podIP, timeoutMs);
    }
    if (probe.tcpSocket !== undefined) {
      const host = probe.tcpSocket.host ?? podIP;
      return await tcpProbe(host, portNumber(container, probe.tcpSocket.port), timeoutMs);
    }
    return { success: false, message: 'missing probe handler' };
  } catch (error) {
    return { success: false, message: error instanceof Error ? error.message : String(error) };
  }
};

async function execProbe(
  runtime: ContainerRuntime,
  containerID: string,
  command: readonly string[],
  timeoutMs: number,
): Promise<ProbeOutcome> {
  const session = await runtime.exec(containerID, { command, stdin: false, tty: false });
  const run = async (): Promise<ProbeOutcome> => {
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const { data } of session.output) {
      if (size < MAX_OUTPUT_BYTES) parts.push(data);
      size += data.length;
    }
    const output = Buffer.concat(parts).toString('utf8', 0, MAX_OUTPUT_BYTES);
    return (await session.exitCode()) === 0 ? SUCCESS : { success: false, message: output };
  };
  let timer: NodeJS.Timeout | undefined;
  const timedOut = new Promise<ProbeOutcome>((resolve) => {
    const message = `command timed out: "${command.join(' ')}" timed out after ${timeoutMs / 1000}s`;
    timer = setTimeout(() => resolve({ success: false, message }), timeoutMs);
  });
  try {
    return await Promise.race([run(), timedOut]);
  } finally {
    clearTimeout(timer);
    session.close();
  }
}

function httpProbe(
  container: ContainerSpec,
  action: core.HTTPGetAction,
  podIP: string,
  timeoutMs: number,
): Promise<ProbeOutcome> {
  const secure = action.scheme === 'HTTPS';
  const host = action.host ?? podIP;
  const port = portNumber(container, action.port);
  const path = action.path ?? '/';
  const options = {
    host,
    port,
    path,
    headers: {
      'User-Agent': 'kube-probe/1.36',
      Accept: '*/*',
      ...Object.fromEntries((action.httpHeaders ?? []).map(({ name, value }) => [name, value])),
    },
    signal: AbortSignal.timeout(timeoutMs),
    // A probe asks whether the container answers; who signed its certificate is not its question.
    ...(secure ? { rejectUnauthorized: false } : {}),
  };
  const url = `${secure ? 'https' : 'http'}://${joinHostPort(host, port)}${path}`;
  return new Promise((resolve) => {
    const request = (secure ? httpsGet : httpGet)(options, (response) => {
      response.resume();
      const status = response.statusCode ?? 0;
      const message = `HTTP probe failed with statuscode: ${status}`;
      resolve(status >= 200 && status < 400 ? SUCCESS : { success: false, message });
    });
    request.on('error', (error) =>
      resolve({ success: false, message: requestFailure(error, url, host, port) }),
    );
  });
}

function tcpProbe(host: string, port: number, timeoutMs: number): Promise<ProbeOutcome> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs });
    const finish = (outcome: ProbeOutcome): void => {
      socket.destroy();
      resolve(outcome);
    };
    socket.on('connect', () => finish(SUCCESS));
    socket.on('error', (error) =>
      finish({ success: false, message: dialFailure(error, host, port) }),
    );
    const message = `dial tcp ${joinHostPort(host, port)}: i/o timeout`;
    socket.on('timeout', () => finish({ success: false, message }));
  });
}

/** A port by number, or by the name that the container gives it. Throws for an unknown name. */
function portNumber(container: ContainerSpec, port: number | string): number {
  if (typeof port === 'number') return port;
  const named = container.ports?.find(({ name }) => name === port)?.containerPort;
  const number = named ?? Number(port);
  if (!Number.isInteger(number)) throw new Error(`couldn't find port: ${port}`);
  return number;
}
