import { setTimeout as pause } from 'node:timers/promises';
import type { APIClient } from '../../../cli/api-client.ts';
import { IMAGE, OTHER_IMAGE } from './image.ts';
import { container, deployment, pod } from './manifests.ts';

const NAMESPACE = '/api/v1/namespaces/default';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const LABELS = 'app%3Dchurn';
const MAX_DEPLOYMENTS = 3;
const MAX_REPLICAS = 3;
const MAX_PODS = 3;
const PAUSE_MS = 400;

interface PodObject {
  metadata: { name: string; uid: string; deletionTimestamp?: string };
  status?: {
    conditions?: { type: string; status: string }[];
    containerStatuses?: { containerID?: string; state?: { running?: object } }[];
  };
}

interface DeploymentObject {
  metadata: { name: string; generation: number };
  spec: { replicas: number };
  status?: {
    observedGeneration?: number;
    replicas?: number;
    updatedReplicas?: number;
    availableReplicas?: number;
  };
}

export interface ChurnedPod {
  readonly name: string;
  readonly uid: string;
  readonly isReady: boolean;
  /** Of what is told to be running. */
  readonly containerIDs: readonly string[];
}

/**
 * Deployments and pods with volumes of several kinds that come, change and go, written to an API that
 * may be away at any time. It remembers what was acknowledged.
 */
export class ChurningWorkload {
  /** Writes that the API has said yes to. */
  acknowledged = 0;
  readonly #client: () => APIClient;
  readonly #random: () => number;
  /** What the API must have; null: nobody knows, since an answer was lost. */
  readonly #wanted = new Map<string, 'there' | 'gone' | null>();
  #next = 0;
  #stopped = false;

  /**
   * @param client of the API as it is reached now
   * @param random in [0, 1)
   */
  constructor(client: () => APIClient, random: () => number) {
    this.#client = client;
    this.#random = random;
  }

  /** Writes until {@link stop}; resolves after the last write. */
  async run(): Promise<void> {
    await this.#insist(() => this.#client().json('POST', `${NAMESPACE}/configmaps`, config));
    await this.#insist(() => this.#client().json('POST', `${NAMESPACE}/secrets`, secret));
    while (!this.#stopped) {
      await this.#writeOnce();
      await pause(PAUSE_MS);
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
  }

  /** What was acknowledged and is not so: names of objects, and of Deployments that are not done. */
  async missing(): Promise<string[]> {
    const deployments = await this.#list<DeploymentObject>(DEPLOYMENTS);
    const pods = await this.#list<PodObject>(`${NAMESPACE}/pods`);
    const there = new Set([...deployments, ...pods].map(({ metadata }) => metadata.name));
    const wrong = [...this.#wanted].flatMap(([name, state]) =>
      state !== null && (state === 'there') !== there.has(name) ? [name] : [],
    );
    const unfinished = deployments.filter(({ metadata, spec: { replicas }, status }) => {
      const counts = [status?.replicas, status?.updatedReplicas, status?.availableReplicas];
      return (
        status?.observedGeneration !== metadata.generation ||
        counts.some((count) => (count ?? 0) !== replicas)
      );
    });
    return [...wrong, ...unfinished.map(({ metadata }) => metadata.name)];
  }

  async pods(): Promise<ChurnedPod[]> {
    const pods = await this.#list<PodObject>(`${NAMESPACE}/pods`);
    return pods.map(({ metadata: { name, uid, deletionTimestamp }, status }) => ({
      name,
      uid,
      isReady:
        deletionTimestamp === undefined &&
        (status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false),
      containerIDs: (status?.containerStatuses ?? []).flatMap(({ containerID, state }) =>
        containerID === undefined || state?.running === undefined
          ? []
          : [containerID.replace('docker://', '')],
      ),
    }));
  }

  /** Deletes all of it; resolves once the API has none of its pods any more. */
  async removeAll(): Promise<void> {
    for (const path of [DEPLOYMENTS, `${NAMESPACE}/pods`]) {
      await this.#client().json('DELETE', `${path}?labelSelector=${LABELS}`);
    }
  }

  async #writeOnce(): Promise<void> {
    const named = (prefix: string): string[] =>
      [...this.#wanted].flatMap(([name, state]) =>
        name.startsWith(prefix) && state === 'there' ? [name] : [],
      );
    const deployments = named('deployment');
    const pods = named('pod');
    const any = (names: readonly string[]): string =>
      names[Math.floor(this.#random() * names.length)] ?? '';
    const choice = this.#random();
    if (deployments.length === 0 || (choice < 0.15 && deployments.length < MAX_DEPLOYMENTS)) {
      await this.#create(DEPLOYMENTS, this.#deployment(`deployment-${this.#next++}`));
    } else if (choice < 0.25 && deployments.length > 1) {
      await this.#remove(DEPLOYMENTS, any(deployments));
    } else if (choice < 0.5) {
      const spec = { replicas: Math.floor(this.#random() * (MAX_REPLICAS + 1)) };
      await this.#patch(any(deployments), { spec });
    } else if (choice < 0.65) {
      const annotations = { 'churn.test/turn': String(this.#next++) };
      const image = this.#random() < 0.5 ? IMAGE : OTHER_IMAGE;
      const template = {
        metadata: { annotations },
        spec: { containers: [{ name: 'main', image }] },
      };
      await this.#patch(any(deployments), { spec: { template } });
    } else if (choice < 0.85 && pods.length < MAX_PODS) {
      const labels = { app: 'churn' };
      await this.#create(`${NAMESPACE}/pods`, pod(`pod-${this.#next++}`, withVolumes, { labels }));
    } else if (pods.length > 0) {
      await this.#remove(`${NAMESPACE}/pods`, any(pods));
    }
  }

  #deployment(name: string): Record<string, unknown> {
    const replicas = 1 + Math.floor(this.#random() * MAX_REPLICAS);
    const labels = { app: 'churn', of: name };
    const made = deployment(name, replicas, {
      selector: { matchLabels: { of: name } },
      template: {
        metadata: { labels },
        spec: { terminationGracePeriodSeconds: 1, ...withVolumes },
      },
    });
    return { ...made, metadata: { name, labels } };
  }

  async #create(path: string, object: Record<string, unknown>): Promise<void> {
    const { name } = object['metadata'] as { name: string };
    await this.#write(name, 'there', () => this.#client().json('POST', path, object));
  }

  async #remove(path: string, name: string): Promise<void> {
    await this.#write(name, 'gone', () => this.#client().json('DELETE', `${path}/${name}`));
  }

  async #patch(name: string, change: object): Promise<void> {
    const type = 'application/strategic-merge-patch+json';
    await this.#write(name, 'there', async () => {
      const { status, text } = await this.#client().request(
        'PATCH',
        `${DEPLOYMENTS}/${name}`,
        change,
        type,
      );
      if (status >= 300) throw new Error(text);
    });
  }

  async #write(
    name: string,
    after: 'there' | 'gone',
    write: () => Promise<unknown>,
  ): Promise<void> {
    try {
      await write();
      this.acknowledged += 1;
      this.#wanted.set(name, after);
    } catch {
      // The API is away, or went before it could say whether it was done.
      this.#wanted.set(name, null);
    }
  }

  async #insist(write: () => Promise<unknown>): Promise<void> {
    while (!this.#stopped) {
      try {
        await write();
        return;
      } catch (error) {
        if ((error as { status?: number }).status === 409) return;
        await pause(PAUSE_MS);
      }
    }
  }

  async #list<T>(path: string): Promise<T[]> {
    const selected = `${path}?labelSelector=${LABELS}`;
    return (await this.#client().json<{ items: T[] }>('GET', selected)).items;
  }
}

const metadata = { name: 'churn' };
const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { key: 'value' } };
const secret = { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { key: 'value' } };

/** Volumes on disk, in memory, and in memory with a mount of its own. */
const withVolumes = {
  containers: [
    container({
      volumeMounts: [
        ...['config', 'secret', 'disk', 'memory'].map((name) => ({ name, mountPath: `/${name}` })),
        { name: 'disk', mountPath: '/part', subPath: 'part' },
      ],
    }),
  ],
  volumes: [
    { name: 'config', configMap: { name: 'churn' } },
    { name: 'secret', secret: { secretName: 'churn' } },
    { name: 'disk', emptyDir: {} },
    { name: 'memory', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
  ],
};
