import { Inbox, type Message } from '../../apimachinery/polled-socket/inbox.ts';
import {
  encodeParts,
  type MessageKind,
  partsOf,
  decodeParts,
} from '../../apimachinery/polled-socket/parts.ts';
import { call } from './api.ts';

/** What a message says, for comparing: of a close its code. */
function toldBy(message: Message): string | number[] | number {
  if (message.kind === 'close') return message.code;
  return message.kind === 'text' ? new TextDecoder().decode(message.bytes) : [...message.bytes];
}

/** A batch of messages, each of one part. */
export const batchOf = (...messages: (string | Uint8Array)[]): Uint8Array<ArrayBuffer> =>
  encodeParts(
    messages.flatMap((message) =>
      typeof message === 'string'
        ? partsOf('text', new TextEncoder().encode(message))
        : partsOf('binary', message),
    ),
  );

export const closeBatch = (code: number): Uint8Array<ArrayBuffer> =>
  encodeParts(partsOf('close' satisfies MessageKind, new Uint8Array([code >> 8, code & 255])));

/** The messages of a body, as what they say. */
export const messagesIn = (body: Uint8Array): (string | number[] | number)[] =>
  (new Inbox(Infinity).take(1, decodeParts(body)) ?? []).map(toldBy);

/** A polled socket as an agent's requests see it. */
export class PolledSocketClient {
  readonly #cluster: string;
  readonly #path: string;
  readonly #token: string;

  constructor(cluster: string, id: string, token: string) {
    this.#cluster = cluster;
    this.#path = `/fairlead/v1/polled-sockets/${id}`;
    this.#token = token;
  }

  static async open(cluster: string, path: string, token: string): Promise<PolledSocketClient> {
    const answer = await askToOpen(cluster, path, token);
    if (answer.status !== 201) throw new Error(`refused: ${await answer.text()}`);
    const { id } = await answer.json<{ id: string }>();
    return new PolledSocketClient(cluster, id, token);
  }

  /** The same socket with somebody else's token. */
  as(token: string): PolledSocketClient {
    const id = this.#path.split('/').at(-1) ?? '';
    return new PolledSocketClient(this.#cluster, id, token);
  }

  send(from: number, body: Uint8Array): Promise<Response> {
    return this.#ask('POST', `/messages?from=${from}`, body);
  }

  poll(after: number): Promise<Response> {
    return this.#ask('GET', `/messages?after=${after}`);
  }

  /** What is there after a number, at least one message. */
  async messages(after: number): Promise<(string | number[] | number)[]> {
    const answer = await this.poll(after);
    if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`);
    return messagesIn(new Uint8Array(await answer.arrayBuffer()));
  }

  end(): Promise<Response> {
    return this.#ask('DELETE', '');
  }

  #ask(method: string, path: string, body?: Uint8Array): Promise<Response> {
    return call(this.#cluster, method, this.#path + path, {
      token: this.#token,
      ...(body === undefined ? {} : { body }),
    });
  }
}

export const askToOpen = (cluster: string, path: string, token: string): Promise<Response> =>
  call(cluster, 'POST', '/fairlead/v1/polled-sockets', { token, body: { path } });
