import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Docker from 'dockerode';
import { Background, killAllNaming, run } from './processes.ts';
import { until } from './until.ts';

const DOCKERD = ['/usr/sbin/dockerd', '/usr/bin/dockerd'].find((path) => existsSync(path));

/** Whether this machine lets a test have an engine of its own. */
export const canHaveOwnEngine = DOCKERD !== undefined && process.getuid?.() === 0;

/** Only what Docker uses of it. */
const CONTAINERD_CONFIG = 'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n';

/**
 * A Docker engine of one test, which may be killed without harm to others. It lives in a network
 * namespace of its own, so that its bridge and its packet filter are nobody else's; containerd is a
 * process beside it, as on a machine with a service manager.
 */
export class OwnEngine {
  readonly api: Docker;
  /** For DOCKER_HOST. */
  readonly host: string;
  readonly #folder: string;
  readonly #network: Background;
  #containerd: Background | undefined;
  #daemon: Background | undefined;

  private constructor(folder: string, network: Background) {
    this.#folder = folder;
    this.#network = network;
    const socketPath = this.#path('docker.sock');
    this.host = `unix://${socketPath}`;
    this.api = new Docker({ socketPath });
  }

  /** @param folder where it keeps everything; removed at the end. Its path is short: it holds sockets. */
  static async start(folder: string): Promise<OwnEngine> {
    await mkdir(folder, { recursive: true });
    const hold = ['--net', 'sh', '-c', 'ip link set lo up; echo held; exec sleep infinity'];
    const network = new Background('unshare', hold);
    const engine = new OwnEngine(folder, network);
    await until('there is a network namespace', () => network.stdout.includes('held'));
    await writeFile(engine.#path('containerd.toml'), CONTAINERD_CONFIG);
    // What the machine's own engine is configured with is not meant for this one.
    await writeFile(engine.#path('daemon.json'), '{}');
    engine.#containerd = engine.#run('containerd', [
      `--config=${engine.#path('containerd.toml')}`,
      `--address=${engine.#path('containerd.sock')}`,
      `--root=${engine.#path('containerd')}`,
      `--state=${engine.#path('containerd-state')}`,
    ]);
    await until('containerd listens', () => existsSync(engine.#path('containerd.sock')));
    await engine.up();
    return engine;
  }

  /** Starts the daemon, and resolves once it answers. */
  async up(): Promise<void> {
    const daemon = this.#run(DOCKERD ?? 'dockerd', [
      `--host=${this.host}`,
      `--containerd=${this.#path('containerd.sock')}`,
      `--data-root=${this.#path('data')}`,
      `--exec-root=${this.#path('exec')}`,
      `--pidfile=${this.#path('docker.pid')}`,
      `--config-file=${this.#path('daemon.json')}`,
    ]);
    this.#daemon = daemon;
    let ended = false;
    void daemon.exited.then(() => {
      ended = true;
    });
    await until('the engine answers', async () => {
      if (ended) return true;
      return (await this.api.ping()) !== undefined;
    });
    if (ended) throw new Error(`dockerd has ended: ${daemon.stderr.slice(-2000)}`);
  }

  /** Kills the daemon outright; its containers are left to themselves. */
  async kill(): Promise<void> {
    await this.#daemon?.stop('SIGKILL');
  }

  /** Ends everything, and leaves nothing behind. */
  async stop(): Promise<void> {
    await this.#daemon?.stop();
    await this.#containerd?.stop();
    // What looks after a container outlives an engine that was killed before it was done with it.
    await killAllNaming(this.#path('containerd.sock'));
    await this.#network.stop('SIGKILL');
    const unmount = `cut -d' ' -f2 /proc/mounts | grep -F "$0" | sort -r | xargs -r umount`;
    await run('sh', ['-c', unmount, this.#folder]);
    await rm(this.#folder, { recursive: true, force: true });
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }

  /** Runs a command in the network namespace. */
  #run(command: string, args: readonly string[]): Background {
    const net = `--net=/proc/${this.#network.process.pid}/ns/net`;
    return new Background('nsenter', [net, command, ...args]);
  }
}
