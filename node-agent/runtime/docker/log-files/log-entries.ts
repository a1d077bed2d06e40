import type { OutputChunk } from '../../container-runtime.ts';

const NEWLINE = 0x0a;
/** The engine cuts what a container writes at 16 KiB, which escapes make six times as long. */
const MAX_LINE_BYTES = 2 ** 20;
const NANOSECOND_DIGITS = 9;

/** One line of a file of the `json-file` log driver. */
interface LogEntry {
  readonly log: string;
  readonly stream: 'stdout' | 'stderr';
  readonly time: string;
}

export interface EntryOptions {
  /** Begins each line with when it was written. */
  readonly timestamps: boolean;
  /** Leaves out what was written before. Milliseconds since the epoch. */
  readonly sinceMs?: number;
}

/** Makes output of the bytes of log files, in whatever portions they are read. */
export class LogEntries {
  readonly #options: EntryOptions;
  #rest: Buffer = Buffer.alloc(0);
  /** Streams whose last entry was a part of a line. */
  readonly #unfinished = new Set<string>();

  constructor(options: EntryOptions) {
    this.#options = options;
  }

  /** What the bytes complete; entries of one stream in a row are one chunk. */
  take(bytes: Buffer): OutputChunk[] {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const end = all.lastIndexOf(NEWLINE) + 1;
    // No entry is as long as that: it is not a log, or it was damaged.
    const isTooLong = all.length - end > MAX_LINE_BYTES;
    this.#rest = isTooLong ? Buffer.alloc(0) : Buffer.from(all.subarray(end));
    return this.#chunks(all.toString('utf8', 0, end).split('\n'));
  }

  /** Another file begins; an entry is never in two. */
  nextFile(): void {
    this.#rest = Buffer.alloc(0);
  }

  #chunks(lines: readonly string[]): OutputChunk[] {
    const chunks: { stream: LogEntry['stream']; parts: string[] }[] = [];
    for (const line of lines) {
      const entry = parseEntry(line);
      if (entry === null || this.#isTooOld(entry)) continue;
      const last = chunks.at(-1);
      if (last?.stream === entry.stream) last.parts.push(this.#text(entry));
      else chunks.push({ stream: entry.stream, parts: [this.#text(entry)] });
    }
    return chunks.map(({ stream, parts }) => ({ stream, data: Buffer.from(parts.join('')) }));
  }

  #isTooOld({ time }: LogEntry): boolean {
    const { sinceMs } = this.#options;
    return sinceMs !== undefined && Date.parse(time) < sinceMs;
  }

  #text({ log, stream, time }: LogEntry): string {
    if (!this.#options.timestamps) return log;
    const isContinued = this.#unfinished.has(stream);
    if (log.endsWith('\n')) this.#unfinished.delete(stream);
    else this.#unfinished.add(stream);
    return isContinued ? log : `${withNanoseconds(time)} ${log}`;
  }
}

/** Null for what is no entry: a machine that lost power leaves zeros in its files. */
function parseEntry(line: string): LogEntry | null {
  if (line === '') return null;
  try {
    const { log, stream, time } = JSON.parse(line) as Partial<LogEntry>;
    if (typeof log !== 'string' || typeof time !== 'string') return null;
    return { log, stream: stream === 'stderr' ? 'stderr' : 'stdout', time };
  } catch {
    // Damaged: what follows it may be whole.
    return null;
  }
}

/** The files leave out zeros at the end, the engine's own API does not. */
function withNanoseconds(time: string): string {
  const [, seconds = time, fraction = ''] = /^([^.Z]*)(?:\.(\d+))?Z$/.exec(time) ?? [];
  return `${seconds}.${fraction.padEnd(NANOSECOND_DIGITS, '0')}Z`;
}
