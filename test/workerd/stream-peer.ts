import type { StreamControl } from '../../apimachinery/stream-protocol.ts';
import { streamStub } from '../../worker/durable/stubs.ts';
import { env } from './env.ts';

/** One end of a stream, with what came so far. */
export class StreamPeer {
  readonly bytes: number[] = [];
  /** Of a client: what came as text. */
  readonly texts: string[] = [];
  readonly controls: StreamControl[] = [];
  closeCode: number | null = null;
  closeReason = '';
  readonly #socket: WebSocket;
  #onChange: () => void = () => undefined;

  /** @param side an agent's texts are control frames, a client's are what it is sent. */
  constructor(socket: WebSocket, side: 'agent' | 'client' = 'agent') {
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('message', ({ data }) => {
      if (typeof data !== 'string') this.bytes.push(...new Uint8Array(data as ArrayBuffer));
      else if (side === 'client') this.texts.push(data);
      else this.controls.push(JSON.parse(data) as StreamControl);
      this.#onChange();
    });
    socket.addEventListener('close', ({ code, reason }) => {
      this.closeCode = code;
      this.closeReason = reason;
      this.#onChange();
    });
    socket.accept();
  }

  /** Dials a stream as its node does. */
  static async agent(streamID: string, node: string): Promise<StreamPeer> {
    const query = new URLSearchParams({ node });
    const stub = streamStub(env, streamID);
    const { webSocket, status } = await stub.fetch(`https://stream/agent?${query.toString()}`, {
      headers: { Upgrade: 'websocket' },
    });
    if (webSocket === null) throw new Error(`refused with ${status}`);
    return new StreamPeer(webSocket);
  }

  send(...bytes: number[]): void {
    this.#socket.send(new Uint8Array(bytes));
  }

  sendMany(count: number): void {
    this.#socket.send(new Uint8Array(count));
  }

  sendText(text: string): void {
    this.#socket.send(text);
  }

  sendUTF8(text: string): void {
    this.#socket.send(new TextEncoder().encode(text));
  }

  control(frame: StreamControl): void {
    this.#socket.send(JSON.stringify(frame));
  }

  close(code = 1000): void {
    this.#socket.close(code, 'test');
  }

  get text(): string {
    return new TextDecoder().decode(new Uint8Array(this.bytes));
  }

  async until(condition: (peer: StreamPeer) => boolean): Promise<void> {
    while (!condition(this)) {
      await new Promise<void>((resolve) => {
        this.#onChange = resolve;
      });
    }
  }
}
