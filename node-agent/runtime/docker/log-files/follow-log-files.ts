import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { dirname } from 'node:path';
import type { LogOptions, LogStream, OutputChunk } from '../../container-runtime.ts';
import { LogEntries } from './log-entries.ts';
import { RotatedFiles } from './rotated-files.ts';

/**
 * Follows a container's log in the engine's files, since the engine's own API loses lines when it
 * rotates a file under a follower (moby, up to version 25), and a slow one loses whole files.
 *
 * @param path of the newest file
 * @param ended resolves when the container has; rejects when that is not known any more, with which
 *   the output fails
 * @returns null where the files cannot be read from here
 */
export async function followLogFiles(
  path: string,
  options: LogOptions,
  ended: Promise<void>,
): Promise<LogStream | null> {
  let files: RotatedFiles | undefined;
  try {
    files = await RotatedFiles.open(path);
    if (options.tailLines !== undefined) await files.skipToLast(options.tailLines);
    const follower = new Follower(path, files, options, ended);
    return { output: follower.output(), close: () => follower.close() };
  } catch {
    // The engine is on another machine, this is not root, or nothing more can be watched.
    await files?.close();
    return null;
  }
}

class Follower {
  readonly #files: RotatedFiles;
  readonly #entries: LogEntries;
  readonly #watcher: FSWatcher;
  #changed = Promise.withResolvers<void>();
  #hasEnded = false;
  #failure: { readonly cause: unknown } | undefined;
  #closed = false;

  constructor(path: string, files: RotatedFiles, options: LogOptions, ended: Promise<void>) {
    this.#files = files;
    this.#entries = new LogEntries(options);
    // The folder, since a watched file would be renamed; it has little else in it.
    this.#watcher = watch(dirname(path), (event) => this.#notice(event === 'rename'));
    this.#watcher.on('error', (cause) => this.#fail(cause));
    // What was rotated before it was watched.
    this.#notice(true);
    ended.then(
      () => {
        this.#hasEnded = true;
        this.#changed.resolve();
      },
      (cause: unknown) => this.#fail(cause),
    );
  }

  /** A reader that has stopped reading does not keep the files. */
  close(): void {
    this.#closed = true;
    this.#watcher.close();
    this.#changed.resolve();
    void this.#files.close();
  }

  async *output(): AsyncGenerator<OutputChunk> {
    try {
      while (!this.#closed) {
        if (this.#failure !== undefined) throw this.#failure.cause;
        // Before reading: what comes while it is read is then not slept through.
        const hasEnded = this.#hasEnded;
        const changed = this.#listen();
        const { hasNext } = this.#files;
        const bytes = await this.#files.read();
        if (bytes.length > 0) yield* this.#entries.take(bytes);
        else if (hasNext) await this.#nextFile();
        else if (!hasEnded) await changed;
        else if (!(await this.#hasMore())) return;
      }
    } finally {
      this.close();
    }
  }

  async #hasMore(): Promise<boolean> {
    await this.#files.look();
    return this.#files.hasNext;
  }

  async #nextFile(): Promise<void> {
    this.#entries.nextFile();
    await this.#files.next();
  }

  #listen(): Promise<void> {
    this.#changed = Promise.withResolvers();
    return this.#changed.promise;
  }

  /** A rotated file has to be taken up before it is removed, however slowly its reader reads. */
  #notice(isRotation: boolean): void {
    if (!isRotation) {
      this.#changed.resolve();
      return;
    }
    this.#files.look().then(
      () => this.#changed.resolve(),
      (cause: unknown) => this.#fail(cause),
    );
  }

  #fail(cause: unknown): void {
    this.#failure = { cause };
    this.#changed.resolve();
  }
}
