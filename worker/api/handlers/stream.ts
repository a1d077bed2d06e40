import {
  forbidden,
  invalid,
  notSupported,
  type FieldError,
} from '../../../apimachinery/field-error.ts';
import { newBadRequest, newInvalid } from '../../../apimachinery/status-error.ts';
import type { StreamRequest } from '../../../apimachinery/stream-protocol.ts';
import type { ApiContext } from '../api-context.ts';
import { isTrue } from '../request-info.ts';
import { connectTo } from '../streams/connect.ts';
import { openNodeStream, type StreamClient } from '../streams/node-stream.ts';
import { streamTarget, type StreamTarget } from '../streams/stream-target.ts';
import {
  isWebSocketUpgrade,
  negotiateSubprotocol,
  type Subprotocols,
} from '../streams/subprotocol.ts';
import { readObject } from './get.ts';

type CommandRequest = Extract<StreamRequest, { kind: 'exec' | 'attach' }>;

const COMMAND_SUBPROTOCOLS: Subprotocols = {
  'v5.channel.k8s.io': 'channels',
  'v4.channel.k8s.io': 'channels',
  'v4.base64.channel.k8s.io': 'channels.base64',
  'channel.k8s.io': 'channels',
  'base64.channel.k8s.io': 'channels.base64',
  '': 'channels',
};

const LOG_SUBPROTOCOLS: Subprotocols = {
  'binary.k8s.io': 'bytes',
  'base64.binary.k8s.io': 'bytes.base64',
  '': 'bytes',
};

const LOG_STREAMS = ['All', 'Stderr', 'Stdout'];

/** exec and attach: the client's WebSocket is joined with one that the node dials back. */
export async function execHandler(context: ApiContext): Promise<Response> {
  const { query, info, request } = context;
  await context.gate.alsoDecide('create');
  const pod = await connectTo(context, info.name, commandOptions(query));
  const { target, node } = streamTarget(pod, query.get('container') ?? '');
  const subprotocol = negotiateSubprotocol(request, COMMAND_SUBPROTOCOLS);
  const flag = (name: string) => isTrue(query.get(name));
  const tty = flag('tty');
  const streams = {
    stdin: flag('stdin'),
    stdout: flag('stdout'),
    // A terminal has one output only.
    stderr: flag('stderr') && !tty,
    tty,
  };
  if (!streams.stdin && !streams.stdout && !streams.stderr) {
    throw newBadRequest('you must specify at least 1 of stdin, stdout, stderr');
  }
  const command = query.getAll('command');
  const kind = info.subresource === 'exec' ? 'exec' : 'attach';
  if (kind === 'exec' && command.length === 0) {
    throw newBadRequest('you must specify at least one command for the container');
  }
  return openNodeStream(
    context,
    node,
    { kind, ...target, command, ...streams, subprotocol: spokenByAgent(subprotocol.name) },
    { framing: subprotocol.framing, subprotocol: subprotocol.name },
  );
}

/** Logs, as plain text or over a WebSocket. */
export async function logHandler(context: ApiContext): Promise<Response> {
  const { query } = context;
  const sinceTime = query.get('sinceTime');
  const sinceSeconds = intOf(query, 'sinceSeconds');
  const tailLines = intOf(query, 'tailLines');
  const limitBytes = intOf(query, 'limitBytes');
  const errors = [
    ...(tailLines === undefined || tailLines >= 0
      ? []
      : [invalid('tailLines', tailLines, 'must be greater than or equal to 0')]),
    ...requirePositive('limitBytes', limitBytes),
    ...(sinceTime === null || sinceSeconds === undefined
      ? requirePositive('sinceSeconds', sinceSeconds)
      : [forbidden('', 'at most one of `sinceTime` or `sinceSeconds` may be specified')]),
    ...streamErrors(query.get('stream'), tailLines),
  ];
  if (errors.length > 0) throw newInvalid('', 'PodLogOptions', context.info.name, errors);
  if (sinceTime !== null && Number.isNaN(Date.parse(sinceTime))) {
    throw newBadRequest(`sinceTime: ${JSON.stringify(sinceTime)} is not a time in RFC 3339`);
  }
  const { target, node } = await targetOf(context);
  const request: StreamRequest = {
    kind: 'logs',
    ...target,
    follow: isTrue(query.get('follow')),
    previous: isTrue(query.get('previous')),
    timestamps: isTrue(query.get('timestamps')),
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(sinceSeconds === undefined ? {} : { sinceSeconds }),
    ...(sinceTime === null ? {} : { sinceTime }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
    ...logSource(query.get('stream')),
  };
  return openNodeStream(context, node, request, logClient(context.request));
}

function logClient(request: Request): StreamClient {
  if (!isWebSocketUpgrade(request)) return { body: null };
  const { name, framing } = negotiateSubprotocol(request, LOG_SUBPROTOCOLS);
  return { framing, subprotocol: name };
}

/** The options of the stream as admission sees them. */
function commandOptions(query: URLSearchParams): Record<string, unknown> {
  const flag = (name: string) => (isTrue(query.get(name)) ? { [name]: true } : {});
  const container = query.get('container') ?? '';
  const command = query.getAll('command');
  return {
    ...flag('stdin'),
    ...flag('stdout'),
    ...flag('stderr'),
    ...flag('tty'),
    ...(container === '' ? {} : { container }),
    ...(command.length === 0 ? {} : { command }),
  };
}

/** Base64 is taken off and put on on the way. */
function spokenByAgent(name: string | null): CommandRequest['subprotocol'] {
  switch (name) {
    case 'v5.channel.k8s.io':
      return name;
    case 'v4.channel.k8s.io':
    case 'v4.base64.channel.k8s.io':
      return 'v4.channel.k8s.io';
    default:
      return 'channel.k8s.io';
  }
}

async function targetOf(context: ApiContext): Promise<StreamTarget> {
  const text = await readObject(context);
  return streamTarget(text, context.query.get('container') ?? '');
}

/** Upstream has this behind a feature gate; what it checks is the same. */
function streamErrors(stream: string | null, tailLines: number | undefined): FieldError[] {
  if (stream === null) return [];
  if (!LOG_STREAMS.includes(stream)) return [notSupported('stream', stream, LOG_STREAMS)];
  if (tailLines === undefined || stream === 'All') return [];
  return [forbidden('', '`tailLines` and specific `stream` are mutually exclusive for now')];
}

function logSource(stream: string | null): { stream?: 'stdout' | 'stderr' } {
  if (stream === 'Stdout') return { stream: 'stdout' };
  return stream === 'Stderr' ? { stream: 'stderr' } : {};
}

function requirePositive(field: string, value: number | undefined): FieldError[] {
  return value === undefined || value > 0 ? [] : [invalid(field, value, 'must be greater than 0')];
}

function intOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^-?[0-9]{1,15}$/.test(text)) {
    throw newBadRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  return Number(text);
}
