import type { StreamRequest } from '../../../apimachinery/agent-protocol.ts';
import { forbidden, invalid, type FieldError } from '../../../apimachinery/field-error.ts';
import { newBadRequest, newInvalid, newStatusError } from '../../../apimachinery/status-error.ts';
import { unwrap } from '../unwrap.ts';
import { addressOf, storeOf, type ApiContext } from '../api-context.ts';
import { isTrue } from '../request-info.ts';
import { readObject } from './get.ts';
import { streamTarget, type StreamTarget } from '../stream-target.ts';

/** Newest first; `channel.k8s.io` is what the oldest WebSocket clients speak. */
const SUBPROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io', 'channel.k8s.io'] as const;

/** exec and attach: the client's WebSocket is joined with one that the node dials back. */
export async function execHandler(context: ApiContext): Promise<Response> {
  const { query, info, request } = context;
  await context.gate.alsoDecide('create');
  const { target, node } = streamTarget(await connected(context), query.get('container') ?? '');
  const subprotocol = negotiateSubprotocol(request);
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
  return open(context, node, { kind, ...target, command, ...streams, subprotocol }, subprotocol);
}

/** Logs, as plain text. */
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
  ];
  if (errors.length > 0) throw newInvalid('', 'PodLogOptions', context.info.name, errors);
  if (sinceTime !== null && Number.isNaN(Date.parse(sinceTime))) {
    throw newBadRequest(`sinceTime: ${JSON.stringify(sinceTime)} is not a time in RFC 3339`);
  }
  const { target, node } = await targetOf(context);
  return open(context, node, {
    kind: 'logs',
    ...target,
    follow: isTrue(query.get('follow')),
    previous: isTrue(query.get('previous')),
    timestamps: isTrue(query.get('timestamps')),
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(sinceSeconds === undefined ? {} : { sinceSeconds }),
    ...(sinceTime === null ? {} : { sinceTime }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
  });
}

/** The pod that is connected to, once admission has let the stream through. */
async function connected(context: ApiContext): Promise<string> {
  const { env, query, info, user, subresource } = context;
  const address = addressOf(context);
  const flag = (name: string) => (isTrue(query.get(name)) ? { [name]: true } : {});
  const container = query.get('container') ?? '';
  const command = query.getAll('command');
  const options = {
    kind: subresource?.kind ?? '',
    apiVersion: 'v1',
    ...flag('stdin'),
    ...flag('stdout'),
    ...flag('stderr'),
    ...flag('tty'),
    ...(container === '' ? {} : { container }),
    ...(command.length === 0 ? {} : { command }),
  };
  const answer = await storeOf(env, address.scope).openStream({
    ...address,
    name: info.name,
    subresource: info.subresource,
    user,
    dryRun: false,
    object: JSON.stringify(options),
  });
  return unwrap(answer).object;
}

async function targetOf(context: ApiContext): Promise<StreamTarget> {
  const text = await readObject(context);
  return streamTarget(text, context.query.get('container') ?? '');
}

/** Asks the node to dial back, and hands the client's request to where the two meet. */
async function open(
  context: ApiContext,
  node: string,
  request: StreamRequest,
  subprotocol?: string,
): Promise<Response> {
  const { env, cluster } = context;
  const streamID = crypto.randomUUID();
  const stream = env.STREAM.getByName(streamID);
  await stream.expect(cluster, node);
  const asked = await env.NODE.getByName(`${cluster}/nodes/${node}`).openStream(streamID, request);
  if (!asked) {
    throw newStatusError(
      'InternalError',
      `error dialing backend: node ${JSON.stringify(node)} is not connected; see kubectl describe node ${node}`,
    );
  }
  const query = new URLSearchParams(subprotocol === undefined ? {} : { subprotocol });
  return stream.fetch(`https://stream/client?${query.toString()}`, {
    headers: subprotocol === undefined ? {} : { Upgrade: 'websocket' },
  });
}

function negotiateSubprotocol(request: Request): (typeof SUBPROTOCOLS)[number] {
  const upgrade = (request.headers.get('Upgrade') ?? '').toLowerCase();
  if (upgrade.startsWith('spdy')) {
    throw newBadRequest(
      'streams are served over WebSocket only: use kubectl 1.31 or newer, or set KUBECTL_REMOTE_COMMAND_WEBSOCKETS=true with kubectl 1.29 or 1.30',
    );
  }
  if (upgrade !== 'websocket') {
    throw newBadRequest('Upgrade request required');
  }
  const offered = (request.headers.get('Sec-WebSocket-Protocol') ?? '')
    .split(',')
    .map((protocol) => protocol.trim());
  const chosen = SUBPROTOCOLS.find((protocol) => offered.includes(protocol));
  if (chosen === undefined) {
    throw newBadRequest(
      `unable to negotiate protocol: client supports [${offered.join(' ')}], server accepts [${SUBPROTOCOLS.join(' ')}]`,
    );
  }
  return chosen;
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
