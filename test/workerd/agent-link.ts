import {
  AGENT_PROTOCOL_VERSION,
  controlFrameSchema,
  decodeFrame,
  type AgentFrame,
  type ControlFrame,
} from '../../apimachinery/agent-protocol.ts';
import { nodeStub } from '../../worker/durable/stubs.ts';
import { env } from './env.ts';

type Frame<T extends ControlFrame['type']> = Extract<ControlFrame, { type: T }>;
type Hello = Extract<AgentFrame, { type: 'hello' }>;

export const linkStub = (cluster: string, node: string) => nodeStub(env, cluster, node);

/** Conditions of a node that is well. */
export const READY_STATUS = {
  allocatable: { cpu: '4', memory: '8Gi', pods: '110' },
  capacity: { cpu: '4', memory: '8Gi', pods: '110' },
  conditions: [
    {
      type: 'Ready',
      status: 'True',
      reason: 'KubeletReady',
      message: 'kubelet is posting ready status',
    },
  ],
};

/** Enrols a node without its HTTP ceremony. Returns the Node's uid. */
export const enrol = (cluster: string, node: string): Promise<string | null> =>
  linkStub(cluster, node).enrol(
    cluster,
    node,
    { kty: 'OKP', crv: 'Ed25519', x: 'not-used-here' },
    true,
  );

/** The agent's end of a link. */
export class AgentLink {
  readonly frames: ControlFrame[] = [];
  closeCode: number | null = null;
  readonly #socket: WebSocket;
  readonly #waiters: (() => void)[] = [];

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => {
      if (data === 'pong') return;
      this.frames.push(decodeFrame(controlFrameSchema, String(data)));
      this.#changed();
    });
    socket.addEventListener('close', ({ code }) => {
      this.closeCode = code;
      this.#changed();
    });
    socket.accept();
  }

  static async open(cluster: string, node: string): Promise<AgentLink> {
    const { webSocket } = await linkStub(cluster, node).fetch('https://node/link', {
      headers: { Upgrade: 'websocket' },
    });
    if (webSocket === null) throw new Error('the link was refused');
    return new AgentLink(webSocket);
  }

  /** Opens a link, says hello, and waits for the first desired state. */
  static async greet(
    cluster: string,
    node: string,
    hello: Partial<Hello> = {},
  ): Promise<AgentLink> {
    const link = await AgentLink.open(cluster, node);
    link.hello(hello);
    await link.take('welcome');
    return link;
  }

  hello(hello: Partial<Hello> = {}): void {
    this.send({
      type: 'hello',
      protocol: AGENT_PROTOCOL_VERSION,
      agentVersion: 'test',
      position: 0,
      epoch: '',
      node: { labels: {}, status: READY_STATUS },
      ...hello,
    });
  }

  send(frame: AgentFrame): void {
    this.#socket.send(JSON.stringify(frame));
  }

  sendText(text: string): void {
    this.#socket.send(text);
  }

  close(): void {
    this.#socket.close(1000, 'done');
  }

  /** Takes the next frame of a type; others before it stay. */
  async take<T extends ControlFrame['type']>(type: T): Promise<Frame<T>> {
    for (;;) {
      const index = this.frames.findIndex((frame) => frame.type === type);
      if (index >= 0) return this.frames.splice(index, 1)[0] as Frame<T>;
      if (this.closeCode !== null) throw new Error(`closed with ${this.closeCode}`);
      await this.#change();
    }
  }

  async closed(): Promise<number> {
    while (this.closeCode === null) await this.#change();
    return this.closeCode;
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  #changed(): void {
    for (const resolve of this.#waiters.splice(0)) resolve();
  }
}
