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
import { engineCall } from './engine-error.ts';
import { isProcessOf } from './process-of.ts';

/** How often, and after what time, it is looked for a process that the engine says runs. */
const PROCESS_LOOKS = 20;
const PROCESS_LOOK_MS = 50;

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
  const stream = (await engineCall(
    container.attach({ stream: true, hijack: true, ...request }),
  )) as unknown as Duplex;
  // Asked after joining: a process that ends from here on ends the stream.
  const { State } = await engineCall(container.inspect());
  if (!State.Running) {
    stream.destroy();
    throw new RuntimeError('InvalidArgument', `container ${id} is not running`);
  }
  return {
    ...joined(stream, request),
    resize: async (width, height) => {
      await engineCall(container.resize({ w: width, h: height }));
    },
  };
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
