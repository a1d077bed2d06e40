import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';
import { RuntimeError } from '../../container-runtime.ts';
import { DIALLER_PROGRAM } from './dialler-program.ts';

const DIAL_TIMEOUT_MS = 10_000;

interface Answer {
  readonly id: number;
  /** Why there is no connection. */
  readonly code?: string;
}

/** A process in a network namespace that connects to ports on the loopback address there. */
export class NamespaceDialler {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, PromiseWithResolvers<Socket>>();
  #next = 0;
  /** Resolves when it has ended, by itself too. */
  readonly ended: Promise<void>;

  /** @param pid of a process that is in the namespace */
  constructor(pid: number) {
    const program = [process.execPath, '-e', DIALLER_PROGRAM];
    this.#child = spawn('nsenter', [`--net=/proc/${pid}/ns/net`, ...program], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    // Forwarding keeps nobody from ending.
    this.#child.unref();
    this.#child.channel?.unref();
    this.#child.on('message', (answer: Answer, handle) => this.#take(answer, handle));
    this.ended = new Promise((resolve) => {
      const end = (): void => {
        for (const { reject } of this.#waiting.values()) reject(unreachable());
        this.#waiting.clear();
        resolve();
      };
      this.#child.once('error', end);
      this.#child.once('exit', end);
    });
  }

  /** @throws RuntimeError where nobody listens, or the namespace cannot be entered */
  dial(port: number): Promise<Socket> {
    const id = this.#next++;
    const waiting = Promise.withResolvers<Socket>();
    if (!this.#child.connected) return Promise.reject(unreachable());
    this.#waiting.set(id, waiting);
    this.#child.send({ id, port }, (error) => {
      if (error !== null) this.#reject(id);
    });
    const timeout = setTimeout(() => this.#reject(id), DIAL_TIMEOUT_MS);
    return waiting.promise.finally(() => clearTimeout(timeout));
  }

  /** Ends it; connections that it has made stay. */
  close(): void {
    if (this.#child.connected) this.#child.disconnect();
  }

  #take({ id }: Answer, handle: unknown): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (!(handle instanceof Socket)) waiting?.reject(unreachable());
    else if (waiting === undefined) handle.destroy();
    else {
      handle.allowHalfOpen = true;
      waiting.resolve(handle);
    }
  }

  #reject(id: number): void {
    this.#waiting.get(id)?.reject(unreachable());
    this.#waiting.delete(id);
  }
}

const unreachable = (): RuntimeError =>
  new RuntimeError('Failed', 'nobody listens on the loopback address of the pod');
