import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runDirOf } from '../../cli/run-dir.ts';
import { buildBusyboxImage } from '../fakes/busybox-image.ts';
import { randomFrom } from '../fakes/seeded-random.ts';
import { ChurningWorkload } from './harness/churning-workload.ts';
import { Cluster } from './harness/cluster.ts';
import { containersOf } from './harness/engine.ts';
import { IMAGE, OTHER_IMAGE } from './harness/image.ts';
import { canHaveOwnEngine, OwnEngine } from './harness/own-engine.ts';
import { childrenOf } from './harness/processes.ts';
import type { Background } from './harness/processes.ts';
import { until } from './harness/until.ts';

/** What of the whole measure (600) is in every run. */
const SECONDS = Number(process.env['FAIRLEAD_TEST_CHAOS_SECONDS'] ?? 20);
const VICTIMS = ['agent', 'engine', 'control plane'] as const;
/** Backoffs of what was killed again and again last this long. */
const SETTLE_MS = 400_000;

describe.skipIf(!canHaveOwnEngine)('processes that are killed in any order', () => {
  let cluster: Cluster;
  let engine: OwnEngine;
  let nodeName: string;
  let node: Supervised;

  beforeAll(async () => {
    cluster = await Cluster.start('chaos', { node: false });
    nodeName = cluster.newNodeName('worn');
    engine = await OwnEngine.start(join(cluster.dir.root, 'engine'));
    await buildBusyboxImage(IMAGE, engine.api);
    await buildBusyboxImage(OTHER_IMAGE, engine.api);
    const env = { DOCKER_HOST: engine.host };
    node = new Supervised(() => cluster.joinNode(nodeName, cluster.connection.server, env));
    await until('the node is ready', async () => {
      const { status } = await cluster.client.json<{
        status?: { conditions?: { type: string; status: string }[] };
      }>('GET', `/api/v1/nodes/${nodeName}`);
      return status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True');
    });
  });

  afterAll(async () => {
    await node?.stop();
    await cluster?.stop();
    await engine?.stop();
  });

  const kill = async (victim: (typeof VICTIMS)[number]): Promise<void> => {
    if (victim === 'agent') {
      await node.killChild();
    } else if (victim === 'engine') {
      await engine.kill();
      await engine.up();
    } else {
      process.kill(await cluster.processID('workerd'), 'SIGKILL');
      await cluster.exited;
      await cluster.up();
    }
  };

  /** Folders of pods that the node has volumes of, by their UIDs. */
  const podFolders = async (): Promise<string[]> => {
    const stateDir = join(cluster.dir.root, nodeName);
    const roots = [join(stateDir, 'state'), runDirOf(nodeName, stateDir)];
    const found = await Promise.all(
      roots.map((root) => readdir(join(root, 'pods')).catch((): string[] => [])),
    );
    return [...new Set(found.flat())].sort();
  };

  const mounts = async (): Promise<string[]> => {
    const runDir = runDirOf(nodeName, join(cluster.dir.root, nodeName));
    const lines = (await readFile('/proc/mounts', 'utf8')).split('\n');
    return lines.map((line) => line.split(' ')[1] ?? '').filter((path) => path.startsWith(runDir));
  };

  const networks = async (): Promise<string[]> =>
    (await engine.api.listNetworks()).map(({ Name }) => Name).sort();

  it(
    'leave what is desired, what is told and what runs the same, and nothing behind',
    async () => {
      const seed = Number(process.env['FAIRLEAD_TEST_CHAOS_SEED'] ?? Date.now() % 2 ** 31);
      const random = randomFrom(seed);
      process.stderr.write(`FAIRLEAD_TEST_CHAOS_SEED=${seed}\n`);
      const networksBefore = await networks();
      const workload = new ChurningWorkload(() => cluster.client, random);
      const churn = workload.run();
      const kills: string[] = [];
      for (const end = Date.now() + SECONDS * 1000; Date.now() < end;) {
        // How long each of them is let be is part of the chaos.
        await pause(500 + random() * 2500);
        const victim = VICTIMS[Math.floor(random() * VICTIMS.length)]!;
        kills.push(victim);
        await kill(victim);
      }
      await workload.stop();
      await churn;
      process.stderr.write(`killed: ${kills.join(', ')}; ${workload.acknowledged} writes\n`);
      expect(workload.acknowledged).toBeGreaterThan(SECONDS / 4);

      const settled = await until(
        'desired, told and real agree',
        async () => {
          const missing = await workload.missing();
          const pods = await workload.pods();
          const real = await containersOf(nodeName, engine.api);
          const told = pods.flatMap(({ containerIDs }) => containerIDs).sort();
          const running = real.filter((found) => found.running);
          const runs = running.filter(({ type }) => type === 'container').map(({ id }) => id);
          const sandboxes = running.filter(({ type }) => type === 'sandbox');
          const names = new Set(pods.map(({ name }) => name));
          const strangers = real.filter((found) => !names.has(found.pod));
          return (
            missing.length === 0 &&
            pods.every(({ isReady }) => isReady) &&
            JSON.stringify(runs.sort()) === JSON.stringify(told) &&
            sandboxes.length === pods.length &&
            strangers.length === 0 &&
            pods
          );
        },
        SETTLE_MS,
      );
      const uids = settled.map(({ uid }) => uid).sort();
      await until('volumes are those of the pods', async () =>
        (await podFolders()).every((uid) => uids.includes(uid)),
      );
      expect(await networks()).toEqual(networksBefore);

      await workload.removeAll();
      await until('nothing runs', async () => {
        return (await containersOf(nodeName, engine.api)).length === 0;
      });
      await until('no volume is left', async () => (await podFolders()).length === 0);
      expect((await mounts()).filter((path) => path.includes('/pods/'))).toEqual([]);
    },
    SECONDS * 2000 + SETTLE_MS,
  );
});

/** Runs a command, and starts it again whenever it ends, as a service manager does. */
class Supervised {
  readonly #start: () => Promise<Background>;
  #current: Background | undefined;
  #stopped = false;
  readonly #ended: Promise<void>;

  constructor(start: () => Promise<Background>) {
    this.#start = start;
    this.#ended = this.#run();
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      this.#current = await this.#start();
      await this.#current.exited;
      // One that fails at once must not keep the machine busy.
      if (!this.#stopped) await pause(250);
    }
  }

  /** Kills what the command has started, where it has by now. */
  async killChild(): Promise<void> {
    const pid = this.#current?.process.pid;
    if (pid === undefined) return;
    for (const child of await childrenOf(pid).catch(() => [])) process.kill(child.pid, 'SIGKILL');
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#current?.process.kill('SIGINT');
    await this.#ended;
  }
}
