import { Readable } from 'node:stream';
import type Docker from 'dockerode';
import type { Clock } from '../../clock.ts';
import type { RuntimeEvent } from '../container-runtime.ts';
import { LABEL, ownedBy } from './names.ts';
import type { NodeIdentity } from './names.ts';

/** What changes a container's state; the rest (exec, attach, resize …) is noise here. */
const ACTIONS = ['create', 'start', 'die', 'oom', 'destroy', 'kill', 'restart', 'pause', 'unpause'];

const RECONNECT_MS = 1000;
/** An event is a few hundred bytes; a line beyond this is not one. */
const MAX_LINE_LENGTH = 1 << 20;

/** Listens to the engine's events of one node, and asks for a relist after each gap. */
export class EngineEvents {
  readonly #engine: Docker;
  readonly #node: NodeIdentity;
  readonly #clock: Clock;
  readonly #listeners = new Set<(event: RuntimeEvent) => void>();
  #stream: Readable | undefined;
  #cancelReconnect: (() => void) | undefined;
  #started = false;
  #closed = false;

  constructor(engine: Docker, node: NodeIdentity, clock: Clock) {
    this.#engine = engine;
    this.#node = node;
    this.#clock = clock;
  }

  subscribe(listener: (event: RuntimeEvent) => void): () => void {
    this.#listeners.add(listener);
    if (!this.#started) {
      this.#started = true;
      void this.#listen();
    }
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#closed = true;
    this.#cancelReconnect?.();
    this.#listeners.clear();
    this.#stream?.destroy();
  }

  async #listen(): Promise<void> {
    try {
      const filters = { type: ['container' as const], label: ownedBy(this.#node), event: ACTIONS };
      // Podman's stream stands before it follows anything: what comes in between is asked for.
      const since = Math.floor(this.#clock.now() / 1_000);
      const stream = await this.#engine.getEvents({ filters, since });
      // dockerode promises any readable; what it gives is Node's own.
      if (!(stream instanceof Readable)) throw new Error('events come as no stream of Node');
      this.#stream = stream;
      if (this.#closed) stream.destroy();
      // Whatever happened before the stream stood is seen by listing once.
      this.#emit({ kind: 'relist' });
      await this.#readLines(stream);
    } catch {
      // The engine is away or cut the stream; the reconnect below is the answer to both.
    }
    if (this.#closed) return;
    this.#cancelReconnect = this.#clock.schedule(RECONNECT_MS, () => void this.#listen());
  }

  async #readLines(stream: Readable): Promise<void> {
    let pending = '';
    for await (const piece of stream) {
      pending += String(piece);
      const lines = pending.split('\n');
      pending = lines.pop() ?? '';
      if (pending.length > MAX_LINE_LENGTH) throw new Error('event line without end');
      for (const line of lines) this.#dispatch(line);
    }
  }

  #dispatch(line: string): void {
    if (line.trim() === '') return;
    const { Actor: actor } = JSON.parse(line) as {
      Actor: { ID: string; Attributes: Record<string, string> };
    };
    const { [LABEL.type]: kind, [LABEL.podUID]: podUID } = actor.Attributes;
    // Containers that images are unpacked from are of this node, and of no pod.
    if ((kind !== 'sandbox' && kind !== 'container') || podUID === undefined) return;
    this.#emit({ kind, id: actor.ID, podUID });
  }

  #emit(event: RuntimeEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
