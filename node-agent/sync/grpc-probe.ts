import { connect } from 'node:http2';
import type { ClientHttp2Session, IncomingHttpHeaders } from 'node:http2';
import { dialFailure, joinHostPort } from './probe-failure.ts';

export interface GRPCProbeRequest {
  readonly host: string;
  readonly port: number;
  readonly service: string;
  readonly timeoutSeconds: number;
}

const CODE = { ok: 0, deadlineExceeded: 4, unimplemented: 12, unavailable: 14 };
const CODE_NAMES = [
  'OK',
  'Canceled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
];
const SERVING = 1;
const STATUS_NAMES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];
/** A health answer is a few bytes; more than this is something else. */
const MAX_ANSWER_BYTES = 4096;

/**
 * Asks a server in clear for its health (grpc.health.v1.Health/Check). Undefined when it serves;
 * otherwise why not, in the words of kubelet's event. Never throws.
 */
export async function probeGRPC(request: GRPCProbeRequest): Promise<string | undefined> {
  const { host, port, timeoutSeconds } = request;
  const address = joinHostPort(host, port);
  const session = connect(`http://${address}`);
  // Told by the promises below; a session without a listener would end the agent.
  session.on('error', () => undefined);
  const deadline = AbortSignal.timeout(timeoutSeconds * 1000);
  try {
    const failure = await connected(session, deadline);
    if (failure === 'timeout') {
      return `timeout: failed to connect service "${address}" within ${timeoutSeconds}s: context deadline exceeded`;
    }
    if (failure !== undefined) {
      const cause = dialFailure(failure, host, port);
      return `error: failed to connect service at "${address}": ${cause}`;
    }
    return judge(await check(session, request, deadline), timeoutSeconds);
  } finally {
    session.destroy();
  }
}

function connected(
  session: ClientHttp2Session,
  deadline: AbortSignal,
): Promise<Error | 'timeout' | undefined> {
  return new Promise((resolve) => {
    // Only with its settings does a server show that it speaks HTTP/2.
    session.once('remoteSettings', () => resolve(undefined));
    session.once('error', resolve);
    session.once('close', () => resolve(new Error('EOF')));
    deadline.addEventListener('abort', () => resolve('timeout'), { once: true });
  });
}

interface Answer {
  readonly code: number;
  readonly message: string;
  readonly body: Buffer;
}

function check(
  session: ClientHttp2Session,
  { service, timeoutSeconds }: GRPCProbeRequest,
  deadline: AbortSignal,
): Promise<Answer> {
  return new Promise((resolve) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      'user-agent': 'kube-probe/1.36',
      'grpc-timeout': `${timeoutSeconds}S`,
      te: 'trailers',
    });
    const parts: Buffer[] = [];
    let size = 0;
    let said: IncomingHttpHeaders = {};
    const hear = (headers: IncomingHttpHeaders): void => {
      said = { ...said, ...headers };
    };
    const finish = (): void => resolve(answerOf(said, Buffer.concat(parts)));
    stream.on('response', hear);
    stream.on('trailers', hear);
    stream.on('data', (data: Buffer) => {
      size += data.length;
      if (size <= MAX_ANSWER_BYTES) parts.push(data);
    });
    // Trailers have come by the time that the stream is closed, not always when its data ends.
    stream.once('close', finish);
    stream.once('error', ({ message }) =>
      resolve({ code: CODE.unavailable, message, body: Buffer.alloc(0) }),
    );
    deadline.addEventListener(
      'abort',
      () => resolve({ code: CODE.deadlineExceeded, message: '', body: Buffer.alloc(0) }),
      { once: true },
    );
    stream.end(healthRequest(service));
  });
}

function answerOf(said: IncomingHttpHeaders, body: Buffer): Answer {
  const status = said['grpc-status'];
  const message = percentDecoded(String(said['grpc-message'] ?? ''));
  if (status !== undefined) return { code: Number(status), message, body };
  const http = Number(said[':status']);
  return http === 404
    ? {
        code: CODE.unimplemented,
        message: 'unexpected HTTP status code received from server: 404 (Not Found)',
        body,
      }
    : { code: CODE.unavailable, message: 'error reading from server: EOF', body };
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Not encoded as it should be: shown as it came.
    return text;
  }
}

function judge({ body, code, message }: Answer, timeoutSeconds: number): string | undefined {
  if (code === CODE.unimplemented) {
    return `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${message}`;
  }
  if (code === CODE.deadlineExceeded) {
    return `timeout: health rpc did not complete within ${timeoutSeconds}s`;
  }
  if (code !== CODE.ok) {
    const name = CODE_NAMES[code] ?? `Code(${code})`;
    return `error: health rpc probe failed: rpc error: code = ${name} desc = ${message}`;
  }
  const status = healthStatus(body);
  if (status === SERVING) return undefined;
  return `service unhealthy (responded with "${STATUS_NAMES[status] ?? status}")`;
}

/** A gRPC message: a flag, a length, and the protobuf message with the service as field 1. */
function healthRequest(service: string): Buffer {
  const name = Buffer.from(service, 'utf8');
  const message =
    name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a, ...varint(name.length)]), name]);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >> 7)];
}

/** Field 1 of the answer, which is left out when it is 0. */
function healthStatus(body: Buffer): number {
  return body.length >= 7 && body[5] === 0x08 ? (body[6] ?? 0) : 0;
}
