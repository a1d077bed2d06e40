import { access, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { inject } from 'vitest';
import { parse } from 'yaml';
import { APIClient } from '../../../cli/api-client.ts';
import { PACKAGE_ROOT } from '../../../cli/build-if-stale.ts';
import type { DataDir } from '../../../cli/data-dir.ts';
import { dataDirAt } from '../../../cli/data-dir.ts';
import { containersOf, removeNodeRemains } from './engine.ts';
import type { EngineContainer } from './engine.ts';
import { kubectlPath } from './kubectl.ts';
import { Background, childrenOf, freePort, run } from './processes.ts';
import type { Finished, RunOptions } from './processes.ts';
import { until } from './until.ts';

const CLI = join(PACKAGE_ROOT, 'cli/main.ts');

export interface ClusterOptions {
  /** Starts a node on this machine's engine; default true. */
  readonly node?: boolean;
  /** Address that it listens on; default: loopback. */
  readonly address?: string;
  /** Private networks that webhooks may be called in. */
  readonly webhookNetworks?: readonly string[];
  /** Default: one that no other cluster of this run has. */
  readonly nodeName?: string;
}

export interface Connection {
  readonly server: string;
  readonly ca: string;
  readonly token: string;
}

/** `fairlead` is started some hundred times in a run: its processes share what Node compiles. */
const withCache = (options: RunOptions = {}): RunOptions => ({
  ...options,
  env: { NODE_COMPILE_CACHE: join(inject('scratch'), 'compiled'), ...options.env },
});

/** `fairlead` as a user would type it. */
export function fairlead(args: readonly string[], options?: RunOptions): Promise<Finished> {
  return run(process.execPath, [CLI, ...args], withCache(options));
}

/** `fairlead` in the background. */
export function fairleadInBackground(args: readonly string[], options?: RunOptions): Background {
  return new Background(process.execPath, [CLI, ...args], withCache(options));
}

/** A control plane and its node, started with `fairlead up` on a data directory of its own. */
export class Cluster {
  readonly nodeName: string;
  readonly dir: DataDir;
  readonly port: number;
  readonly #options: ClusterOptions;
  readonly #nodeNames: string[];
  #up: Background | undefined;
  #connection: Connection | undefined;
  #client: APIClient | undefined;
  #namespaces = 0;

  private constructor(name: string, port: number, options: ClusterOptions) {
    this.nodeName = options.nodeName ?? `${inject('nodePrefix')}-${name}`;
    this.dir = dataDirAt(join(inject('scratch'), name));
    this.port = port;
    this.#options = options;
    this.#nodeNames = [this.nodeName];
  }

  /** @param name unique in this run, such as the test file's. */
  static async start(name: string, options: ClusterOptions = {}): Promise<Cluster> {
    await mkdir(inject('scratch'), { recursive: true });
    const cluster = new Cluster(name, await freePort(), options);
    try {
      await cluster.up();
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  /** Starts `fairlead up`, and waits until it says what to do next. */
  async up(): Promise<void> {
    const node = this.#options.node ?? true;
    const up = fairleadInBackground([
      'up',
      `--data-dir=${this.dir.root}`,
      `--port=${this.port}`,
      `--node-name=${this.nodeName}`,
      '--no-hello',
      '--no-install-engine',
      ...(node ? [] : ['--no-node']),
      ...(this.#options.address === undefined ? [] : [`--address=${this.#options.address}`]),
      ...(this.#options.webhookNetworks ?? []).map((network) => `--webhook-network=${network}`),
    ]);
    this.#up = up;
    let code: number | undefined;
    void up.exited.then((exitCode) => {
      code = exitCode;
    });
    await until('fairlead up', () => code !== undefined || up.stdout.includes('Next:'), 120_000);
    if (code !== undefined) {
      throw new Error(`fairlead up ended with ${code}: ${up.stdout}${up.stderr}`);
    }
    this.#connection = await connectionOf(this.dir.kubeconfig);
    this.#client = new APIClient(this.#connection);
  }

  /** Stops `fairlead up` as Ctrl-C does; containers stay. Resolves with its exit code. */
  async down(): Promise<number> {
    this.#client?.close();
    const code = (await this.#up?.stop('SIGINT')) ?? 0;
    this.#up = undefined;
    return code;
  }

  /** Kills `fairlead up` itself, and nothing that it has started. */
  async kill(): Promise<void> {
    this.#client?.close();
    await this.#up?.stop('SIGKILL');
    this.#up = undefined;
  }

  /** Ends everything, and removes every container of its nodes. */
  async stop(): Promise<void> {
    await this.down();
    for (const nodeName of this.#nodeNames) await removeNodeRemains(nodeName);
  }

  /** Resolves with the exit code of `fairlead up`. */
  get exited(): Promise<number> {
    if (this.#up === undefined) throw new Error('fairlead up does not run');
    return this.#up.exited;
  }

  /** As the kubeconfig has it. */
  get connection(): Connection {
    if (this.#connection === undefined) throw new Error('fairlead up never ran');
    return this.#connection;
  }

  get client(): APIClient {
    if (this.#client === undefined) throw new Error('fairlead up does not run');
    return this.#client;
  }

  /** The API with another token than the administrator's. */
  as(token: string): APIClient {
    return new APIClient({ ...this.connection, token });
  }

  /** Another node's name, whose containers are removed at the end as well. */
  newNodeName(suffix: string): string {
    const name = `${this.nodeName}-${suffix}`;
    this.#nodeNames.push(name);
    return name;
  }

  /**
   * Starts the agent of another node, as {@link newNodeName} named it; `server` is where it finds the
   * control plane, and it is enrolled on its first start.
   */
  async joinNode(
    nodeName: string,
    server = this.connection.server,
    env: Readonly<Record<string, string>> = {},
  ): Promise<Background> {
    const stateDir = join(this.dir.root, nodeName);
    const isKnown = await access(stateDir).then(
      () => true,
      () => false,
    );
    const token = isKnown ? [] : [`--token=${await this.#enrolmentToken()}`];
    const args = [
      'node',
      'join',
      server,
      ...token,
      `--name=${nodeName}`,
      `--ca-file=${join(this.dir.pki, 'ca.crt')}`,
      `--state-dir=${stateDir}`,
    ];
    return fairleadInBackground(args, { env });
  }

  async #enrolmentToken(): Promise<string> {
    const { stdout } = await fairlead(['node', 'token', 'create', '--data-dir', this.dir.root]);
    return stdout.trim();
  }

  /** Process ids of what `fairlead up` has started. */
  async processID(of: 'workerd' | 'agent'): Promise<number> {
    const pid = this.#up?.process.pid;
    if (pid === undefined) throw new Error('fairlead up does not run');
    const wanted = of === 'workerd' ? 'workerd' : 'dist/agent/main.js';
    const child = (await childrenOf(pid)).find(({ commandLine }) => commandLine.includes(wanted));
    if (child === undefined) throw new Error(`fairlead up runs no ${of}`);
    return child.pid;
  }

  containers(): Promise<EngineContainer[]> {
    return containersOf(this.nodeName);
  }

  /** Makes a namespace with a name that no test had before. */
  async namespace(): Promise<string> {
    const name = `test-${++this.#namespaces}`;
    const metadata = { name };
    await this.client.json('POST', '/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata,
    });
    return name;
  }

  /** Runs kubectl to its end, whatever its exit code. */
  kubectl(args: readonly string[], options?: RunOptions): Promise<Finished> {
    return run(...this.#kubectlCommand(args), options);
  }

  /** The same with another kubectl, by its path. */
  kubectlAt(path: string, args: readonly string[], options?: RunOptions): Promise<Finished> {
    return run(...this.#kubectlCommand(args, path), options);
  }

  kubectlInBackground(args: readonly string[], options?: RunOptions): Background {
    return new Background(...this.#kubectlCommand(args), options);
  }

  /** Runs kubectl and returns what it printed. @throws Error unless it ends with 0. */
  async kubectlOutput(args: readonly string[], options?: RunOptions): Promise<string> {
    const { code, stdout, stderr } = await this.kubectl(args, options);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${code}: ${stderr}`);
    return stdout;
  }

  /** Runs kubectl on a terminal of its own, which script(1) makes. */
  terminal(args: readonly string[], size: { rows: number; columns: number }): Promise<Finished> {
    const [command, all] = this.#kubectlCommand(args);
    const quoted = [command, ...all].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
    const line = `stty rows ${size.rows} cols ${size.columns}; exec ${quoted}`;
    return run('script', ['--quiet', '--return', '--command', line, '/dev/null']);
  }

  /** `kubectl apply` of an object or of YAML text. */
  apply(namespace: string, manifest: object | string): Promise<string> {
    const input = typeof manifest === 'string' ? manifest : JSON.stringify(manifest);
    return this.kubectlOutput(['-n', namespace, 'apply', '-f', '-'], { input });
  }

  /** Writes files into a new folder of this machine, whose path is returned. */
  async localFiles(files: Readonly<Record<string, string>>): Promise<string> {
    const folder = await mkdtemp(join(this.dir.root, 'files-'));
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    return folder;
  }

  #kubectlCommand(args: readonly string[], path = kubectlPath): [string, string[]] {
    if (path === null) throw new Error('there is no kubectl on this machine');
    // Ports come again, so discovery cached for one cluster must not serve another; and versions
    // write their caches in forms of their own.
    const cache = join(this.dir.root, 'kubectl-cache', basename(path));
    return [path, ['--kubeconfig', this.dir.kubeconfig, '--cache-dir', cache, ...args]];
  }
}

async function connectionOf(kubeconfig: string): Promise<Connection> {
  const config = parse(await readFile(kubeconfig, 'utf8')) as {
    clusters: [{ cluster: { server: string; 'certificate-authority-data': string } }];
    users: [{ user: { token: string } }];
  };
  const { server, 'certificate-authority-data': ca } = config.clusters[0].cluster;
  return {
    server,
    ca: Buffer.from(ca, 'base64').toString('utf8'),
    token: config.users[0].user.token,
  };
}
