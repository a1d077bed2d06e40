import { PassThrough } from 'node:stream';
import type {
  AttachRequest,
  AttachSession,
  ExecRequest,
  ExecSession,
  LogOptions,
  LogStream,
  OutputChunk,
} from '../container-runtime.ts';
import { simulateProgram } from './program.ts';

/** 128 and the signal's number. */
const KILLED = 137;

/** What `cat` reads, it writes; any other program writes what the simulation says it does. */
export function simulateExec(request: ExecRequest): ExecSession {
  const input = new PassThrough();
  const program = simulateProgram(request.command);
  const echoes = request.command[0] === 'cat' && request.stdin;
  if (!echoes) input.resume();
  let { exitCode } = program;
  return {
    ...(request.stdin ? { stdin: input } : {}),
    output: echoes ? outputOf(input) : textOutput(program.output),
    resize: async () => undefined,
    close: () => input.destroy(),
    exitCode: async () => exitCode,
    async kill() {
      exitCode = KILLED;
      input.end();
    },
  };
}

/** A process that says nothing and reads nothing, until `stopped`. */
export function simulateAttach(request: AttachRequest, stopped: Promise<void>): AttachSession {
  const input = new PassThrough();
  input.resume();
  let release: () => void = () => undefined;
  const closed = new Promise<void>((resolve) => {
    release = resolve;
  });
  async function* output(): AsyncIterable<OutputChunk> {
    await Promise.race([stopped, closed]);
    yield* [];
  }
  return {
    ...(request.stdin ? { stdin: input } : {}),
    output: output(),
    resize: async () => undefined,
    close: release,
  };
}

/** The log kept so far; following it waits for the container's end. */
export function simulateLogs(
  read: () => string,
  options: LogOptions,
  stopped: Promise<void>,
): LogStream {
  let release: () => void = () => undefined;
  const closed = new Promise<void>((resolve) => {
    release = resolve;
  });
  async function* output(): AsyncIterable<OutputChunk> {
    const lines = read().split('\n').slice(0, -1);
    const from =
      options.tailLines === undefined ? 0 : Math.max(lines.length - options.tailLines, 0);
    yield* textOutput(
      lines
        .slice(from)
        .map((line) => `${line}\n`)
        .join(''),
    );
    if (options.follow) await Promise.race([stopped, closed]);
  }
  return { output: output(), close: release };
}

async function* textOutput(text: string): AsyncIterable<OutputChunk> {
  if (text !== '') yield { stream: 'stdout', data: new TextEncoder().encode(text) };
}

async function* outputOf(source: AsyncIterable<Uint8Array>): AsyncIterable<OutputChunk> {
  for await (const data of source) yield { stream: 'stdout', data };
}
