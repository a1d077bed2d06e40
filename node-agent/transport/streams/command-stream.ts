import type { StreamRequest } from '../../../apimachinery/stream-protocol.ts';
import type { AttachSession, ContainerRuntime } from '../../runtime/container-runtime.ts';
import {
  CHANNEL,
  channelMessage,
  exitStatus,
  failureStatus,
  parseClientMessage,
} from './channels.ts';
import { MAX_MESSAGE_BYTES } from './stream-socket.ts';
import type { PayloadHandler, StreamSocket } from './stream-socket.ts';
import { writeThrough } from './write-through.ts';

export type CommandRequest = Extract<StreamRequest, { kind: 'exec' | 'attach' }>;

/** Serves one exec or attach: the client's channel protocol on one side, a process on the other. */
export class CommandStream implements PayloadHandler {
  readonly #runtime: ContainerRuntime;
  readonly #request: CommandRequest;
  readonly #containerID: string;
  readonly #session: Promise<AttachSession>;
  #resolveSession: (session: AttachSession) => void = () => undefined;
  #closed = false;

  constructor(runtime: ContainerRuntime, request: CommandRequest, containerID: string) {
    this.#runtime = runtime;
    this.#request = request;
    this.#containerID = containerID;
    this.#session = new Promise((resolve) => {
      this.#resolveSession = resolve;
    });
  }

  /** Takes a message of the client; waits for the process's input to have room. */
  async payload(payload: Buffer): Promise<void> {
    const message = parseClientMessage(payload, this.#request.subprotocol);
    if (message.kind === 'ignored' || this.#closed) return;
    const session = await this.#session;
    switch (message.kind) {
      case 'stdin':
        await this.#write(session, message.data);
        return;
      case 'closeStdin':
        session.stdin?.end();
        return;
      case 'resize':
        if (!this.#request.tty) return;
        // The process may have ended a moment ago; there is no terminal to resize then.
        await session.resize(message.width, message.height).catch(() => undefined);
        return;
    }
  }

  /** Runs until the process ends, or the stream does. */
  async serve(socket: StreamSocket): Promise<void> {
    void socket.closed.then(() => this.#close());
    let lastWord: object;
    try {
      lastWord = await this.#run(socket);
    } catch (error) {
      lastWord = failureStatus(error instanceof Error ? error.message : String(error));
    }
    await this.#sendLastWord(socket, lastWord);
    socket.end();
  }

  async #run(socket: StreamSocket): Promise<object> {
    const { kind, command, stdin, stdout, stderr, tty } = this.#request;
    const id = this.#containerID;
    const exec =
      kind === 'exec' ? await this.#runtime.exec(id, { command, stdin, tty }) : undefined;
    const session = exec ?? (await this.#runtime.attach(id, { stdin, stdout, stderr, tty }));
    this.#resolveSession(session);
    if (this.#closed) session.close();
    socket.accept();
    // Tells the client that the process has started, as upstream does.
    await socket.send(channelMessage(stdout ? CHANNEL.stdout : CHANNEL.error, new Uint8Array()));
    for await (const { stream, data } of session.output) {
      if (stream === 'stdout' ? !stdout : !stderr) continue;
      for (let from = 0; from < data.length; from += MAX_MESSAGE_BYTES) {
        const part = data.subarray(from, from + MAX_MESSAGE_BYTES);
        await socket.send(channelMessage(CHANNEL[stream], part));
      }
    }
    return exitStatus(exec === undefined ? 0 : await exec.exitCode());
  }

  async #sendLastWord(socket: StreamSocket, status: object): Promise<void> {
    const isFailure = (status as { status?: string }).status === 'Failure';
    // The first version of the protocol has text on the error channel, and on failure only.
    if (this.#request.subprotocol === 'channel.k8s.io' && !isFailure) return;
    const text =
      this.#request.subprotocol === 'channel.k8s.io'
        ? ((status as { message?: string }).message ?? '')
        : JSON.stringify(status);
    try {
      await socket.send(channelMessage(CHANNEL.error, Buffer.from(text)));
    } catch {
      // The client has gone; nobody is left to tell.
    }
  }

  async #write(session: AttachSession, data: Buffer): Promise<void> {
    const { stdin } = session;
    if (stdin !== undefined && data.length > 0) await writeThrough(stdin, data);
  }

  #close(): void {
    this.#closed = true;
    void this.#session.then((session) => session.close());
  }
}
