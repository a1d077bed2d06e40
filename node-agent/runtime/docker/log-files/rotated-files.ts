import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';

/** As many as the engine keeps (`max-file`). */
const SUFFIXES = ['', '.1', '.2', '.3', '.4'];
/**
 * Files that are held open for a reader, beyond which a reader that is still slower loses what the
 * engine removes: held files take up the disk although they have no name any more.
 */
const MAX_HELD = 20;
const READ_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

interface HeldFile {
  readonly handle: FileHandle;
  readonly inode: bigint;
  offset: number;
}

/**
 * The files of one log, from the oldest, while the engine rotates them: `log` becomes `log.1`, which
 * becomes `log.2`. A file that is held is read to its end although it was renamed or removed.
 */
export class RotatedFiles {
  readonly #path: string;
  readonly #openFile: typeof open;
  readonly #held: HeldFile[] = [];
  readonly #buffer = Buffer.alloc(READ_BYTES);
  #looking: Promise<void> = Promise.resolve();
  #closed = false;

  private constructor(path: string, openFile: typeof open) {
    this.#path = path;
    this.#openFile = openFile;
  }

  /**
   * @param openFile in place of the file system's own
   * @throws the error of the file system where the newest file cannot be opened
   */
  static async open(path: string, openFile = open): Promise<RotatedFiles> {
    const files = new RotatedFiles(path, openFile);
    await files.look();
    return files;
  }

  /** Whether the file that is read now was rotated. */
  get hasNext(): boolean {
    return this.#held.length > 1;
  }

  /** Takes up files that have come since; one call after the other. */
  look(): Promise<void> {
    this.#looking = this.#looking.then(() => this.#look());
    return this.#looking;
  }

  /** The next bytes, which are overwritten by the next call; empty at the end of the file. */
  async read(): Promise<Buffer> {
    const [file] = this.#held;
    if (file === undefined) return Buffer.alloc(0);
    const { bytesRead } = await file.handle.read(this.#buffer, 0, READ_BYTES, file.offset);
    file.offset += bytesRead;
    return this.#buffer.subarray(0, bytesRead);
  }

  /** Lets go of the file that was read, and goes on to the next. */
  async next(): Promise<void> {
    await this.#held.shift()?.handle.close();
  }

  /** Goes to where the last `count` lines begin. */
  async skipToLast(count: number): Promise<void> {
    let left = count;
    for (const [index, file] of [...this.#held.entries()].toReversed()) {
      const found = await this.#startOfLast(file, left);
      left -= found.lines;
      if (left > 0) continue;
      file.offset = found.offset;
      for (const older of this.#held.splice(0, index)) await older.handle.close();
      return;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#looking.catch(() => undefined);
    for (const file of this.#held.splice(0)) await file.handle.close();
  }

  /**
   * From the newest file to the older ones: a file that is renamed meanwhile is met again, while the
   * other way round it would be passed by. One that has come meanwhile may be met after an older one.
   */
  async #look(): Promise<void> {
    const newest = this.#held.at(-1)?.inode;
    const found: HeldFile[] = [];
    for (const suffix of SUFFIXES) {
      if (this.#closed || this.#held.length + found.length >= MAX_HELD) break;
      const file = await this.#open(suffix);
      if (file === undefined) continue;
      const isKnown = [...this.#held, ...found].some(({ inode }) => inode === file.inode);
      if (isKnown) await file.handle.close();
      else found.unshift(file);
      if (file.inode === newest) break;
    }
    this.#held.push(...(await oldestFirst(found)));
  }

  /** Undefined while there is no such file. */
  async #open(suffix: string): Promise<HeldFile | undefined> {
    try {
      const handle = await this.#openFile(`${this.#path}${suffix}`, 'r');
      const { ino } = await handle.stat({ bigint: true });
      return { handle, inode: ino, offset: 0 };
    } catch (error) {
      const isRotating = (error as NodeJS.ErrnoException).code === 'ENOENT';
      if (isRotating && (suffix !== '' || this.#held.length > 0)) return undefined;
      throw error;
    }
  }

  /** Where the last lines of a file begin, and how many of those that were asked for it has. */
  async #startOfLast(file: HeldFile, count: number): Promise<{ offset: number; lines: number }> {
    const { size } = await file.handle.stat();
    if (count === 0) return { offset: size, lines: 0 };
    let lines = 0;
    for (let end = size; end > 0;) {
      const start = Math.max(0, end - READ_BYTES);
      const { bytesRead } = await file.handle.read(this.#buffer, 0, end - start, start);
      for (let at = bytesRead - 1; at >= 0; at--) {
        if (this.#buffer[at] !== NEWLINE) continue;
        // One more than was asked for ends the line before them.
        if (lines === count) return { offset: start + at + 1, lines };
        lines += 1;
      }
      end = start;
    }
    return { offset: 0, lines };
  }
}

/**
 * By when they were written last: in a file that was rotated that stands still. A file that has just begun may
 * be as old as the one before it was, which was met after it then.
 */
async function oldestFirst(files: readonly HeldFile[]): Promise<HeldFile[]> {
  if (files.length < 2) return [...files];
  const dated = await Promise.all(
    files.map(async (file) => ({
      file,
      writtenAt: (await file.handle.stat({ bigint: true })).mtimeNs,
    })),
  );
  return dated.toSorted((a, b) => Number(a.writtenAt - b.writtenAt)).map(({ file }) => file);
}
