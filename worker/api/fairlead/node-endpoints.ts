import { POLLED_SOCKETS } from '../../../apimachinery/polled-socket/protocol.ts';
import {
  newBadRequest,
  newStatusError,
  newUnauthorized,
  StatusError,
} from '../../../apimachinery/status-error.ts';
import type { Env } from '../../durable/env.ts';
import type { SocketTarget } from '../../durable/polled/socket-target.ts';
import { MASTERS_GROUP } from '../../../apimachinery/user-info.ts';
import type { User } from '../authn/user.ts';
import { createEnrolmentToken } from './enrolment.ts';
import { openPolledSocket, usePolledSocket } from './polled-sockets.ts';

const UPGRADE_REQUIRED = 426;
const PREFIX = '/fairlead/v1/';
const LINK = /^\/fairlead\/v1\/nodes\/([^/]+)\/link$/;
const CREDENTIAL = /^\/fairlead\/v1\/nodes\/([^/]+)\/credential$/;
const STREAM = /^\/fairlead\/v1\/streams\/([0-9a-f-]{36})$/;
const ENROLMENT_TOKENS = '/fairlead/v1/enrolment-tokens';
const POLLED_SOCKET = new RegExp(`^${PREFIX}${POLLED_SOCKETS}/([0-9a-f-]{36})(/messages)?$`);

/**
 * Fairlead's own endpoints, below `/fairlead/v1/`, for an authenticated user. Null when the path
 * is none of them. @throws StatusError Forbidden.
 */
export async function fairleadEndpoint(
  env: Env,
  cluster: string,
  path: string,
  request: Request,
  user: User,
): Promise<Response | null> {
  const target = socketTarget(cluster, path, user);
  if (target !== null) return openWebSocket(env, target, request);
  if (path === PREFIX + POLLED_SOCKETS && request.method === 'POST') {
    return openPolledSocket(env, request, (of) => socketTarget(cluster, PREFIX + of, user));
  }
  const polled = POLLED_SOCKET.exec(path);
  if (polled !== null) {
    const [, id = '', messages] = polled;
    const isMessages = messages !== undefined;
    return usePolledSocket(env, cluster, user, request, { id, isMessages });
  }
  if (path === ENROLMENT_TOKENS && request.method === 'POST') {
    requireMaster(user, 'create enrolment tokens');
    return createEnrolmentToken(env, cluster, request);
  }
  const credential = CREDENTIAL.exec(path);
  if (credential !== null && request.method === 'DELETE') {
    requireMaster(user, 'revoke nodes');
    await env.NODE.getByName(
      `${cluster}/nodes/${decodeURIComponent(credential[1] ?? '')}`,
    ).revoke();
    return Response.json({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' });
  }
  return null;
}

/**
 * What the socket of a path leads to, for a node that may have it; null when the path is none of a
 * socket's. @throws StatusError when somebody else asks.
 */
function socketTarget(cluster: string, path: string, user: User): SocketTarget | null {
  const link = LINK.exec(path);
  if (link !== null) {
    const node = link[1] ?? '';
    requireNode(user, node);
    return { cluster, node };
  }
  const stream = STREAM.exec(path);
  if (stream === null) return null;
  if (user.node === undefined) throw newUnauthorized();
  return { cluster, node: user.node, streamID: stream[1] ?? '' };
}

function openWebSocket(
  env: Env,
  { cluster, node, streamID }: SocketTarget,
  request: Request,
): Promise<Response> {
  requireUpgrade(request);
  if (streamID === undefined) return env.NODE.getByName(`${cluster}/nodes/${node}`).fetch(request);
  const query = new URLSearchParams({ node: `${cluster}/${node}` });
  return env.STREAM.getByName(streamID).fetch(`https://stream/agent?${query.toString()}`, {
    headers: { Upgrade: 'websocket' },
  });
}

/** Proxies that know no WebSockets pass the request on without what makes it one. */
function requireUpgrade(request: Request): void {
  if (request.headers.get('Upgrade')?.toLowerCase() === 'websocket') return;
  const message = `this is for WebSockets, and the request came without its upgrade: let proxies pass it on, or use ${PREFIX}${POLLED_SOCKETS}`;
  throw new StatusError({ ...newBadRequest(message).status, code: UPGRADE_REQUIRED });
}

function requireNode(user: User, name: string): void {
  if (user.node === name) return;
  throw newStatusError(
    'Forbidden',
    `User ${JSON.stringify(user.name)} cannot open the link of node ${JSON.stringify(name)}`,
    { name, kind: 'nodes' },
  );
}

function requireMaster(user: User, what: string): void {
  if (user.groups.includes(MASTERS_GROUP)) return;
  throw newStatusError('Forbidden', `User ${JSON.stringify(user.name)} cannot ${what}`, {});
}
