import { execFile } from 'node:child_process';

/** How a unit is, in systemd's words. */
export interface UnitState {
  /** `active`, `activating`, `inactive`, `failed`, … */
  readonly activeState: string;
  readonly subState: string;
  readonly isEnabled: boolean;
  /** 0: none runs. */
  readonly mainPID: number;
  /** How often systemd has started it again since somebody did. */
  readonly restarts: number;
  /** Empty where it is not active. */
  readonly activeSince: string;
}

interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Longer than a unit of ours takes to stop, pods included. */
const TIMEOUT_MS = 30 * 60_000;
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;
const PROPERTIES = [
  'ActiveState',
  'SubState',
  'UnitFileState',
  'MainPID',
  'NRestarts',
  'ActiveEnterTimestamp',
];

/** systemd, as far as one service is concerned; told by its own commands. */
export class ServiceManager {
  readonly #unit: string;
  readonly version: number;

  private constructor(unit: string, version: number) {
    this.#unit = unit;
    this.version = version;
  }

  /** @throws Error that says what to do where the machine does not run systemd */
  static async for(service: string): Promise<ServiceManager> {
    const state = await run('systemctl', ['is-system-running']);
    if (state === null || ['offline', 'unknown', ''].includes(state.stdout.trim())) {
      throw new Error(
        'this machine does not run systemd: let the service manager that it has run `fairlead node join …`, which stays in the foreground',
      );
    }
    const { stdout = '' } = (await run('systemctl', ['--version'])) ?? {};
    return new ServiceManager(`${service}.service`, Number(/\d+/.exec(stdout)?.[0] ?? 0));
  }

  /** Makes systemd read its units again. */
  reload(): Promise<void> {
    return this.#must(['daemon-reload']);
  }

  /** Starts it, now and with the machine. */
  enable(): Promise<void> {
    return this.#must(['enable', '--now', this.#unit]);
  }

  /** Stops it, now and for good. */
  disable(): Promise<void> {
    return this.#must(['disable', '--now', this.#unit]);
  }

  restart(): Promise<void> {
    return this.#must(['restart', this.#unit]);
  }

  async state(): Promise<UnitState> {
    const args = ['show', this.#unit, `--property=${PROPERTIES.join(',')}`];
    const { stdout = '' } = (await run('systemctl', args)) ?? {};
    const values = new Map(
      stdout.split('\n').map((line) => {
        const equals = line.indexOf('=');
        return [line.slice(0, equals), line.slice(equals + 1)];
      }),
    );
    return {
      activeState: values.get('ActiveState') ?? 'unknown',
      subState: values.get('SubState') ?? '',
      isEnabled: values.get('UnitFileState') === 'enabled',
      mainPID: Number(values.get('MainPID') ?? 0),
      restarts: Number(values.get('NRestarts') ?? 0),
      activeSince: values.get('ActiveEnterTimestamp') ?? '',
    };
  }

  /** The end of its log since a time; nothing where there is no journal. */
  async lastLogLines(count: number, sinceMs: number): Promise<string[]> {
    const since = `@${Math.floor(sinceMs / 1000)}`;
    const what = ['--unit', this.#unit, '--since', since, '--lines', String(count)];
    const args = [...what, '--no-pager', '--output', 'cat', '--quiet'];
    const { code = 1, stdout = '' } = (await run('journalctl', args)) ?? {};
    return code === 0 ? stdout.split('\n').filter((line) => line !== '') : [];
  }

  async #must(args: readonly string[]): Promise<void> {
    const finished = await run('systemctl', args);
    if (finished?.code === 0) return;
    const why = finished?.stderr.trim() ?? 'it is not there';
    throw new Error(`systemctl ${args.join(' ')} failed: ${why}`);
  }
}

/** Null where there is no such command. */
function run(command: string, args: readonly string[]): Promise<Finished | null> {
  const options = { timeout: TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES };
  return new Promise((resolve) => {
    execFile(command, [...args], options, (error, stdout, stderr) => {
      if (error?.code === 'ENOENT') resolve(null);
      else resolve({ code: codeOf(error), stdout, stderr });
    });
  });
}

/** What was killed, or said too much, has failed like what says so itself. */
const codeOf = (error: { readonly code?: unknown } | null): number =>
  error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
