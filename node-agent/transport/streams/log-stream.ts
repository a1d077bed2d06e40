import type { StreamRequest } from '../../../apimachinery/stream-protocol.ts';
import type { ContainerRuntime, LogOptions, LogStream } from '../../runtime/container-runtime.ts';
import type { StreamSocket } from './stream-socket.ts';

export type LogRequest = Extract<StreamRequest, { kind: 'logs' }>;
/** What of a log is asked for. */
export type LogSelection = Pick<
  LogRequest,
  'follow' | 'timestamps' | 'tailLines' | 'sinceSeconds' | 'sinceTime' | 'limitBytes' | 'stream'
>;

/** What the engine is asked for; `limitBytes` is counted here, and the stream is chosen here. */
export function logOptions(request: LogSelection, now: number): LogOptions {
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
  for await (const data of selectedBytes(log, request)) await socket.sendAll(data);
  socket.end();
}

/** The bytes of a log that were asked for; lets go of it at the end. */
export async function* selectedBytes(
  log: LogStream,
  { stream: wanted, limitBytes = Infinity }: LogSelection,
): AsyncGenerator<Uint8Array> {
  let left = limitBytes;
  try {
    for await (const { stream, data } of log.output) {
      if (wanted !== undefined && stream !== wanted) continue;
      const allowed = data.subarray(0, left);
      left -= allowed.length;
      yield allowed;
      if (left <= 0) return;
    }
  } finally {
    log.close();
  }
}
