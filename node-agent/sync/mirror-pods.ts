import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { DesiredPod } from '../diff/pod.ts';
import { podIdentity } from '../diff/pod.ts';
import { mirroredUID, mirrorPod, planMirrors } from '../diff/static-pod.ts';
import type { PodIdentity } from '../runtime/container-runtime.ts';

const RETRY_MS = 10_000;

export interface MirrorPodsOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly nodeName: string;
  readonly staticPods: ReadonlyMap<string, DesiredPod>;
  /** What the control plane wants here; mirror pods are among it. */
  readonly desired: ReadonlyMap<string, DesiredPod>;
  /** Sends a request to the API server as the node. Throws when it is refused, or nobody answers. */
  readonly request: (method: 'POST' | 'DELETE', path: string, body: object) => Promise<void>;
}

/** Keeps a pod in the API for each static pod, so that it can be seen there. */
export class MirrorPods {
  readonly #options: MirrorPodsOptions;
  #nodeUID: string | undefined;
  #running = false;
  #dirty = false;
  #stopped = false;
  #cancelTimer: (() => void) | undefined;

  constructor(options: MirrorPodsOptions) {
    this.#options = options;
  }

  /** The link stands, to a control plane that knows this node by this UID. */
  connected(nodeUID: string): void {
    this.#nodeUID = nodeUID;
    this.poke();
  }

  /** Static pods, or what the control plane has of them, may have changed. */
  poke(): void {
    this.#dirty = true;
    if (this.#running || this.#stopped || this.#nodeUID === undefined) return;
    this.#running = true;
    void this.#run();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelTimer?.();
  }

  /** Whom the API knows a static pod as; undefined while it has no mirror. */
  identityOf(staticUID: string): PodIdentity | undefined {
    for (const pod of this.#options.desired.values()) {
      if (mirroredUID(pod) === staticUID) return podIdentity(pod);
    }
    return undefined;
  }

  async #run(): Promise<void> {
    while (this.#dirty && !this.#stopped) {
      this.#dirty = false;
      this.#cancelTimer?.();
      const isDone = await this.#settle();
      // What was asked for comes back as a change of what is desired; if not, it is asked anew.
      if (!isDone && !this.#stopped) {
        this.#cancelTimer = this.#options.clock.schedule(RETRY_MS, () => this.poke());
      }
    }
    this.#running = false;
  }

  async #settle(): Promise<boolean> {
    const { desired, nodeName, staticPods } = this.#options;
    const { create, remove } = planMirrors(staticPods.values(), desired.values());
    for (const pod of remove) {
      const { namespace, name, uid } = pod.metadata;
      const body = { gracePeriodSeconds: 0, preconditions: { uid } };
      await this.#send('DELETE', `api/v1/namespaces/${namespace}/pods/${name}`, body);
    }
    for (const pod of create) {
      const node = { name: nodeName, uid: this.#nodeUID ?? '' };
      const path = `api/v1/namespaces/${pod.metadata.namespace}/pods`;
      await this.#send('POST', path, mirrorPod(pod, node));
    }
    return create.length + remove.length === 0;
  }

  async #send(method: 'POST' | 'DELETE', path: string, body: object): Promise<void> {
    try {
      await this.#options.request(method, path, body);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#options.logger.warn({ reason, method, path }, 'a mirror pod cannot be written');
    }
  }
}
