import { newBadRequest } from '../../../apimachinery/status-error.ts';
import type { Framing } from '../../durable/stream/framing.ts';

export interface Subprotocol {
  /** Null when the client asked for none. */
  readonly name: string | null;
  readonly framing: Framing;
}

/** What a stream can be spoken in; by '' what goes for clients that ask for nothing. */
export type Subprotocols = Readonly<Record<string, Framing>>;

export const isWebSocketUpgrade = (request: Request): boolean =>
  (request.headers.get('Upgrade') ?? '').toLowerCase() === 'websocket';

/**
 * The first of the client's subprotocols that is spoken here, as upstream chooses.
 *
 * @throws StatusError BadRequest for what is no WebSocket, or speaks nothing that is spoken here.
 */
export function negotiateSubprotocol(request: Request, spoken: Subprotocols): Subprotocol {
  const upgrade = (request.headers.get('Upgrade') ?? '').toLowerCase();
  if (upgrade.startsWith('spdy')) {
    throw newBadRequest(
      'streams are served over WebSocket only: use kubectl 1.31 or newer, or set KUBECTL_REMOTE_COMMAND_WEBSOCKETS=true (exec, attach) or KUBECTL_PORT_FORWARD_WEBSOCKETS=true (port-forward) with kubectl 1.29 or 1.30',
    );
  }
  if (upgrade !== 'websocket') throw newBadRequest('Upgrade request required');
  const offered = offeredSubprotocols(request);
  const byDefault = spoken[''];
  if (offered.length === 0 && byDefault !== undefined) return { name: null, framing: byDefault };
  for (const name of offered) {
    const framing = Object.hasOwn(spoken, name) ? spoken[name] : undefined;
    if (name !== '' && framing !== undefined) return { name, framing };
  }
  const accepted = Object.keys(spoken).filter((name) => name !== '');
  throw newBadRequest(
    `unable to negotiate protocol: client supports [${offered.join(' ')}], server accepts [${accepted.join(' ')}]`,
  );
}

export function offeredSubprotocols(request: Request): string[] {
  return (request.headers.get('Sec-WebSocket-Protocol') ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
