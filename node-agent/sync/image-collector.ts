import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Disk, ImageGarbagePolicy, PulledImage } from '../diff/image-garbage.ts';
import { bytesToFree, removableImages } from '../diff/image-garbage.ts';
import { normalImageName } from '../diff/image-reference.ts';
import type { ContainerRuntime, RegistryCredentials } from '../runtime/container-runtime.ts';
import type { PulledImages } from '../state/pulled-images.ts';

/** How often kubelet looks at the disk of images, and how long what is new is left alone. */
const PERIOD_MS = 300_000;

export interface ImageCollectorDeps {
  readonly runtime: Pick<ContainerRuntime, 'listImages' | 'removeImage'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly pulled: PulledImages;
  readonly policy: ImageGarbagePolicy;
  /** The disk that images are on; undefined where nobody knows. */
  readonly disk: () => Promise<Disk | undefined>;
  /** Whole names of the images of all containers, and of all pods that are wanted here. */
  readonly imagesInUse: () => ReadonlySet<string>;
  readonly warn: (reason: string, message: string) => void;
  /** The node has other images than before. */
  readonly onChanged: () => void;
}

/**
 * Removes images that nobody uses when the disk fills: only those that this node has pulled, since an
 * engine may have others whose owner is somebody else.
 */
export class ImageCollector {
  readonly #deps: ImageCollectorDeps;
  readonly #seen = new Map<string, { firstSeenAtMs: number; lastUsedAtMs: number }>();
  #cancel: (() => void) | undefined;
  #running: Promise<unknown> = Promise.resolve();
  #stopped = false;

  constructor(deps: ImageCollectorDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  /** An image has come. */
  pulled(name: string, credentials: RegistryCredentials | undefined): void {
    const { clock, logger, pulled, onChanged } = this.#deps;
    this.#note(name, clock.now());
    pulled.add(name, credentials).catch((error: unknown) => {
      logger.warn({ err: error, image: name }, 'a pulled image cannot be remembered');
    });
    onChanged();
  }

  /** Looks at the disk, and frees what is to be freed. */
  collect(): Promise<void> {
    return this.#inTurn(async () => {
      const disk = await this.#deps.disk();
      const wanted = disk === undefined ? 0 : bytesToFree(disk, this.#deps.policy);
      const images = await this.#images();
      if (wanted === 0) return;
      const freed = await this.#free(images, wanted, this.#deps.policy.minimumAgeMs);
      if (freed >= wanted) return;
      const eligible = `only found ${freed} bytes eligible to free`;
      const message = `Failed to garbage collect required amount of images. Attempted to free ${wanted} bytes, but ${eligible}.`;
      this.#deps.warn('FreeDiskSpaceFailed', message);
    });
  }

  /** Frees all that is not in use, whatever its age; for a disk that is under pressure. */
  removeUnused(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#free(await this.#images(), Infinity, 0);
    });
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#running.then(work);
    // What failed is told to who asked; the next in turn goes its own way.
    this.#running = turn.catch(() => undefined);
    return turn;
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#cancel = this.#deps.clock.schedule(PERIOD_MS, () => {
      this.collect()
        .catch((error: unknown) => this.#deps.logger.warn({ err: error }, 'images: no collection'))
        .finally(() => this.#schedule());
    });
  }

  /** Frees until it is enough; answers how many bytes that were. */
  async #free(images: readonly PulledImage[], wanted: number, ageMs: number): Promise<number> {
    const { runtime, clock, logger, pulled, onChanged } = this.#deps;
    let freed = 0;
    let removed = false;
    for (const { name, sizeBytes } of removableImages(images, ageMs, clock.now())) {
      if (freed >= wanted || this.#stopped) break;
      try {
        await runtime.removeImage(name);
        await pulled.remove(name);
        this.#seen.delete(name);
        freed += sizeBytes;
        removed = true;
        logger.info({ image: name, sizeBytes }, 'image removed');
      } catch (error) {
        // Somebody else's container may use it.
        logger.info({ err: error, image: name }, 'an image stays');
      }
    }
    if (removed) onChanged();
    return freed;
  }

  /** What is there of what was pulled, and since when it is known. */
  async #images(): Promise<PulledImage[]> {
    const { runtime, clock, pulled, imagesInUse } = this.#deps;
    const now = clock.now();
    const used = imagesInUse();
    const listed = await runtime.listImages();
    const found = listed.flatMap(({ id, names, sizeBytes }) =>
      names.filter((name) => pulled.has(name)).map((name) => ({ name, id, sizeBytes })),
    );
    const isUsed = (names: readonly string[]): boolean =>
      names.some((name) => used.has(normalImageName(name)));
    const usedIDs = new Set(listed.filter(({ names }) => isUsed(names)).map(({ id }) => id));
    return found.map((image) => {
      const inUse = usedIDs.has(image.id);
      const seen = this.#note(image.name, now);
      if (inUse) seen.lastUsedAtMs = now;
      return { ...image, inUse, ...seen };
    });
  }

  #note(name: string, now: number): { firstSeenAtMs: number; lastUsedAtMs: number } {
    const seen = this.#seen.get(name) ?? { firstSeenAtMs: now, lastUsedAtMs: 0 };
    this.#seen.set(name, seen);
    return seen;
  }
}
