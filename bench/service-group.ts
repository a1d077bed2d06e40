import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, readFile, rmdir } from 'node:fs/promises';
import { join } from 'node:path';

const ROOT = '/sys/fs/cgroup';

/** Puts itself into the group, copies the program, so that its pages are the group's, and becomes it. */
const ENTER = 'echo $$ > "$0" && cp "$1" "$2" && shift 1 && exec "$@"';

/** A memory cgroup as systemd gives one to each service, with the program of a release of its own. */
export class ServiceGroup {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** @returns null where none can be made: without root's rights, or where cgroups are not mounted */
  static async make(name: string): Promise<ServiceGroup | null> {
    const membership = await readFile('/proc/self/cgroup', 'utf8').catch(() => '');
    const parent = /^\d+:(.*,)?memory(,.*)?:/m.test(membership) ? join(ROOT, 'memory') : ROOT;
    const directory = join(parent, name);
    try {
      await mkdir(directory);
      await readFile(join(directory, 'memory.stat'));
      return new ServiceGroup(directory);
    } catch {
      await rmdir(directory).catch(() => undefined);
      return null;
    }
  }

  /** Starts a copy of a program, of which the copy is at `copy`. */
  spawn(
    { program, args, env }: { program: string; args: readonly string[]; env: NodeJS.ProcessEnv },
    copy: string,
  ): ChildProcess {
    const entry = join(this.#directory, 'cgroup.procs');
    const words = ['-c', ENTER, entry, program, copy, ...args];
    return spawn('sh', words, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  }

  /** Once all that was in it has ended. */
  async remove(): Promise<void> {
    await rmdir(this.#directory);
  }
}
