import { cp, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { PACKAGE_ROOT } from '../../../cli/build-if-stale.ts';
import { readNodeConfig, statusFileOf } from '../../../cli/node-config.ts';
import { readAgentStatus } from '../../../cli/node-service/local-status.ts';
import type { AgentStatus } from '../../../node-agent/agent-status.ts';
import { fairlead } from './cluster.ts';
import { run } from './processes.ts';
import type { Finished } from './processes.ts';

/** A machine whose systemd is a stand-in that starts and stops one process for real. */
export class ServiceMachine {
  readonly root: string;
  readonly stateDir: string;
  readonly prefix: string;
  readonly #service: string;

  private constructor(root: string, service: string) {
    this.root = root;
    this.stateDir = join(root, 'state');
    this.prefix = join(root, 'opt');
    this.#service = service;
  }

  /** @param root a folder that is not there yet */
  static async in(root: string): Promise<ServiceMachine> {
    const machine = new ServiceMachine(root, 'fairlead-test');
    await mkdir(join(root, 'units'), { recursive: true });
    await cp(join(PACKAGE_ROOT, 'test/e2e/testdata/systemd'), join(root, 'bin'), {
      recursive: true,
    });
    await machine.becomes('running');
    return machine;
  }

  /** As `systemctl is-system-running` is to say from now on. */
  becomes(state: 'running' | 'stopping'): Promise<void> {
    return writeFile(join(this.root, 'machine-state'), `${state}\n`);
  }

  /** `fairlead node <command> …` about the service of this machine. */
  fairlead(command: string, ...args: string[]): Promise<Finished> {
    const named = [`--service=${this.#service}`, `--unit-dir=${join(this.root, 'units')}`];
    return fairlead(['node', command, ...args, ...named], { env: this.#env });
  }

  /** The options that say where an installation is. */
  get places(): string[] {
    return [`--prefix=${this.prefix}`, `--state-dir=${this.stateDir}`];
  }

  systemctl(command: 'start' | 'stop'): Promise<Finished> {
    const args = [command, `${this.#service}.service`];
    return run(join(this.root, 'bin/systemctl'), args, { env: this.#env });
  }

  /** As the agent has it written down; undefined while none runs. */
  async agentStatus(): Promise<AgentStatus | undefined> {
    const config = await readNodeConfig(this.stateDir);
    return config === null ? undefined : readAgentStatus(statusFileOf(config));
  }

  get #env(): Record<string, string> {
    return { PATH: `${join(this.root, 'bin')}${delimiter}${process.env['PATH'] ?? ''}` };
  }
}
