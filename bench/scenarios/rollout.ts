import { BenchClient, latencies, round } from '../client.ts';
import { readUntil } from '../json-lines.ts';
import { configMap, deploymentOf, namespace } from '../objects.ts';
import { forkSimulatedNodes } from '../simulated-nodes.ts';
import { cpuSecondsOf, memoryOf, type Target } from '../target.ts';

const SIZES = [100, 1_000, 3_000];
/** The size of which a rolling update is measured, too. */
const UPDATED_SIZE = 1_000;
const NODES = 100;
/** Between two requests of the client that measures what others notice. Milliseconds. */
const PROBE_PAUSE_MS = 10;
const DEPLOYMENT = 'big';

type Line = Record<string, unknown>;

interface PodEvent {
  type: string;
  object: { metadata: { name: string }; spec: { nodeName?: string }; status?: { phase?: string } };
}

interface DeploymentEvent {
  object: {
    metadata: { generation: number };
    spec: { replicas: number };
    status?: {
      observedGeneration?: number;
      replicas?: number;
      updatedReplicas?: number;
      availableReplicas?: number;
    };
  };
}

/**
 * Deployments from apply to all pods running, and a rolling update, on 100 nodes; and how long
 * requests of another client to the same namespace take meanwhile. Our own server gets simulated
 * nodes; a server elsewhere has to bring its own.
 */
export async function rollout(target: Target): Promise<Line[]> {
  const nodes = target.pid === undefined ? null : await forkSimulatedNodes(target, NODES);
  const lines: Line[] = [];
  // Of a step of a second there are some 40, whose p99 is the worst of them: all together say more.
  const all: number[] = [];
  for (const replicas of SIZES) {
    const bench = new RolloutBench(target, replicas, all);
    lines.push(await bench.apply());
    if (replicas === UPDATED_SIZE) lines.push(await bench.update());
    lines.push(await bench.remove());
    bench.close();
  }
  lines.push({ step: 'all of these', requests: { count: all.length, ...latencies(all) } });
  await nodes?.stop();
  return lines.map((line) => ({ nodes: nodes === null ? "the server's own" : NODES, ...line }));
}

/** One Deployment in a namespace of its own. */
class RolloutBench {
  readonly #client: BenchClient;
  readonly #target: Target;
  readonly #replicas: number;
  readonly #namespace: string;
  readonly #deployments: string;
  readonly #all: number[];

  /** @param all gets how long each request took that others made meanwhile, in milliseconds */
  constructor(target: Target, replicas: number, all: number[]) {
    this.#client = new BenchClient(target, 4);
    this.#target = target;
    this.#all = all;
    this.#replicas = replicas;
    this.#namespace = `bench-rollout-${replicas}`;
    this.#deployments = `/apis/apps/v1/namespaces/${this.#namespace}/deployments`;
  }

  async apply(): Promise<Line> {
    await this.#client.call('POST', '/api/v1/namespaces', namespace(this.#namespace));
    const deployment = deploymentOf(DEPLOYMENT, this.#replicas);
    return this.#measure('apply', () => this.#client.call('POST', this.#deployments, deployment), {
      collection: `/api/v1/namespaces/${this.#namespace}/pods`,
      until: podsRun(this.#replicas),
    });
  }

  async update(): Promise<Line> {
    const path = `${this.#deployments}/${DEPLOYMENT}`;
    const change = async (): Promise<void> => {
      const deployment = await this.#client.call<ReturnType<typeof deploymentOf>>('GET', path);
      for (const container of deployment.spec.template.spec.containers) {
        container.image = 'example/web:2';
      }
      await this.#client.call('PUT', path, deployment);
    };
    const isDone = ({ object }: DeploymentEvent): boolean => {
      const { metadata, spec, status = {} } = object;
      const counts = [status.replicas, status.updatedReplicas, status.availableReplicas];
      const isObserved = (status.observedGeneration ?? 0) >= metadata.generation;
      return metadata.generation > 1 && isObserved && counts.every((n) => n === spec.replicas);
    };
    return this.#measure('rolling update', change, {
      collection: this.#deployments,
      until: () => ({ take: isDone, times: {} }),
    });
  }

  async remove(): Promise<Line> {
    const path = `${this.#deployments}/${DEPLOYMENT}`;
    return this.#measure('delete', () => this.#client.call('DELETE', path), {
      collection: `/api/v1/namespaces/${this.#namespace}/pods`,
      until: podsAreGone(this.#replicas),
    });
  }

  close(): void {
    this.#client.close();
  }

  /** Changes something, follows a watch until its goal is reached, and asks other things meanwhile. */
  async #measure<T>(
    step: string,
    change: () => Promise<unknown>,
    goal: { collection: string; until: (startedAt: number) => Goal<T> },
  ): Promise<Line> {
    const { collection } = goal;
    const { metadata } = await this.#client.call<{ metadata: { resourceVersion: string } }>(
      'GET',
      `${collection}?limit=1`,
    );
    const query = `watch=true&resourceVersion=${metadata.resourceVersion}`;
    const watch = await this.#client.open('GET', `${collection}?${query}`);
    const probe = new Probe(this.#target, this.#namespace);
    await probe.start();
    const cpuBefore = cpuSecondsOf(this.#target.pid);
    const startedAt = performance.now();
    const { take, times } = goal.until(startedAt);
    const reached = readUntil(watch, (event) => take(event as T));
    await change();
    await reached;
    const tookMs = round(performance.now() - startedAt);
    watch.destroy();
    const requests = await probe.stop();
    this.#all.push(...probe.samples);
    const memory = memoryOf(this.#target.pid);
    const cpuAfter = cpuSecondsOf(this.#target.pid);
    return {
      step,
      replicas: this.#replicas,
      ...times,
      tookMs,
      ...(cpuBefore === null || cpuAfter === null
        ? {}
        : { cpuMs: Math.round((cpuAfter - cpuBefore) * 1_000) }),
      requests,
      rssMB: memory?.rssMB,
      rssPeakMB: memory?.peakMB,
    };
  }
}

/** Takes events until it says that there is nothing more to wait for, and notes times on its way. */
interface Goal<T> {
  readonly take: (event: T) => boolean;
  readonly times: Line;
}

function podsRun(replicas: number): (startedAt: number) => Goal<PodEvent> {
  return (startedAt) => {
    const written = new Set<string>();
    const bound = new Set<string>();
    const running = new Set<string>();
    const times: Line = {};
    const take = ({ object }: PodEvent): boolean => {
      const { name } = object.metadata;
      written.add(name);
      if (object.spec.nodeName !== undefined) bound.add(name);
      if (object.status?.phase === 'Running') running.add(name);
      const now = round(performance.now() - startedAt);
      if (written.size === replicas) times['allWrittenMs'] ??= now;
      if (bound.size === replicas) times['allBoundMs'] ??= now;
      return running.size === replicas;
    };
    return { take, times };
  };
}

function podsAreGone(replicas: number): () => Goal<PodEvent> {
  return () => {
    const gone = new Set<string>();
    const take = ({ type, object }: PodEvent): boolean => {
      if (type === 'DELETED') gone.add(object.metadata.name);
      return gone.size === replicas;
    };
    return { take, times: {} };
  };
}

/** A client that reads, writes and lists in a namespace in turn, and how long its answers take. */
class Probe {
  readonly #client: BenchClient;
  readonly #collection: string;
  readonly #samples = new Map<string, number[]>();
  #isStopped = false;
  #running: Promise<void> = Promise.resolve();

  constructor(target: Target, inNamespace: string) {
    this.#client = new BenchClient(target, 1);
    this.#collection = `/api/v1/namespaces/${inNamespace}`;
  }

  async start(): Promise<void> {
    await this.#client.call('GET', `${this.#collection}/configmaps?limit=1`);
    this.#running = this.#run();
  }

  async stop(): Promise<Line> {
    this.#isStopped = true;
    await this.#running;
    this.#client.close();
    const all = this.samples;
    const byKind = [...this.#samples].map(([kind, samples]) => [kind, latencies(samples)]);
    return { count: all.length, ...latencies(all), ...Object.fromEntries(byKind) };
  }

  get samples(): number[] {
    return [...this.#samples.values()].flat();
  }

  async #run(): Promise<void> {
    for (let turn = 0; !this.#isStopped; turn++) {
      const name = `probe-${performance.now()}`;
      const maps = `${this.#collection}/configmaps`;
      await this.#time('create', () => this.#client.call('POST', maps, configMap(name)));
      await this.#time('get', () => this.#client.call('GET', `${maps}/${name}`));
      await this.#time('list', () => this.#client.call('GET', `${this.#collection}/pods?limit=20`));
      await this.#time('delete', () => this.#client.call('DELETE', `${maps}/${name}`));
    }
  }

  async #time(kind: string, work: () => Promise<unknown>): Promise<void> {
    const startedAt = performance.now();
    await work();
    const samples = this.#samples.get(kind) ?? [];
    samples.push(performance.now() - startedAt);
    this.#samples.set(kind, samples);
    await new Promise((resolve) => setTimeout(resolve, PROBE_PAUSE_MS));
  }
}
