import { Writable } from 'node:stream';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type Docker from 'dockerode';
import type {
  AttachRequest,
  AttachSession,
  ExecRequest,
  ExecSession,
  OutputChunk,
} from '../container-runtime.ts';
import { RuntimeError } from '../container-runtime.ts';
import { demultiplex, terminalOutput } from './demultiplex.ts';
import { dialDuplex } from './dial-stream.ts';
import { engineCall } from './engine-error.ts';
import { openLogs } from './logs.ts';
import { LABEL } from './names.ts';
import { isProcessOf } from './process-of.ts';

/** How often, and after what time, it is looked for a process that the engine says runs. */
const PROCESS_LOOKS = 20;
const PROCESS_LOOK_MS = 50;
/** What runs no longer is a short command to those who join it. */
const SHORT_MS = 10_000;
/** How long the engine may take to learn that a container has ended whose output has. */
const END_WAIT_MS = 2_000;

/** Starts a process in a running container and joins its streams. */
export async function execSession(
  engine: Docker,
  id: string,
  request: ExecRequest,
): Promise<ExecSession> {
  const exec = await engineCall(
    engine.getContainer(id).exec({
      Cmd: [...request.command],
      AttachStdin: request.stdin,
      AttachStdout: true,
      AttachStderr: !request.tty,
      Tty: request.tty,
    }),
  );
  const stream = await engineCall(
    exec.start({ hijack: true, stdin: request.stdin, Tty: request.tty }),
  );
  return {
    ...joined(stream, request),
    resize: (width, height) => engineCall(exec.resize({ w: width, h: height })),
    async exitCode() {
      const { ExitCode: exitCode } = await engineCall(exec.inspect());
      return exitCode ?? 0;
    },
    async kill() {
      // The engine has no call for it. Its number means another process where this is no neighbour of it.
      const pid = await processIDOf(exec);
      if (await isProcessOf(id, pid)) process.kill(pid, 'SIGKILL');
    },
  };
}

/** The number of a command's process; 0 once it has ended, or where the engine does not tell. */
async function processIDOf(exec: Docker.Exec): Promise<number> {
  for (let look = 0; look < PROCESS_LOOKS; look++) {
    const { Running, Pid } = await engineCall(exec.inspect());
    if (!Running || Pid > 0) return Running ? Pid : 0;
    // The engine learns of it a little later than those who hear what the process says.
    await pause(PROCESS_LOOK_MS);
  }
  return 0;
}

/**
 * Joins the standard streams of a container's main process.
 * @throws RuntimeError where it does not run: the engine would wait for its next start.
 */
export async function attachSession(
  engine: Docker,
  id: string,
  request: AttachRequest,
): Promise<AttachSession> {
  const container = engine.getContainer(id);
  const { stdin, stdout, stderr } = request;
  // dockerode's own `attach` sends its options as a body, too, which podman takes for input of the container.
  const stream = await dialDuplex(engine, {
    method: 'POST',
    path: `/containers/${id}/attach?`,
    query: { stream: true, stdin, stdout, stderr },
  });
  // Asked after joining: a process that ends from here on ends the stream.
  const { Config, State } = await engineCall(container.inspect());
  if (!State.Running) {
    stream.destroy();
    throw new RuntimeError('InvalidArgument', `container ${id} is not running`);
  }
  const session = joined(stream, request);
  const endsWithInput = Config.Labels[LABEL.stdinOnce] === 'true' && !request.tty;
  return {
    ...session,
    ...(stdin && !endsWithInput ? { stdin: withoutEnd(stream) } : {}),
    output: outputOrLog(engine, id, session.output),
    resize: async (width, height) => {
      await engineCall(container.resize({ w: width, h: height }));
    },
  };
}

/** The engine takes the end of what is sent for the end of the session, even where input goes on later. */
const withoutEnd = (stream: Duplex): Writable =>
  new Writable({
    write: (chunk: Buffer, encoding, done) => void stream.write(chunk, encoding, done),
  }).on('error', () => stream.destroy());

/**
 * The output of a container, or its log where it was a short command and said nothing any more: whoever runs one
 * joins it as soon as it is said to run, and may find it at its end.
 */
async function* outputOrLog(
  engine: Docker,
  id: string,
  output: AsyncIterable<OutputChunk>,
): AsyncGenerator<OutputChunk> {
  let isSilent = true;
  for await (const chunk of output) {
    isSilent = false;
    yield chunk;
  }
  if (!isSilent) return;
  const container = engine.getContainer(id);
  try {
    // Only a little: a process may close its output and go on.
    await container.wait({ abortSignal: AbortSignal.timeout(END_WAIT_MS) });
  } catch {
    return;
  }
  const info = await engineCall(container.inspect());
  const ranMs = Date.parse(info.State.FinishedAt) - Date.parse(info.State.StartedAt);
  if (ranMs > SHORT_MS) return;
  const log = await openLogs(engine, info, { follow: false, timestamps: false });
  try {
    yield* log.output;
  } finally {
    log.close();
  }
}

function joined(
  stream: Duplex,
  request: { readonly stdin: boolean; readonly tty: boolean },
): Omit<AttachSession, 'resize'> {
  // A reset of the engine's connection ends the output; without a listener it would end the agent.
  stream.on('error', () => stream.destroy());
  const output: AsyncIterable<OutputChunk> = request.tty
    ? terminalOutput(stream)
    : demultiplex(stream);
  return {
    ...(request.stdin ? { stdin: stream } : {}),
    output,
    close: () => stream.destroy(),
  };
}
