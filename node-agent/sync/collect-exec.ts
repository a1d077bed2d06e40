import type { ContainerRuntime } from '../runtime/container-runtime.ts';

/** Upstream keeps this much of a command's output. */
const MAX_OUTPUT_BYTES = 10 * 1024;

export interface CollectedExec {
  readonly exitCode: number;
  /** Both streams, in the order in which they came. */
  readonly output: string;
}

/**
 * Runs a command in a container to its end. Once aborted it is killed, where the runtime can, and not
 * waited for any more. Throws what the runtime throws, or the signal's reason.
 */
export async function collectExec(
  runtime: ContainerRuntime,
  containerID: string,
  command: readonly string[],
  signal: AbortSignal,
): Promise<CollectedExec> {
  const session = await runtime.exec(containerID, { command, stdin: false, tty: false });
  const close = (): void => {
    session.close();
    // Where it cannot be killed it goes on, and nobody listens.
    session.kill().catch(() => undefined);
  };
  signal.addEventListener('abort', close, { once: true });
  try {
    const parts: Uint8Array[] = [];
    let size = 0;
    signal.throwIfAborted();
    for await (const { data } of session.output) {
      if (size < MAX_OUTPUT_BYTES) parts.push(data);
      size += data.length;
    }
    signal.throwIfAborted();
    const output = Buffer.concat(parts).toString('utf8', 0, MAX_OUTPUT_BYTES);
    return { exitCode: await session.exitCode(), output };
  } finally {
    signal.removeEventListener('abort', close);
    session.close();
  }
}
