import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { WatchEvent } from '../../../apimachinery/watch.ts';
import type { Env } from '../../durable/env.ts';
import type { WatchRequest } from '../../durable/store/protocol.ts';
import { listNamespaces } from '../namespaces.ts';
import { Merge } from './merge.ts';
import { StoreFeed, type FeedHandler } from './store-feed.ts';

/** The source that tells of new namespaces; not a name that a namespace can have. */
const NAMESPACES = '/namespaces';
/** Events held back while other stores are asked; more means that one of them hangs. */
const MAX_PENDING = 10_000;

/**
 * A watch over all namespaces: the watches of their stores, merged in revision order. The cluster
 * store takes part too, so that a namespace made meanwhile is joined before anything later goes out.
 */
export class MergedFeed {
  readonly #env: Env;
  readonly #request: Omit<WatchRequest, 'scope'>;
  readonly #cluster: string;
  readonly #handler: FeedHandler;
  readonly #merge = new Merge();
  readonly #feeds = new Map<string, StoreFeed>();
  /** Stores whose initial objects are not through yet. */
  readonly #unsynced = new Set<string>();
  #syncedTo = 0;
  #closed = false;

  private constructor(
    env: Env,
    cluster: string,
    request: Omit<WatchRequest, 'scope'>,
    handler: FeedHandler,
  ) {
    this.#env = env;
    this.#cluster = cluster;
    this.#request = request;
    this.#handler = handler;
  }

  static async open(
    env: Env,
    cluster: string,
    request: Omit<WatchRequest, 'scope'>,
    handler: FeedHandler,
  ): Promise<MergedFeed> {
    const feed = new MergedFeed(env, cluster, request, handler);
    const { names, revision } = await listNamespaces(env, cluster);
    if (request.after === null) for (const name of names) feed.#unsynced.add(name);
    await feed.#openNamespaces(request.after ?? revision);
    await Promise.all(names.map((name) => feed.#join(name, request.after)));
    return feed;
  }

  close(): void {
    this.#closed = true;
    for (const feed of this.#feeds.values()) feed.close();
  }

  async #openNamespaces(after: number): Promise<void> {
    this.#merge.add(NAMESPACES, after);
    const feed = await StoreFeed.open(
      this.#env,
      {
        scope: { cluster: this.#cluster, namespace: '' },
        resource: 'namespaces',
        labelSelector: '',
        fieldSelector: '',
        after,
      },
      {
        onEvent: (revision, text) => this.#onNamespace(revision, text),
        onSynced: () => undefined,
        onProgress: (revision) => this.#onProgress(NAMESPACES, revision),
        onError: (status) => this.#handler.onError(status),
        onClose: () => this.#onClose(),
      },
    );
    this.#feeds.set(NAMESPACES, feed);
  }

  async #join(name: string, after: number | null): Promise<void> {
    this.#merge.add(name, after ?? 0);
    const request = {
      ...this.#request,
      scope: { cluster: this.#cluster, namespace: name },
      after,
    };
    const feed = await StoreFeed.open(this.#env, request, {
      onEvent: (revision, event) => this.#onEvent(name, revision, event),
      onSynced: (revision) => this.#onSynced(name, revision),
      onProgress: (revision) => this.#onProgress(name, revision),
      onError: (status) => this.#handler.onError(status),
      onClose: () => this.#onClose(),
    });
    if (this.#closed) feed.close();
    else this.#feeds.set(name, feed);
    this.#flush();
  }

  /** A namespace that is new to this watch is joined before its revision counts as closed. */
  #onNamespace(revision: number, text: string): void {
    const { object } = JSON.parse(text) as WatchEvent;
    const name = (object as KubernetesObject).metadata.name ?? '';
    if (!this.#merge.has(name)) {
      // Nothing in it can be older than what the watch began with.
      void this.#join(name, this.#request.after ?? revision - 1).catch(() => this.#onClose());
    }
    this.#merge.progress(NAMESPACES, revision);
    this.#flush();
  }

  #onEvent(name: string, revision: number, event: string): void {
    // Initial objects are in no revision order, in no watch.
    if (this.#unsynced.has(name)) {
      this.#handler.onEvent(revision, event);
      return;
    }
    this.#merge.event(name, revision, event);
    this.#flush();
  }

  #onSynced(name: string, revision: number): void {
    this.#unsynced.delete(name);
    this.#syncedTo = Math.max(this.#syncedTo, revision);
    this.#merge.progress(name, revision);
    if (this.#unsynced.size === 0) this.#handler.onSynced(this.#syncedTo);
    this.#flush();
  }

  #onProgress(name: string, revision: number): void {
    this.#merge.progress(name, revision);
    this.#flush();
  }

  #onClose(): void {
    if (this.#closed) return;
    this.close();
    this.#handler.onClose();
  }

  #flush(): void {
    if (this.#closed || this.#unsynced.size > 0) return;
    for (const { revision, event } of this.#merge.takeReady()) {
      this.#handler.onEvent(revision, event);
    }
    if (this.#merge.pendingCount > MAX_PENDING) {
      this.#onClose();
      return;
    }
    for (const { source, revision } of this.#merge.takeQuestions()) {
      this.#feeds.get(source)?.requestProgress(revision);
    }
  }
}
