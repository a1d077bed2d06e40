import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { parse } from 'yaml';
import type { Clock } from '../clock.ts';
import type { DesiredPod } from '../diff/pod.ts';
import { staticPod } from '../diff/static-pod.ts';

/** Upstream's fileCheckFrequency; changes are also seen by a watch of the folder. */
const READ_EVERY_MS = 20_000;
/** Files that are being written change several times. */
const SETTLE_MS = 200;
/** A manifest beyond this, and a folder with more than this many, is somebody's mistake. */
const MAX_MANIFEST_BYTES = 2 ** 20;
const MAX_MANIFESTS = 500;

export interface StaticPodsOptions {
  /** The folder with the manifests; undefined: there are no static pods. */
  readonly path: string | undefined;
  readonly nodeName: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** UIDs of pods that came, changed or went. */
  readonly onChange: (podUIDs: ReadonlySet<string>) => void;
}

/** The pods that manifests in a folder of the node describe; they run without a control plane. */
export class StaticPods {
  readonly pods = new Map<string, DesiredPod>();
  readonly #options: StaticPodsOptions;
  readonly #complaints = new Map<string, string>();
  #watcher: FSWatcher | undefined;
  #cancelTimer: (() => void) | undefined;
  #reading = false;
  #changedWhileReading = false;
  #stopped = false;

  constructor(options: StaticPodsOptions) {
    this.#options = options;
  }

  /** Resolves once the folder was read. */
  async start(): Promise<void> {
    const { path } = this.#options;
    if (path === undefined) return;
    try {
      this.#watcher = watch(path, () => this.#schedule(path, SETTLE_MS));
      this.#watcher.on('error', () => this.#watcher?.close());
      this.#watcher.unref();
    } catch {
      // There is no such folder yet; it is looked for at each reading.
    }
    await this.#read(path);
  }

  stop(): void {
    this.#stopped = true;
    this.#watcher?.close();
    this.#cancelTimer?.();
  }

  #schedule(path: string, delayMs: number): void {
    this.#cancelTimer?.();
    if (this.#stopped) return;
    this.#cancelTimer = this.#options.clock.schedule(delayMs, () => void this.#read(path));
  }

  async #read(path: string): Promise<void> {
    this.#changedWhileReading = this.#reading;
    if (this.#reading) return;
    this.#reading = true;
    try {
      this.#take(await this.#manifests(path));
    } finally {
      this.#reading = false;
      this.#schedule(path, this.#changedWhileReading ? SETTLE_MS : READ_EVERY_MS);
    }
  }

  #take(found: ReadonlyMap<string, DesiredPod>): void {
    const changed = new Set<string>();
    for (const uid of this.pods.keys()) {
      if (found.has(uid)) continue;
      this.pods.delete(uid);
      changed.add(uid);
    }
    for (const [uid, pod] of found) {
      if (this.pods.has(uid)) continue;
      this.pods.set(uid, pod);
      changed.add(uid);
    }
    if (changed.size > 0 && !this.#stopped) this.#options.onChange(changed);
  }

  async #manifests(path: string): Promise<Map<string, DesiredPod>> {
    const names = await readdir(path).catch((error: unknown) => {
      // Most nodes have no such folder.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#complain(path, error);
      return [];
    });
    const found = new Map<string, DesiredPod>();
    // As upstream, files whose name begins with a dot are left alone.
    const manifests = names.filter((name) => !name.startsWith('.')).sort();
    for (const name of manifests.slice(0, MAX_MANIFESTS)) {
      const file = join(path, name);
      try {
        const { size } = await stat(file);
        if (size > MAX_MANIFEST_BYTES) throw new Error('it is larger than a manifest may be');
        const pod = staticPod(parse(await readFile(file, 'utf8')), this.#options.nodeName);
        found.set(pod.metadata.uid, pod);
        this.#complaints.delete(file);
      } catch (error) {
        this.#complain(file, error);
      }
    }
    return found;
  }

  /** Says it once, until it is another complaint. */
  #complain(file: string, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    if (this.#complaints.get(file) === reason) return;
    this.#complaints.set(file, reason);
    this.#options.logger.warn({ file, reason }, 'a manifest of a static pod cannot be used');
  }
}
