import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { Cluster } from './cluster.ts';
import { until } from './until.ts';

const PLURALS: Readonly<Record<string, string>> = {
  Pod: 'pods',
  ConfigMap: 'configmaps',
  Secret: 'secrets',
  ServiceAccount: 'serviceaccounts',
};

interface ContainerState {
  readonly name: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly state: {
    readonly waiting?: { readonly reason: string; readonly message?: string };
    readonly running?: object;
    readonly terminated?: {
      readonly exitCode: number;
      readonly reason: string;
      readonly message?: string;
    };
  };
}

export interface PodObject extends KubernetesObject {
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly podIP?: string;
    readonly hostIP?: string;
    readonly conditions?: readonly { type: string; status: string; reason?: string }[];
    readonly containerStatuses?: readonly ContainerState[];
  };
}

/** A namespace of a test's own, whose pods are made and looked at by the API, without kubectl. */
export class PodRunner {
  readonly namespace: string;
  readonly #cluster: Cluster;

  private constructor(cluster: Cluster, namespace: string) {
    this.#cluster = cluster;
    this.namespace = namespace;
  }

  static async in(cluster: Cluster): Promise<PodRunner> {
    return new PodRunner(cluster, await cluster.namespace());
  }

  /** Makes objects in the namespace, in this order. */
  async create(...manifests: object[]): Promise<void> {
    for (const manifest of manifests) {
      const { kind } = manifest as { kind: string };
      await this.#cluster.client.json('POST', this.#path(kind), manifest);
    }
  }

  async patch(kind: string, name: string, patch: object): Promise<void> {
    const type = 'application/merge-patch+json';
    await this.#cluster.client.json('PATCH', this.#path(kind, name), patch, type);
  }

  async delete(kind: string, name: string): Promise<void> {
    await this.#cluster.client.json('DELETE', this.#path(kind, name));
  }

  pod(name: string): Promise<PodObject> {
    return this.#cluster.client.json('GET', this.#path('Pod', name));
  }

  /** Polls the pod until it fits, and answers it as it then is. */
  async untilPod(
    name: string,
    what: string,
    fits: (pod: PodObject) => boolean,
  ): Promise<PodObject> {
    let last: PodObject | undefined;
    try {
      return await until(`${name} ${what}`, async () => {
        last = await this.pod(name);
        return fits(last) ? last : undefined;
      });
    } catch (error) {
      throw new Error(`its status is ${JSON.stringify(last?.status)}`, { cause: error });
    }
  }

  running(name: string): Promise<PodObject> {
    return this.untilPod(name, 'runs', ({ status }) => status?.phase === 'Running');
  }

  /** Waits for the state that a container waits or has ended in. */
  untilReason(name: string, reason: string): Promise<PodObject> {
    return this.untilPod(name, `says ${reason}`, ({ status }) =>
      (status?.containerStatuses ?? []).some(
        ({ state }) => state.waiting?.reason === reason || state.terminated?.reason === reason,
      ),
    );
  }

  async log(name: string, container = 'main'): Promise<string> {
    const path = `${this.#path('Pod', name)}/log?container=${container}`;
    const { status, text } = await this.#cluster.client.request('GET', path);
    if (status !== 200) throw new Error(`the log answered ${status}: ${text}`);
    return text;
  }

  /** Makes a pod and answers what its container has printed once it has ended well. */
  async output(manifest: Record<string, unknown>, container?: string): Promise<string> {
    const { name } = manifest['metadata'] as { name: string };
    await this.create(manifest);
    const ended = await this.untilPod(name, 'ends', ({ status }) =>
      ['Succeeded', 'Failed'].includes(status?.phase ?? ''),
    );
    const text = await this.log(name, container);
    if (ended.status?.phase !== 'Succeeded') throw new Error(`${name} failed: ${text}`);
    return text;
  }

  /** Messages of the events of a pod with a reason. */
  async events(name: string, reason: string): Promise<string[]> {
    const selector = encodeURIComponent(`involvedObject.name=${name},reason=${reason}`);
    const path = `/api/v1/namespaces/${this.namespace}/events?fieldSelector=${selector}`;
    const { items } = await this.#cluster.client.json<{ items: { message: string }[] }>(
      'GET',
      path,
    );
    return items.map(({ message }) => message);
  }

  /** Waits for an event of a pod, and answers its message. */
  untilEvent(name: string, reason: string): Promise<string> {
    return until(`event ${reason} of ${name}`, async () => (await this.events(name, reason))[0]);
  }

  #path(kind: string, name?: string): string {
    const path = `/api/v1/namespaces/${this.namespace}/${PLURALS[kind]}`;
    return name === undefined ? path : `${path}/${name}`;
  }
}
