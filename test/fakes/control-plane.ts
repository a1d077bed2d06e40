import { createPublicKey, randomUUID } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { jwtVerify } from 'jose';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import {
  AGENT_PROTOCOL_VERSION,
  agentFrameSchema,
  decodeFrame,
  enrolRequestSchema,
  NODE_TOKEN_ISSUER,
  PING,
  PONG,
} from '../../apimachinery/agent-protocol.ts';
import type { AgentFrame, ControlFrame } from '../../apimachinery/agent-protocol.ts';
import type { StreamRequest } from '../../apimachinery/stream-protocol.ts';
import { FakeStream } from './fake-stream.ts';

type Report = Extract<AgentFrame, { type: 'report' }>;
type Desired = Extract<ControlFrame, { type: 'desired' }>;
export type FakePod = {
  metadata: Record<string, unknown>;
  spec: object;
  status?: object;
  boundVolumes?: object;
};
type Status = Record<string, unknown> & { phase?: string };

interface TokenSpec {
  readonly expirationSeconds: number;
}

const TOKEN_PATH = new RegExp('^/clusters/test/api/v1/namespaces/(.*)/serviceaccounts/(.*)/token$');

interface Change {
  readonly position: number;
  readonly pods: Desired['pods'];
  readonly objects: Desired['objects'];
}

export const CLUSTER = 'test';
const PREFIX = '/clusters/test/fairlead/v1';
export const ENROLMENT_TOKEN = 'enrolment-token';

/** The control plane's side of the agent protocol, in memory, for tests of agents. */
export class FakeControlPlane {
  readonly #http: Server;
  readonly #webSockets = new WebSocketServer({ noServer: true });
  readonly #keys = new Map<string, KeyObject>();
  readonly #streams = new Map<string, FakeStream>();
  readonly #waiters = new Set<() => void>();
  readonly #changes: Change[] = [];
  /** Answers to `sampleUsage`, oldest first. */
  readonly usages: Extract<AgentFrame, { type: 'usage' }>[] = [];
  #link: WebSocket | undefined;
  #generation = 0;
  epoch = 'epoch-1';
  /** Whether it asks to be told again how pods are. */
  repeat = false;
  /** Whether it is away as far as links go. */
  refusesLinks = false;
  /** All that was heard, in order. */
  readonly hellos: Extract<AgentFrame, { type: 'hello' }>[] = [];
  readonly reports: Report[] = [];
  readonly acknowledged: number[] = [];
  readonly terminated = new Set<string>();
  /** Requests for tokens, with the account of each; the n-th is answered with `token-<n>`. */
  readonly tokenRequests: { readonly account: string; readonly spec: TokenSpec }[] = [];
  /** Answered instead of a token. */
  tokenRefusal: string | undefined;
  readonly statuses = new Map<string, Status>();
  readonly #statusHistory: { uid: string; status: Status }[] = [];

  private constructor(http: Server) {
    this.#http = http;
    http.on('request', (request, response) => void this.#answer(request, response));
    http.on('upgrade', (request, socket, head) => {
      if (this.refusesLinks) {
        socket.end('HTTP/1.1 503 Service Unavailable\r\n\r\n');
        return;
      }
      this.#authenticate(request).then(
        () =>
          this.#webSockets.handleUpgrade(request, socket, head, (webSocket) =>
            this.#connected(request, webSocket),
          ),
        () => socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n'),
      );
    });
  }

  /** @param port 0 for any */
  static async start(port = 0): Promise<FakeControlPlane> {
    const http = createServer();
    const plane = new FakeControlPlane(http);
    await new Promise<void>((resolve) => http.listen(port, '127.0.0.1', resolve));
    return plane;
  }

  get port(): number {
    return (this.#http.address() as AddressInfo).port;
  }

  get server(): string {
    return `http://127.0.0.1:${this.port}/clusters/${CLUSTER}`;
  }

  get connected(): boolean {
    return this.#link !== undefined;
  }

  async stop(): Promise<void> {
    for (const client of this.#webSockets.clients) client.terminate();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  /** Carries over what a control plane keeps on disk, as after a restart. */
  takeOver(other: FakeControlPlane): void {
    this.epoch = other.epoch;
    for (const [name, key] of other.#keys) this.#keys.set(name, key);
    this.#changes.push(...other.#changes);
  }

  cutLink(): void {
    this.#link?.terminate();
  }

  sampleUsage(requestID: string): void {
    this.#send({ type: 'sampleUsage', requestID });
  }

  setPod(pod: FakePod): void {
    const { namespace, name, uid } = pod.metadata as Record<string, string>;
    this.#change([{ namespace: namespace!, name: name!, uid: uid!, pod }], []);
  }

  removePod(pod: FakePod): void {
    const { namespace, name, uid } = pod.metadata as Record<string, string>;
    this.#change([{ namespace: namespace!, name: name!, uid: uid!, pod: null }], []);
  }

  /** Deletes gracefully, as the API does for a pod that is on a node. */
  deletePod(pod: FakePod, graceSeconds = 1): void {
    const deletionTimestamp = new Date().toISOString();
    this.setPod({
      ...pod,
      metadata: {
        ...pod.metadata,
        deletionTimestamp,
        deletionGracePeriodSeconds: graceSeconds,
      },
    });
  }

  setObject(
    resource: 'configmaps' | 'secrets',
    name: string,
    data: Record<string, string> | null,
  ): void {
    const metadata = { namespace: 'default', name };
    const object = data === null ? null : { metadata, data };
    this.#change([], [{ resource, namespace: 'default', name, object }]);
  }

  /** Resolves once the condition holds; looked at after each frame that the agent sends. */
  async until(what: string, condition: () => boolean, timeoutMs = 30_000): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve, reject) => {
      // No pause: what ends a wait for something that never comes, with what is known by then.
      const timer = setTimeout(() => {
        this.#waiters.delete(check);
        const known = JSON.stringify([...this.statuses], null, 1);
        const events = this.events().map(({ reason, message }) => `${reason}: ${message}`);
        reject(new Error(`never happened: ${what}\n${known}\n${events.join('\n')}`));
      }, timeoutMs);
      const check = (): void => {
        if (!condition()) return;
        clearTimeout(timer);
        this.#waiters.delete(check);
        resolve();
      };
      this.#waiters.add(check);
    });
  }

  async untilPhase(pod: FakePod, phase: string): Promise<Status> {
    const uid = pod.metadata['uid'] as string;
    await this.until(`pod is ${phase}`, () => this.statuses.get(uid)?.phase === phase);
    return this.statuses.get(uid)!;
  }

  async untilReady(pod: FakePod): Promise<Status> {
    const uid = pod.metadata['uid'] as string;
    await this.until('pod is ready', () => isReady(this.statuses.get(uid)));
    return this.statuses.get(uid)!;
  }

  async untilTerminated(pod: FakePod): Promise<void> {
    const uid = pod.metadata['uid'] as string;
    await this.until('pod is terminated', () => this.terminated.has(uid));
  }

  /** Every status that was reported of a pod, oldest first. */
  statusHistory(pod: FakePod): Status[] {
    return this.#statusHistory
      .filter((entry) => entry.uid === pod.metadata['uid'])
      .map((entry) => entry.status);
  }

  /** All events so far, each in its latest form. */
  events(pod?: FakePod): NonNullable<Report['events']> {
    const latest = new Map<string, NonNullable<Report['events']>[number]>();
    for (const event of this.reports.flatMap((report) => report.events ?? [])) {
      if (pod !== undefined && event.regarding.uid !== pod.metadata['uid']) continue;
      latest.set(JSON.stringify([event.regarding, event.reason, event.message]), event);
    }
    return [...latest.values()];
  }

  /** Asks the agent to remove the directories of volumes. */
  removeVolumes(...volumes: { name: string; uid: string }[]): void {
    this.#send({ type: 'removeVolumes', volumes });
  }

  /** Names of the volumes whose directories the agent says are gone. */
  removedVolumes(): string[] {
    return this.reports.flatMap(({ volumesRemoved }) => volumesRemoved ?? []).map((v) => v.name);
  }

  /** Asks the agent to dial back; resolves with the stream, or with its refusal. */
  async openStream(request: StreamRequest): Promise<FakeStream> {
    const stream = new FakeStream();
    const streamID = randomUUID();
    this.#streams.set(streamID, stream);
    this.#send({ type: 'openStream', streamID, request });
    await stream.settled;
    return stream;
  }

  #change(pods: Desired['pods'], objects: Desired['objects']): void {
    const position = this.#changes.length + 1;
    this.#changes.push({ position, pods, objects });
    this.#send({
      type: 'desired',
      epoch: this.epoch,
      from: position - 1,
      position,
      pods,
      objects,
    });
  }

  #send(frame: ControlFrame): void {
    this.#link?.send(JSON.stringify(frame));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const tokenPath = TOKEN_PATH.exec(request.url ?? '');
    if (tokenPath !== null) {
      await this.#authenticate(request);
      const { spec } = JSON.parse(Buffer.concat(parts).toString()) as { spec: TokenSpec };
      this.tokenRequests.push({ account: `${tokenPath[1]}/${tokenPath[2]}`, spec });
      const [code, answer] = this.#issueToken(spec);
      response.writeHead(code).end(JSON.stringify(answer));
      return;
    }
    if (request.headers.authorization !== `Bearer ${ENROLMENT_TOKEN}`) {
      response.writeHead(401).end(JSON.stringify({ message: 'Unauthorized' }));
      return;
    }
    const body = enrolRequestSchema.parse(JSON.parse(Buffer.concat(parts).toString()));
    this.#keys.set(body.nodeName, createPublicKey({ key: body.publicKey, format: 'jwk' }));
    const answer = {
      nodeName: body.nodeName,
      nodeUID: `uid-${body.nodeName}`,
      cluster: CLUSTER,
      certificate: 'certificate',
    };
    response.writeHead(201).end(JSON.stringify(answer));
  }

  #issueToken(spec: TokenSpec): [code: number, answer: object] {
    if (this.tokenRefusal !== undefined) return [403, { message: this.tokenRefusal }];
    const expiresAtMs = Date.now() + spec.expirationSeconds * 1000;
    const expirationTimestamp = new Date(expiresAtMs).toISOString();
    const token = `token-${this.tokenRequests.length}`;
    return [201, { spec, status: { token, expirationTimestamp } }];
  }

  async #authenticate(request: IncomingMessage): Promise<void> {
    const token = request.headers.authorization?.replace('Bearer ', '') ?? '';
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
      sub: string;
    };
    const key = this.#keys.get(claims.sub.replace('system:node:', ''));
    if (key === undefined) throw new Error('unknown node');
    await jwtVerify(token, key, { issuer: NODE_TOKEN_ISSUER, audience: CLUSTER });
  }

  #connected(request: IncomingMessage, socket: WebSocket): void {
    const path = request.url ?? '';
    const stream = this.#streams.get(path.replace(`${PREFIX}/streams/`, ''));
    if (stream !== undefined) {
      stream.joined(socket);
      return;
    }
    this.#link?.close(4001);
    this.#link = socket;
    socket.on('message', (data: Buffer) => {
      const text = data.toString('utf8');
      if (text === PING) socket.send(PONG);
      else this.#receive(socket, decodeFrame(agentFrameSchema, text));
      for (const check of this.#waiters) check();
    });
    socket.on('close', () => {
      if (this.#link === socket) this.#link = undefined;
    });
  }

  #receive(socket: WebSocket, frame: AgentFrame): void {
    switch (frame.type) {
      case 'hello':
        this.hellos.push(frame);
        this.#welcome(socket, frame);
        return;
      case 'report':
        this.reports.push(frame);
        for (const { uid, status } of frame.podStatuses ?? []) {
          this.statuses.set(uid, status);
          this.#statusHistory.push({ uid, status });
        }
        for (const { uid } of frame.podsTerminated ?? []) this.terminated.add(uid);
        this.#send({ type: 'reported', seq: frame.seq });
        return;
      case 'ack':
        this.acknowledged.push(frame.position);
        return;
      case 'streamRefused':
        this.#streams.get(frame.streamID)?.refused(frame.code, frame.message);
        return;
      case 'usage':
        this.usages.push(frame);
        return;
    }
  }

  #welcome(socket: WebSocket, hello: Extract<AgentFrame, { type: 'hello' }>): void {
    const reply = (frame: ControlFrame): void => socket.send(JSON.stringify(frame));
    reply({
      type: 'welcome',
      protocol: AGENT_PROTOCOL_VERSION,
      generation: ++this.#generation,
      epoch: this.epoch,
      nodeName: 'node',
      nodeUID: 'uid-node',
      repeat: this.repeat,
    });
    const known = hello.epoch === this.epoch && hello.position <= this.#changes.length;
    const from = known ? hello.position : 0;
    const missed = this.#changes.slice(from);
    const gone = from === 0;
    reply({
      type: 'desired',
      epoch: this.epoch,
      from,
      position: this.#changes.length,
      pods: latestBy(
        missed.flatMap((change) => change.pods),
        ({ uid }) => uid,
      ).filter(({ pod }) => !gone || pod !== null),
      objects: latestBy(
        missed.flatMap((change) => change.objects),
        ({ resource, name }) => `${resource}/${name}`,
      ),
    });
  }
}

function latestBy<T>(items: readonly T[], key: (item: T) => string): T[] {
  return [...new Map(items.map((item) => [key(item), item])).values()];
}

export function isReady(status: Status | undefined): boolean {
  const conditions = (status?.['conditions'] ?? []) as { type: string; status: string }[];
  return conditions.some(({ type, status: value }) => type === 'Ready' && value === 'True');
}
