import { newStatusError } from '../../../apimachinery/status-error.ts';
import type { StreamRequest } from '../../../apimachinery/stream-protocol.ts';
import type { Framing } from '../../durable/stream/framing.ts';
import type { ApiContext } from '../api-context.ts';

/** The client's side of a stream: a WebSocket, or a plain request with or without a body. */
export type StreamClient =
  | { readonly framing: Framing; readonly subprotocol: string | null }
  | {
      readonly body: ReadableStream<Uint8Array> | null;
      /** Whether it is to become a WebSocket if the node's answer says so. */
      readonly isWebSocket?: boolean;
    };

/**
 * Asks a node to dial back, and hands the client's request to where the two meet.
 *
 * @throws StatusError where the node is not there, or its agent knows no such streams.
 */
export async function openNodeStream(
  { env, cluster }: ApiContext,
  node: string,
  request: StreamRequest,
  client: StreamClient,
): Promise<Response> {
  const streamID = crypto.randomUUID();
  const stream = env.STREAM.getByName(streamID);
  await stream.expect(cluster, node);
  const asked = await env.NODE.getByName(`${cluster}/nodes/${node}`).openStream(streamID, request);
  if (asked !== 'asked') throw newStatusError('InternalError', refusalText(node, asked));
  if ('body' in client) {
    const { body, isWebSocket = false } = client;
    return stream.fetch('https://stream/client', {
      method: 'POST',
      body,
      headers: isWebSocket ? { Upgrade: 'websocket' } : {},
    });
  }
  const { framing, subprotocol } = client;
  const query = new URLSearchParams({ framing, ...(subprotocol === null ? {} : { subprotocol }) });
  return stream.fetch(`https://stream/client?${query.toString()}`, {
    headers: { Upgrade: 'websocket' },
  });
}

function refusalText(node: string, why: 'away' | 'tooOld'): string {
  const name = JSON.stringify(node);
  return why === 'away'
    ? `error dialing backend: node ${name} is not connected; see kubectl describe node ${node}`
    : `error dialing backend: the agent of node ${name} does not know such streams: upgrade it`;
}
