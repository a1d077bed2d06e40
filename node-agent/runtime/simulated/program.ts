/** How a simulated container behaves from its start on. */
export interface Program {
  /** Written to standard output at the start. */
  readonly output: string;
  /** Milliseconds until it ends by itself; Infinity for a server. */
  readonly runsForMs: number;
  readonly exitCode: number;
}

/**
 * Reads a command line as the busybox applets `true`, `false`, `echo` and `sleep` would; whatever
 * else it is counts as a server that runs until it is stopped.
 */
export function simulateProgram(commandLine: readonly string[]): Program {
  const [program, ...args] = commandLine;
  switch (program) {
    case 'true':
      return { output: '', runsForMs: 0, exitCode: 0 };
    case 'false':
      return { output: '', runsForMs: 0, exitCode: 1 };
    case 'echo':
      return { output: `${args.join(' ')}\n`, runsForMs: 0, exitCode: 0 };
    case 'sleep':
      return { output: '', runsForMs: sleepMs(args[0]), exitCode: 0 };
    default:
      return { output: '', runsForMs: Infinity, exitCode: 0 };
  }
}

function sleepMs(text: string | undefined): number {
  const seconds = Number(text);
  return Number.isFinite(seconds) ? seconds * 1000 : Infinity;
}
