import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import type { LogOptions, LogStream } from '../container-runtime.ts';
import { demultiplex, terminalOutput } from './demultiplex.ts';
import { interpretEngineError } from './engine-error.ts';

/** Opens the log that the engine keeps of a container. */
export async function openLogs(
  engine: Docker,
  id: string,
  tty: boolean,
  options: LogOptions,
): Promise<LogStream> {
  const readable = await dialLogs(engine, id, {
    stdout: true,
    stderr: true,
    follow: options.follow,
    timestamps: options.timestamps,
    ...(options.tailLines === undefined ? {} : { tail: options.tailLines }),
    ...(options.sinceMs === undefined ? {} : { since: engineTime(options.sinceMs) }),
  });
  readable.on('error', () => readable.destroy());
  return {
    output: tty ? terminalOutput(readable) : demultiplex(readable),
    close: () => readable.destroy(),
  };
}

/** dockerode's own `logs` collects a log that is not followed in memory; this never does. */
function dialLogs(engine: Docker, id: string, query: object): Promise<Readable> {
  return new Promise((resolve, reject) => {
    engine.modem.dial(
      {
        path: `/containers/${id}/logs?`,
        method: 'GET',
        isStream: true,
        options: query,
        statusCodes: { 200: true, 404: 'no such container', 500: 'server error' },
      },
      (error: unknown, stream: unknown) => {
        if (error !== null && error !== undefined) reject(interpretEngineError(error));
        else resolve(stream as Readable);
      },
    );
  });
}

/** The engine takes `seconds.nanoseconds` only. */
function engineTime(timeMs: number): string {
  return `${Math.floor(timeMs / 1000)}.${String(timeMs % 1000).padStart(3, '0')}000000`;
}
