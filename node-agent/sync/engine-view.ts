import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { ObservedPod } from '../diff/observed.ts';
import { EMPTY_OBSERVED } from '../diff/observed.ts';
import type {
  ContainerRuntime,
  ContainerStatus,
  PodSandboxStatus,
  RuntimeEvent,
} from '../runtime/container-runtime.ts';

/** A full listing this often repairs what a lost event would have left wrong. */
const RELIST_MS = 300_000;
const RELIST_RETRY_MS = 2000;

type Kind = 'sandbox' | 'container';

interface PodEntry {
  readonly sandboxes: Map<string, PodSandboxStatus>;
  readonly containers: Map<string, ContainerStatus>;
}

/** A read under way; `again` asks for one more, because the object may have changed since. */
interface Refresh {
  again: boolean;
  done: Promise<void>;
}

/**
 * The engine's state as last seen: listed once, then kept up by events, each of which makes one
 * inspection. Reads of one object never overtake each other, and what was inspected while a
 * listing was under way counts more than the listing.
 */
export class EngineView {
  readonly #runtime: ContainerRuntime;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #onChange: (podUID: string) => void;
  readonly #pods = new Map<string, PodEntry>();
  readonly #refreshes = new Map<string, Refresh>();
  #inspectedSinceList: Set<string> | undefined;
  #relistRequested = false;
  #relisting = false;
  #unsubscribe: (() => void) | undefined;
  #cancelTimer: (() => void) | undefined;
  #stopped = false;

  constructor(
    runtime: ContainerRuntime,
    clock: Clock,
    logger: Logger,
    onChange: (podUID: string) => void,
  ) {
    this.#runtime = runtime;
    this.#clock = clock;
    this.#logger = logger;
    this.#onChange = onChange;
  }

  /** Resolves once the first listing is in. Throws when the engine does not answer. */
  async start(): Promise<void> {
    this.#unsubscribe = this.#runtime.subscribe((event) => this.#receive(event));
    await this.#relist();
  }

  stop(): void {
    this.#stopped = true;
    this.#unsubscribe?.();
    this.#cancelTimer?.();
  }

  pod(uid: string): ObservedPod {
    const entry = this.#pods.get(uid);
    if (entry === undefined) return EMPTY_OBSERVED;
    return { sandboxes: [...entry.sandboxes.values()], containers: [...entry.containers.values()] };
  }

  /** UIDs of all pods of which the engine has something. */
  podUIDs(): string[] {
    return [...this.#pods.keys()];
  }

  /** Resolves once the view shows the object as it is, or later. */
  refresh(kind: Kind, id: string, podUID: string): Promise<void> {
    const running = this.#refreshes.get(id);
    if (running !== undefined) {
      running.again = true;
      return running.done;
    }
    const refresh: Refresh = { again: true, done: Promise.resolve() };
    this.#refreshes.set(id, refresh);
    refresh.done = this.#inspectUntilSettled(refresh, kind, id, podUID).finally(() =>
      this.#refreshes.delete(id),
    );
    return refresh.done;
  }

  async #inspectUntilSettled(
    refresh: Refresh,
    kind: Kind,
    id: string,
    podUID: string,
  ): Promise<void> {
    while (refresh.again) {
      refresh.again = false;
      if (kind === 'sandbox') {
        const status = await this.#runtime.podSandboxStatus(id);
        this.#put(podUID, 'sandboxes', id, status);
      } else {
        const status = await this.#runtime.containerStatus(id);
        this.#put(podUID, 'containers', id, status);
      }
      this.#inspectedSinceList?.add(id);
    }
  }

  #receive(event: RuntimeEvent): void {
    if (event.kind === 'relist') {
      this.#requestRelist();
      return;
    }
    this.refresh(event.kind, event.id, event.podUID).catch((error: unknown) => {
      this.#logger.warn({ err: error, id: event.id }, 'inspection failed; listing anew');
      this.#schedule(RELIST_RETRY_MS);
    });
  }

  #requestRelist(): void {
    if (this.#relisting) {
      this.#relistRequested = true;
      return;
    }
    this.#relist().catch((error: unknown) => {
      this.#logger.warn({ err: error }, 'the container engine cannot be listed');
      this.#schedule(RELIST_RETRY_MS);
    });
  }

  /** Lists once; what asks for a listing meanwhile gets another one after it. */
  async #relist(): Promise<void> {
    this.#relisting = true;
    try {
      await this.#list();
      this.#schedule(RELIST_MS);
    } finally {
      this.#relisting = false;
      if (this.#relistRequested) {
        this.#relistRequested = false;
        this.#schedule(0);
      }
    }
  }

  #schedule(delayMs: number): void {
    this.#cancelTimer?.();
    if (this.#stopped) return;
    this.#cancelTimer = this.#clock.schedule(delayMs, () => this.#requestRelist());
  }

  async #list(): Promise<void> {
    this.#inspectedSinceList = new Set(this.#refreshes.keys());
    try {
      const [sandboxes, containers] = await Promise.all([
        this.#runtime.listPodSandboxes(),
        this.#runtime.listContainers(),
      ]);
      this.#replace('sandboxes', sandboxes);
      this.#replace('containers', containers);
    } finally {
      this.#inspectedSinceList = undefined;
    }
  }

  #replace(
    field: 'sandboxes' | 'containers',
    listed: readonly (PodSandboxStatus | ContainerStatus)[],
  ): void {
    const fresh = this.#inspectedSinceList;
    const ids = new Set(listed.map((status) => status.id));
    for (const [uid, entry] of this.#pods) {
      for (const id of entry[field].keys()) {
        if (!ids.has(id) && fresh?.has(id) !== true) this.#put(uid, field, id, undefined);
      }
    }
    for (const status of listed) {
      if (fresh?.has(status.id) !== true) this.#put(status.pod.uid, field, status.id, status);
    }
  }

  #put(
    podUID: string,
    field: 'sandboxes' | 'containers',
    id: string,
    status: PodSandboxStatus | ContainerStatus | undefined,
  ): void {
    const entry = this.#pods.get(podUID) ?? { sandboxes: new Map(), containers: new Map() };
    const statuses = entry[field] as Map<string, PodSandboxStatus | ContainerStatus>;
    const before = statuses.get(id);
    if (before === status) return;
    if (status === undefined) statuses.delete(id);
    else statuses.set(id, status);
    if (entry.sandboxes.size + entry.containers.size === 0) this.#pods.delete(podUID);
    else this.#pods.set(podUID, entry);
    if (JSON.stringify(before) !== JSON.stringify(status)) this.#onChange(podUID);
  }
}
