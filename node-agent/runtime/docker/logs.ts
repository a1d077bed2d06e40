import type Docker from 'dockerode';
import type { ContainerInspectInfo } from 'dockerode';
import type { LogOptions, LogStream } from '../container-runtime.ts';
import { demultiplex, terminalOutput } from './demultiplex.ts';
import { dialStream } from './dial-stream.ts';
import { engineCall } from './engine-error.ts';
import { followLogFiles } from './log-files/follow-log-files.ts';

/** How files of the `json-file` driver are named; podman keeps another form under that driver's name. */
const JSON_LOG = '-json.log';

/** Opens the log that the engine keeps of a container. */
export async function openLogs(
  engine: Docker,
  info: ContainerInspectInfo,
  options: LogOptions,
): Promise<LogStream> {
  const followed = options.follow ? await followLogs(engine, info, options) : null;
  return followed ?? readLogs(engine, info, options);
}

/** Null where the engine keeps it elsewhere, or in another form. */
async function followLogs(
  engine: Docker,
  { Id, LogPath }: ContainerInspectInfo,
  options: LogOptions,
): Promise<LogStream | null> {
  if (!LogPath.endsWith(JSON_LOG)) return null;
  const waiting = new AbortController();
  const ended = engine.getContainer(Id).wait({ abortSignal: waiting.signal });
  const stream = await followLogFiles(LogPath, options, engineCall(ended));
  if (stream === null) {
    waiting.abort();
    return null;
  }
  const close = (): void => {
    waiting.abort();
    stream.close();
  };
  return { output: stream.output, close };
}

async function readLogs(
  engine: Docker,
  { Id: id, Config: { Tty: tty } }: ContainerInspectInfo,
  options: LogOptions,
): Promise<LogStream> {
  // dockerode's own `logs` collects a log that is not followed in memory; this never does.
  const readable = await dialStream(engine, {
    method: 'GET',
    path: `/containers/${id}/logs?`,
    query: {
      stdout: true,
      stderr: true,
      follow: options.follow,
      timestamps: options.timestamps,
      ...(options.tailLines === undefined ? {} : { tail: options.tailLines }),
      ...(options.sinceMs === undefined ? {} : { since: engineTime(options.sinceMs) }),
    },
  });
  readable.on('error', () => readable.destroy());
  return {
    output: tty ? terminalOutput(readable) : demultiplex(readable),
    close: () => readable.destroy(),
  };
}

/** The engine takes `seconds.nanoseconds` only. */
function engineTime(timeMs: number): string {
  return `${Math.floor(timeMs / 1000)}.${String(timeMs % 1000).padStart(3, '0')}000000`;
}
