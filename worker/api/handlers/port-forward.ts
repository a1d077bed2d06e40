import { newBadRequest } from '../../../apimachinery/status-error.ts';
import type { ApiContext } from '../api-context.ts';
import { connectTo } from '../streams/connect.ts';
import { openNodeStream } from '../streams/node-stream.ts';
import { podPlace } from '../streams/stream-target.ts';
import { negotiateSubprotocol, type Subprotocols } from '../streams/subprotocol.ts';

/** SPDY in the binary messages of a WebSocket, as kubectl speaks it from 1.31 on. */
const TUNNEL = 'SPDY/3.1+portforward.k8s.io';

const SUBPROTOCOLS: Subprotocols = {
  [TUNNEL]: 'bytes',
  'v4.channel.k8s.io': 'channels',
  'v4.base64.channel.k8s.io': 'channels.base64',
  '': 'channels',
};

const MAX_PORT = 65_535;
/** Each port has two of the channels, which are numbered by a byte. */
const MAX_PORTS = 100;

/**
 * Connections to ports of a pod. In the tunnel each connection says itself which port it is for; over
 * channels the ports are named in the query.
 */
export async function portForwardHandler(context: ApiContext): Promise<Response> {
  const { query, request, info } = context;
  await context.gate.alsoDecide('create');
  const asked = query.getAll('ports').flatMap((text) => text.split(','));
  const numbers = asked.filter((text) => text !== '').map(Number);
  const options = numbers.every(Number.isInteger) && numbers.length > 0 ? { ports: numbers } : {};
  const pod = podPlace(await connectTo(context, info.name, options));
  const { name, framing } = negotiateSubprotocol(request, SUBPROTOCOLS);
  const ports = name === TUNNEL ? [] : asked.map(portNumber);
  if (name !== TUNNEL && ports.length === 0)
    throw newBadRequest('query parameter "ports" is required');
  if (ports.length > MAX_PORTS) throw newBadRequest(`at most ${MAX_PORTS} ports can be forwarded`);
  return openNodeStream(
    context,
    pod.node,
    {
      kind: 'portForward',
      ...pod.identity,
      framing: name === TUNNEL ? 'spdy' : 'channels',
      ports,
    },
    { framing, subprotocol: name },
  );
}

function portNumber(text: string): number {
  if (text === '') throw newBadRequest('query parameter "ports" cannot be empty');
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : 0;
  if (port > MAX_PORT || !/^[0-9]+$/.test(text)) {
    throw newBadRequest(`unable to parse ${JSON.stringify(text)} as a port`);
  }
  if (port < 1) throw newBadRequest(`port ${JSON.stringify(text)} must be > 0`);
  return port;
}
