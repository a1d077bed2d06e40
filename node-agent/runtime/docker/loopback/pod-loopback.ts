import type { Socket } from 'node:net';
import type { Clock } from '../../../clock.ts';
import { NamespaceDialler } from './namespace-dialler.ts';

/** A dialler takes memory; one that was not used for so long is let go. */
const IDLE_MS = 30_000;

interface Entry {
  readonly dialler: NamespaceDialler;
  cancelEnd: () => void;
}

/** Connections to the loopback addresses of pods: one process for each pod that is forwarded to. */
export class PodLoopback {
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * @param pid of a process of the sandbox, in whose network namespace the port is
   * @throws RuntimeError where nobody listens, or the namespace cannot be entered from here
   */
  async dial(sandboxID: string, pid: number, port: number): Promise<Socket> {
    const entry = this.#entries.get(sandboxID) ?? this.#begin(sandboxID, pid);
    entry.cancelEnd();
    try {
      return await entry.dialler.dial(port);
    } finally {
      entry.cancelEnd();
      entry.cancelEnd = this.#clock.schedule(IDLE_MS, () => entry.dialler.close());
    }
  }

  close(): void {
    for (const { dialler, cancelEnd } of this.#entries.values()) {
      cancelEnd();
      dialler.close();
    }
  }

  #begin(sandboxID: string, pid: number): Entry {
    const entry: Entry = { dialler: new NamespaceDialler(pid), cancelEnd: () => undefined };
    this.#entries.set(sandboxID, entry);
    void entry.dialler.ended.then(() => {
      entry.cancelEnd();
      if (this.#entries.get(sandboxID) === entry) this.#entries.delete(sandboxID);
    });
    return entry;
  }
}
