import * as z from 'zod';

/**
 * Stream sockets (one per exec, attach, logs, port-forward or proxied request), which an agent dials
 * when it is told to by `openStream`: binary frames are payload, in both directions; text frames are
 * control. Flow control is by credit: a sender may have at most the granted number of payload bytes
 * under way; `credit` grants more. Each side starts with INITIAL_STREAM_CREDIT.
 *
 * What the payload is, by the kind of the request:
 * - exec, attach: the client's WebSocket channel protocol, frame for frame.
 * - logs: the log's bytes, from agent to control plane only.
 * - proxy: the body of the HTTP request one way, that of the response the other; for a WebSocket,
 *   its messages, each frame of which begins with a byte of MESSAGE_FLAGS.
 * - portForward: the client's WebSocket channel protocol, or the bytes of a SPDY/3.1 connection.
 *
 * `end` closes a stream in good order; a socket that closes without it is a broken stream, which
 * the client must see as an error.
 */
export const INITIAL_STREAM_CREDIT = 256 * 1024;

/** Which pod is meant, as a part of other schemas. */
export const podRef = { namespace: z.string(), name: z.string(), uid: z.string() };

/** First byte of each frame of a proxied WebSocket: the sum of what holds for it. */
export const MESSAGE_FLAGS = { binary: 1, last: 2 } as const;

/** Names and values, in order; a name may come more than once. */
const headersSchema = z.array(z.tuple([z.string(), z.string()])).max(1000);
export type HeaderList = z.infer<typeof headersSchema>;

/** How an HTTP response begins. */
export const responseHeadSchema = z.object({
  status: z.int().min(101).max(599),
  headers: headersSchema,
});
export type ResponseHead = z.infer<typeof responseHeadSchema>;

/**
 * Header by which the Durable Object of a stream tells the API how a proxied response began, as JSON
 * in a URI component. On headers of its own answer the platform would act: follow a redirect, decode
 * a body.
 */
export const RESPONSE_HEAD_HEADER = 'Fairlead-Response-Head';

const commandSchema = z.object({
  kind: z.enum(['exec', 'attach']),
  ...podRef,
  container: z.string(),
  command: z.array(z.string()),
  stdin: z.boolean(),
  stdout: z.boolean(),
  stderr: z.boolean(),
  tty: z.boolean(),
  /** Negotiated with the client; the agent speaks it over the stream, byte for byte. */
  subprotocol: z.enum(['v5.channel.k8s.io', 'v4.channel.k8s.io', 'channel.k8s.io']),
});

const logsSchema = z.object({
  kind: z.literal('logs'),
  ...podRef,
  container: z.string(),
  follow: z.boolean(),
  previous: z.boolean(),
  timestamps: z.boolean(),
  tailLines: z.int().min(0).optional(),
  sinceSeconds: z.int().min(1).optional(),
  /** RFC 3339. */
  sinceTime: z.string().optional(),
  limitBytes: z.int().min(1).optional(),
  /** Absent: both of them. */
  stream: z.enum(['stdout', 'stderr']).optional(),
});

const proxySchema = z.object({
  kind: z.literal('proxy'),
  target: z.discriminatedUnion('to', [
    /** The port as the client gave it: a number, a service's name for one, or '' for the scheme's. */
    z.object({ to: z.literal('pod'), ...podRef, port: z.string() }),
    /** A port of the machine; '' for what the agent itself answers. */
    z.object({ to: z.literal('node'), port: z.string() }),
  ]),
  scheme: z.enum(['http', 'https']),
  method: z.string(),
  /** With the query, as the target gets it. */
  path: z.string(),
  headers: headersSchema,
  /** Whether payload and `finished` follow. */
  hasBody: z.boolean(),
  /** Whether a WebSocket is to be opened to the target. */
  isWebSocket: z.boolean(),
});

const portForwardSchema = z.object({
  kind: z.literal('portForward'),
  ...podRef,
  /**
   * `spdy`: a SPDY/3.1 connection whose streams say which port they are for. `channels`: two channels
   * for each of the ports, for its data and for its errors.
   */
  framing: z.enum(['spdy', 'channels']),
  ports: z.array(z.int().min(1).max(65_535)).max(100),
});

export const streamRequestSchema = z.discriminatedUnion('kind', [
  commandSchema,
  logsSchema,
  proxySchema,
  portForwardSchema,
]);
export type StreamRequest = z.infer<typeof streamRequestSchema>;

/** What an agent says in its greeting when it serves a request beyond the first ones. */
export const STREAM_FEATURES = {
  proxy: 'proxy',
  portForward: 'portForward',
  logSource: 'logSource',
} as const;

/** What an agent must know to serve a request; null for what every agent knows. */
export function featureOf(request: StreamRequest): string | null {
  switch (request.kind) {
    case 'exec':
    case 'attach':
      return null;
    case 'logs':
      return request.stream === undefined ? null : STREAM_FEATURES.logSource;
    case 'proxy':
    case 'portForward':
      return STREAM_FEATURES[request.kind];
  }
}

export const streamControlSchema = z.discriminatedUnion('type', [
  /** Agent → control plane, before any payload of logs and proxied requests: it can be served. */
  z.object({ type: z.literal('accepted'), response: responseHeadSchema.optional() }),
  z.object({ type: z.literal('credit'), bytes: z.int().min(1) }),
  /** Control plane → agent: no more payload follows. */
  z.object({ type: z.literal('finished') }),
  /** `code` and `message` set when it ends before `accepted` or fails. */
  z.object({ type: z.literal('end'), code: z.int().optional(), message: z.string().optional() }),
]);
export type StreamControl = z.infer<typeof streamControlSchema>;
