import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { WatchEvent } from '../../../apimachinery/watch.ts';
import type { Env } from '../../durable/env.ts';
import type { WatchRequest } from '../../durable/store/protocol.ts';
import { listNamespaces, newestRevision } from '../namespaces.ts';
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
  /** Where the watch begins: behind it, or with what was there at it. The same for every store. */
  readonly #begin: number;
  readonly #handler: FeedHandler;
  readonly #merge = new Merge();
  readonly #feeds = new Map<string, StoreFeed>();
  /** Stores whose initial objects are not through yet. */
  readonly #unsynced = new Set<string>();
  #closed = false;

  private constructor(
    env: Env,
    cluster: string,
    request: Omit<WatchRequest, 'scope'>,
    begin: number,
    handler: FeedHandler,
  ) {
    this.#env = env;
    this.#cluster = cluster;
    this.#request = request;
    this.#begin = begin;
    this.#handler = handler;
  }

  static async open(
    env: Env,
    cluster: string,
    request: Omit<WatchRequest, 'scope'>,
    handler: FeedHandler,
  ): Promise<MergedFeed> {
    const { names, revision } = await snapshotOf(env, cluster, request.after);
    const feed = new MergedFeed(env, cluster, request, revision, handler);
    if (request.after === null) for (const name of names) feed.#unsynced.add(name);
    await feed.#openNamespaces();
    await Promise.all(names.map((name) => feed.#join(name)));
    return feed;
  }

  close(): void {
    this.#closed = true;
    for (const feed of this.#feeds.values()) feed.close();
  }

  async #openNamespaces(): Promise<void> {
    this.#merge.add(NAMESPACES, this.#begin);
    const feed = await StoreFeed.open(
      this.#env,
      {
        scope: { cluster: this.#cluster, namespace: '' },
        resource: 'namespaces',
        labelSelector: '',
        fieldSelector: '',
        after: this.#begin,
      },
      {
        onEvent: (revision, text) => this.#onNamespace(revision, text),
        onSynced: () => undefined,
        onProgress: (revision) => this.#onProgress(NAMESPACES, revision),
        onError: (status) => this.#handler.onError(status),
        onClose: () => this.#onClose(),
      },
    );
    this.#take(NAMESPACES, feed);
  }

  async #join(name: string): Promise<void> {
    const initial = this.#unsynced.has(name);
    this.#merge.add(name, this.#begin);
    const feed = await StoreFeed.open(
      this.#env,
      {
        ...this.#request,
        scope: { cluster: this.#cluster, namespace: name },
        ...(initial ? { after: null, snapshot: this.#begin } : { after: this.#begin }),
      },
      {
        onEvent: (revision, event) => this.#onEvent(name, revision, event),
        onSynced: () => this.#onSynced(name),
        onProgress: (revision) => this.#onProgress(name, revision),
        onError: (status) => this.#handler.onError(status),
        onClose: () => this.#onClose(),
      },
    );
    this.#take(name, feed);
  }

  #take(source: string, feed: StoreFeed): void {
    if (this.#closed) {
      feed.close();
      return;
    }
    this.#feeds.set(source, feed);
    this.#merge.open(source);
    this.#flush();
  }

  /**
   * A namespace that is new to this watch is joined before its revision counts as closed. So is one
   * that the watch begins in and that is gone by now: its events tell of its last objects.
   */
  #onNamespace(revision: number, text: string): void {
    const { object } = JSON.parse(text) as WatchEvent;
    const name = (object as KubernetesObject).metadata.name ?? '';
    if (!this.#merge.has(name)) void this.#join(name).catch(() => this.#onClose());
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

  #onSynced(name: string): void {
    this.#unsynced.delete(name);
    if (this.#unsynced.size === 0) this.#handler.onSynced(this.#begin);
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

/**
 * The namespaces to begin with, and the revision to begin at: the client's, or one that every store
 * has reached, so that what they begin with is one snapshot.
 */
async function snapshotOf(
  env: Env,
  cluster: string,
  after: number | null,
): Promise<{ names: string[]; revision: number }> {
  const present = await listNamespaces(env, cluster);
  if (after !== null) return { names: present.names, revision: after };
  const revision = await newestRevision(env, cluster, present);
  return listNamespaces(env, cluster, { revision });
}
