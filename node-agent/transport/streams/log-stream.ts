import type { StreamRequest } from '../../../apimachinery/agent-protocol.ts';
import type { ContainerRuntime, LogOptions } from '../../runtime/container-runtime.ts';
import type { StreamSocket } from './stream-socket.ts';

export type LogRequest = Extract<StreamRequest, { kind: 'logs' }>;

const MAX_MESSAGE_BYTES = 32 * 1024;

/** What the engine is asked for; `limitBytes` is counted here. */
export function logOptions(request: LogRequest, now: number): LogOptions {
  const { follow, timestamps, tailLines, sinceSeconds, sinceTime } = request;
  const sinceMs =
    sinceSeconds === undefined ? Date.parse(sinceTime ?? '') : now - sinceSeconds * 1000;
  return {
    follow,
    timestamps,
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(Number.isNaN(sinceMs) ? {} : { sinceMs }),
  };
}

/** Sends a container's log; a reader that is slow slows the reading of the log itself. */
export async function serveLogs(
  runtime: ContainerRuntime,
  containerID: string,
  request: LogRequest,
  socket: StreamSocket,
  now: number,
): Promise<void> {
  const log = await runtime.containerLogs(containerID, logOptions(request, now));
  void socket.closed.then(() => log.close());
  socket.accept();
  let left = request.limitBytes ?? Infinity;
  for await (const { data } of log.output) {
    const allowed = data.subarray(0, left);
    for (let from = 0; from < allowed.length; from += MAX_MESSAGE_BYTES) {
      await socket.send(allowed.subarray(from, from + MAX_MESSAGE_BYTES));
    }
    left -= allowed.length;
    if (left <= 0) break;
  }
  log.close();
  socket.end();
}
