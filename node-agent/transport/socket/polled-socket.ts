import { MAX_FRAME_BYTES } from '../../../apimachinery/agent-protocol.ts';
import { Inbox } from '../../../apimachinery/polled-socket/inbox.ts';
import type { Message } from '../../../apimachinery/polled-socket/inbox.ts';
import { Outbox } from '../../../apimachinery/polled-socket/outbox.ts';
import { decodeParts } from '../../../apimachinery/polled-socket/parts.ts';
import {
  MAX_BATCH_BYTES,
  MESSAGES_TYPE,
  POLL_HOLD_MS,
  POLLED_SOCKETS,
  polledSocketSchema,
} from '../../../apimachinery/polled-socket/protocol.ts';
import type { Clock } from '../../clock.ts';
import { endpointURL } from '../endpoint.ts';
import type { Endpoint } from '../endpoint.ts';
import type { AnswerHead, HTTPAnswer, HTTPRequester } from '../http-request.ts';
import { reconnectDelayMs } from '../reconnect-delay.ts';
import { CLOSED_ABNORMALLY } from './agent-socket.ts';
import type { AgentSocket, SocketEvents } from './agent-socket.ts';
import { DialRefused } from './dial-refused.ts';

/** What may wait to be sent; streams have less under way, and links one report. Bytes. */
const MAX_UNSENT_BYTES = 2 * MAX_FRAME_BYTES;
/** How long nothing may move in a request. Milliseconds. */
const SILENCE_MS = 15_000;
const POLL_SILENCE_MS = POLL_HOLD_MS + 10_000;
/** When requests fail for so long, the socket has broken. Milliseconds. */
const GIVE_UP_MS = 30_000;
const LONGEST_RETRY_DELAY_MS = 4_000;
/** One that waits, and an older one that it makes the control plane answer. */
const MAX_POLLS = 2;

export interface PolledSocketOptions {
  readonly endpoint: Endpoint;
  readonly request: HTTPRequester;
  readonly token: () => Promise<string>;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
}

interface Poll {
  readonly controller: AbortController;
  /** Its answer has begun. */
  isAnswered: boolean;
}

interface Call {
  readonly method: string;
  /** After the socket's own path. */
  readonly path: string;
  readonly body?: Uint8Array;
  readonly silenceMs?: number;
  readonly controller?: AbortController;
  readonly onAnswer?: (head: AnswerHead) => void;
}

/**
 * Opens a socket over HTTP requests, by `apimachinery/polled-socket/protocol.ts`.
 * @throws DialRefused when it is refused
 */
export async function openPolledSocket(
  options: PolledSocketOptions,
  path: string,
  signal: AbortSignal,
): Promise<AgentSocket> {
  const url = endpointURL(options.endpoint, POLLED_SOCKETS);
  const { status, body } = await options.request({
    method: 'POST',
    url,
    headers: {
      'Content-Type': 'application/json',
      Authorization: `Bearer ${await options.token()}`,
    },
    body: Buffer.from(JSON.stringify({ path })),
    silenceMs: SILENCE_MS,
    maxAnswerBytes: MAX_BATCH_BYTES,
    signal,
  });
  const text = body.toString('utf8');
  if (status !== 201) throw new DialRefused(status, text);
  return new PolledSocket(options, `${POLLED_SOCKETS}/${idIn(status, text)}`);
}

function idIn(status: number, text: string): string {
  try {
    return polledSocketSchema.parse(JSON.parse(text)).id;
  } catch {
    throw new DialRefused(status, text);
  }
}

class PolledSocket implements AgentSocket {
  readonly transport = 'long-poll';
  readonly #options: PolledSocketOptions;
  readonly #path: string;
  readonly #outbox = new Outbox(MAX_UNSENT_BYTES);
  readonly #inbox = new Inbox(MAX_FRAME_BYTES);
  #events: SocketEvents | undefined;
  #state: 'open' | 'closing' | 'closed' = 'open';
  #closeCode = 0;
  #isPaused = false;
  /** Messages of one answer at most: no more are asked for before they are taken. */
  #untaken: Message[] = [];
  /** Those that wait, oldest first. */
  #polls: Poll[] = [];
  /** The newest of them; an older one may never be answered. */
  #newest: Poll | undefined;
  #isPosting = false;
  #failures = 0;
  #failingSinceMs: number | undefined;
  #cancelPoll: (() => void) | undefined;
  /** Of requests that are of use only while the socket is not over. */
  readonly #requests = new Set<AbortController>();

  constructor(options: PolledSocketOptions, path: string) {
    this.#options = options;
    this.#path = path;
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  start(events: SocketEvents): void {
    this.#events = events;
    if (this.#state === 'closed') setImmediate(() => events.closed(CLOSED_ABNORMALLY, ''));
    else this.#poll();
  }

  send(message: string | Uint8Array): void {
    if (!this.isOpen) return;
    const hasRoom =
      typeof message === 'string'
        ? this.#outbox.push('text', Buffer.from(message))
        : this.#outbox.push('binary', message);
    if (hasRoom) this.#flush();
    else this.#break('the control plane takes too slowly');
  }

  /** A newer poll makes the control plane answer the older one: no request goes only to ask. */
  ping(): void {
    if (!this.isOpen) return;
    if (this.#newest === undefined || this.#isPaused) void this.#postNothing();
    else if (!this.#newest.isAnswered) this.#poll();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#deliver();
    if (this.#newest === undefined && this.#cancelPoll === undefined) this.#poll();
  }

  close(code: number): void {
    if (!this.isOpen) return;
    this.#state = 'closing';
    this.#closeCode = code;
    this.#outbox.close(code, new Uint8Array());
    this.#stopPolling();
    this.#flush();
  }

  terminate(): void {
    this.#break('');
  }

  #poll(): void {
    this.#cancelPoll = undefined;
    if (!this.isOpen || this.#isPaused || this.#untaken.length > 0) return;
    const poll: Poll = { controller: new AbortController(), isAnswered: false };
    this.#newest = poll;
    this.#polls.push(poll);
    if (this.#polls.length > MAX_POLLS) this.#polls.shift()?.controller.abort();
    void this.#await(poll);
  }

  async #await(poll: Poll): Promise<void> {
    const after = this.#inbox.last;
    let failure: Error | undefined;
    try {
      const answer = await this.#call({
        method: 'GET',
        path: `messages?after=${after}`,
        silenceMs: POLL_SILENCE_MS,
        controller: poll.controller,
        onAnswer: (head) => {
          poll.isAnswered = true;
          if (hasMessages(head)) this.#heard();
        },
      });
      if (!this.isOpen) return;
      if (hasMessages(answer)) this.#take(after, answer.body);
      else if (answer.status === 204) this.#heard();
      else failure = refusalOf(answer);
    } catch (error) {
      failure = asError(error);
    }
    this.#polls = this.#polls.filter((other) => other !== poll);
    if (!this.isOpen || this.#newest !== poll) return;
    this.#newest = undefined;
    if (failure === undefined) this.#poll();
    else this.#pollAgain(failure);
  }

  /** @throws Error when the answer is not what was asked for. */
  #take(after: number, body: Buffer): void {
    const messages = this.#inbox.take(after + 1, decodeParts(body));
    this.#untaken.push(...(messages ?? []));
    this.#deliver();
  }

  #deliver(): void {
    while (this.isOpen && !this.#isPaused) {
      const message = this.#untaken.shift();
      if (message === undefined) return;
      if (message.kind === 'close') {
        this.#end(message.code, asBuffer(message.reason).toString('utf8'));
        void this.#forget();
      } else this.#events?.message(asBuffer(message.bytes), message.kind === 'binary');
    }
  }

  #pollAgain(failure: Error): void {
    const delayMs = this.#delayAfter(failure);
    if (delayMs === undefined) this.#break(failure.message);
    else this.#cancelPoll = this.#options.clock.schedule(delayMs, () => this.#poll());
  }

  /** What is sent in one turn of the event loop goes together. */
  #flush(): void {
    if (this.#isPosting || this.#state === 'closed') return;
    this.#isPosting = true;
    setImmediate(() => void this.#post());
  }

  async #post(): Promise<void> {
    while (!this.#outbox.isEmpty && this.#state !== 'closed') {
      const { first, last, body } = this.#outbox.batch(MAX_BATCH_BYTES);
      const failure = await this.#postBatch(first, body);
      if (failure === undefined) {
        this.#outbox.acknowledge(last);
        continue;
      }
      const delayMs = this.#delayAfter(failure);
      if (delayMs === undefined) {
        this.#break(failure.message);
        return;
      }
      await new Promise<void>((resolve) => this.#options.clock.schedule(delayMs, resolve));
    }
    this.#isPosting = false;
    if (this.#state === 'closing') this.#end(this.#closeCode, '');
  }

  async #postBatch(first: number, body: Uint8Array): Promise<Error | undefined> {
    try {
      const path = `messages?from=${first}`;
      const answer = await this.#call({ method: 'POST', path, body });
      if (answer.status !== 204) return refusalOf(answer);
      this.#heard();
      return undefined;
    } catch (error) {
      return asError(error);
    }
  }

  /** A sign of life where none else is on its way. Whoever asked has a deadline. */
  async #postNothing(): Promise<void> {
    await this.#postBatch(this.#outbox.first, new Uint8Array());
  }

  #heard(): void {
    this.#failures = 0;
    this.#failingSinceMs = undefined;
    if (this.isOpen) this.#events?.heard();
  }

  /** When to try again; undefined when that is of no use, or was tried for long enough. */
  #delayAfter(failure: Error): number | undefined {
    if (this.#state === 'closed') return undefined;
    if (failure instanceof DialRefused && !isPassing(failure.status)) return undefined;
    const { clock, random } = this.#options;
    this.#failingSinceMs ??= clock.now();
    if (clock.now() - this.#failingSinceMs > GIVE_UP_MS) return undefined;
    return Math.min(reconnectDelayMs(this.#failures++, random()), LONGEST_RETRY_DELAY_MS);
  }

  #break(reason: string): void {
    if (this.#state === 'closed') return;
    this.#end(CLOSED_ABNORMALLY, reason);
    void this.#forget();
  }

  #end(code: number, reason: string): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#stopPolling();
    for (const controller of this.#requests) controller.abort();
    this.#outbox.drop();
    this.#untaken = [];
    setImmediate(() => this.#events?.closed(code, reason));
  }

  #stopPolling(): void {
    this.#cancelPoll?.();
    for (const { controller } of this.#polls) controller.abort();
  }

  /** Lets the control plane know that nothing more comes; it would find out by itself. */
  async #forget(): Promise<void> {
    await this.#request({ method: 'DELETE', path: '' }).catch(() => undefined);
  }

  async #call({ controller = new AbortController(), ...call }: Call): Promise<HTTPAnswer> {
    this.#requests.add(controller);
    try {
      return await this.#request(call, controller.signal);
    } finally {
      this.#requests.delete(controller);
    }
  }

  async #request(
    { path, silenceMs = SILENCE_MS, ...call }: Omit<Call, 'controller'>,
    signal?: AbortSignal,
  ): Promise<HTTPAnswer> {
    const { endpoint, request, token } = this.#options;
    const target = path === '' ? this.#path : `${this.#path}/${path}`;
    return request({
      ...(signal === undefined ? {} : { signal }),
      ...call,
      url: endpointURL(endpoint, target),
      headers: {
        Authorization: `Bearer ${await token()}`,
        ...(call.body === undefined ? {} : { 'Content-Type': MESSAGES_TYPE }),
      },
      silenceMs,
      maxAnswerBytes: MAX_BATCH_BYTES,
    });
  }
}

const hasMessages = ({ status, contentType }: AnswerHead): boolean =>
  status === 200 && contentType === MESSAGES_TYPE;

const refusalOf = ({ status, body }: HTTPAnswer): DialRefused =>
  new DialRefused(status, body.toString('utf8'));

/** Answers of a control plane, or of somebody before it, that has a bad moment. */
const isPassing = (status: number): boolean => status >= 500 || status === 429 || status === 408;

const asError = (error: unknown): Error =>
  error instanceof Error ? error : new Error(String(error));

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
