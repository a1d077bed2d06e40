import { encodeWatchEvent } from '../../../apimachinery/watch.ts';
import { newExpired, StatusError, type Status } from '../../../apimachinery/status-error.ts';
import type { LogEntry, RevisionStore, LogEntryType } from '../storage/revision-store.ts';
import { requireReachable } from '../storage/reachable-revision.ts';
import type { RevisionClock } from '../storage/revision-clock.ts';
import { WATCH_ERROR, WATCH_PROGRESS, WATCH_SYNCED, type WatchRequest } from '../store/protocol.ts';
import { selectorOf, type Selector } from './selector.ts';

/** Objects or log entries sent per turn while a watcher catches up. */
const ROWS_PER_TURN = 500;
/** Lines are put together to frames of about this length at most: platforms bound messages. */
const FRAME_CHARACTERS = 1024 * 1024;

/** A socket as far as the hub needs it, so that tests need no runtime. */
export interface WatchSocket {
  send(text: string): void;
  close(code: number, reason: string): void;
}

type Watcher = {
  readonly request: WatchRequest;
  readonly selector: Selector;
  /** Unsynced watchers are sent history by `catchUp` and are skipped by `publish`. */
  synced: boolean;
  /** Progress was asked for while it was unsynced; it is told when it has caught up. */
  owesProgress: boolean;
};

export interface WatchHubDeps {
  readonly store: RevisionStore;
  readonly clock: RevisionClock;
  readonly now: () => number;
  /** Lets other events run between two turns of a long replay. */
  readonly nextTurn: () => Promise<void>;
}

/**
 * The watchers of one store. A watcher starts unsynced, is sent what it missed out of the store,
 * and is then fed by `publish` with what each turn committed. An event is encoded once however
 * many watchers take it.
 */
export class WatchHub<Socket extends WatchSocket> {
  readonly #deps: WatchHubDeps;
  readonly #watchers = new Map<Socket, Watcher>();

  constructor(deps: WatchHubDeps) {
    this.#deps = deps;
  }

  /** Takes back a watcher that slept through a hibernation: it was synced, and missed nothing. */
  restore(socket: Socket, request: WatchRequest): void {
    const selector = selectorOf(request.labelSelector, request.fieldSelector);
    this.#watchers.set(socket, { request, selector, synced: true, owesProgress: false });
  }

  /** Starts a watcher; failures are told on the socket, which is then closed. */
  async start(socket: Socket, request: WatchRequest): Promise<void> {
    try {
      const selector = selectorOf(request.labelSelector, request.fieldSelector);
      if (request.after !== null) this.#checkHistory(request, request.after);
      const watcher: Watcher = { request, selector, synced: false, owesProgress: false };
      this.#watchers.set(socket, watcher);
      const after = request.after ?? (await this.#sendObjects(socket, watcher));
      await this.#catchUp(socket, watcher, after);
    } catch (error) {
      this.#watchers.delete(socket);
      if (!(error instanceof StatusError)) throw error;
      this.fail(socket, error.status);
    }
  }

  stop(socket: Socket): void {
    this.#watchers.delete(socket);
  }

  /** How many watchers there are. */
  get size(): number {
    return this.#watchers.size;
  }

  /** Answers a request for progress: closes the past up to `revision`, then says so. */
  progress(socket: Socket, revision: number): void {
    this.#deps.clock.advanceTo(revision);
    const watcher = this.#watchers.get(socket);
    if (watcher === undefined) return;
    if (watcher.synced) this.#tellProgress(socket);
    else watcher.owesProgress = true;
  }

  #tellProgress(socket: Socket): void {
    send(socket, `${WATCH_PROGRESS} ${this.#deps.clock.current()}`);
  }

  /** Sends what a turn committed. Called once per turn, with the entries in revision order. */
  publish(entries: readonly LogEntry[]): void {
    if (this.#watchers.size === 0) return;
    const encoded = new EncodedEvents();
    const byResource = Map.groupBy(entries, (entry) => entry.resource);
    for (const [socket, watcher] of this.#watchers) {
      if (!watcher.synced) continue;
      const lines: string[] = [];
      for (const entry of byResource.get(watcher.request.resource) ?? []) {
        const type = visibleType(entry, watcher.selector);
        if (type !== null) lines.push(encoded.line(entry, type));
      }
      sendLines(socket, lines);
    }
  }

  fail(socket: Socket, status: Status): void {
    send(socket, `${WATCH_ERROR} ${JSON.stringify(status)}`);
    socket.close(1000, 'watch failed');
  }

  #checkHistory(request: WatchRequest, after: number): void {
    const { store, clock, now } = this.#deps;
    const compacted = store.compactRevision(request.resource);
    if (after < compacted) {
      throw newExpired(`too old resource version: ${after} (${compacted})`);
    }
    requireReachable(after, clock.current(), now());
    clock.advanceTo(after);
  }

  /** Sends all objects as ADDED, from one snapshot; returns its revision. */
  async #sendObjects(socket: Socket, watcher: Watcher): Promise<number> {
    const { store, clock, nextTurn } = this.#deps;
    const { resource, snapshot } = watcher.request;
    if (snapshot !== undefined) this.#checkHistory(watcher.request, snapshot);
    const revision = snapshot ?? clock.current();
    let after = '';
    for (;;) {
      const rows = store.list(resource, { after, limit: ROWS_PER_TURN, revision });
      const lines = rows
        .filter((row) => watcher.selector.matches(row.attributes))
        .map((row) => `${row.revision} ${encodeWatchEvent('ADDED', row.value)}`);
      sendLines(socket, lines);
      const last = rows.at(-1);
      if (last === undefined || rows.length < ROWS_PER_TURN) break;
      after = last.name;
      await nextTurn();
      if (!this.#watchers.has(socket)) break;
    }
    send(socket, `${WATCH_SYNCED} ${revision}`);
    return revision;
  }

  /**
   * Sends the log above `after` and marks the watcher synced in the very turn in which nothing is
   * left, so that no entry falls between the replay and `publish`, and none comes twice.
   */
  async #catchUp(socket: Socket, watcher: Watcher, after: number): Promise<void> {
    const { store, nextTurn } = this.#deps;
    let position = after;
    for (;;) {
      const entries = store.log(watcher.request.resource, position, ROWS_PER_TURN);
      const encoded = new EncodedEvents();
      const lines: string[] = [];
      for (const entry of entries) {
        const type = visibleType(entry, watcher.selector);
        if (type !== null) lines.push(encoded.line(entry, type));
      }
      sendLines(socket, lines);
      const last = entries.at(-1);
      if (last === undefined || entries.length < ROWS_PER_TURN) break;
      position = last.revision;
      await nextTurn();
      if (!this.#watchers.has(socket)) return;
      this.#checkHistory(watcher.request, position);
    }
    watcher.synced = true;
    if (watcher.owesProgress) this.#tellProgress(socket);
  }
}

/**
 * How a watcher with this selector sees an entry: objects come into view as ADDED and leave it as
 * DELETED; null when it sees nothing.
 */
export function visibleType(entry: LogEntry, selector: Selector): LogEntryType | null {
  if (selector.matchesAll) return entry.type;
  const before = entry.previousAttributes !== null && selector.matches(entry.previousAttributes);
  const after = entry.type !== 'DELETED' && selector.matches(entry.attributes);
  if (before && after) return 'MODIFIED';
  if (after) return 'ADDED';
  return before ? 'DELETED' : null;
}

/** Lines of a turn's entries, each made once per type. */
class EncodedEvents {
  readonly #lines = new Map<string, string>();

  line(entry: LogEntry, type: LogEntryType): string {
    const key = `${type}${entry.revision}`;
    let line = this.#lines.get(key);
    if (line === undefined) {
      line = `${entry.revision} ${encodeWatchEvent(type, entry.value)}`;
      this.#lines.set(key, line);
    }
    return line;
  }
}

function sendLines(socket: WatchSocket, lines: readonly string[]): void {
  let frame: string[] = [];
  let size = 0;
  for (const line of lines) {
    if (size > 0 && size + line.length > FRAME_CHARACTERS) {
      send(socket, frame.join('\n'));
      frame = [];
      size = 0;
    }
    frame.push(line);
    size += line.length;
  }
  if (frame.length > 0) send(socket, frame.join('\n'));
}

/** A socket that is closing throws on send; its close handler takes it off the list. */
function send(socket: WatchSocket, text: string): void {
  try {
    socket.send(text);
  } catch {
    // The peer is gone: webSocketClose follows and stops the watcher.
    return;
  }
}
