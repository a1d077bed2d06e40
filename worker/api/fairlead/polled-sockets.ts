import type * as z from 'zod';
import {
  MAX_BATCH_BYTES,
  MESSAGES_TYPE,
  openPolledSocketSchema,
  type polledSocketSchema,
} from '../../../apimachinery/polled-socket/protocol.ts';
import {
  newBadRequest,
  newStatusError,
  newUnauthorized,
  type StatusReason,
} from '../../../apimachinery/status-error.ts';
import type { Env } from '../../durable/env.ts';
import type { SocketTarget } from '../../durable/polled/socket-target.ts';
import type { User } from '../authn/user.ts';
import { readBody, readBodyBytes } from '../request-body.ts';

const REASONS: Readonly<Record<number, StatusReason>> = {
  403: 'Forbidden',
  429: 'TooManyRequests',
};

/**
 * POST polled-sockets: opens a socket for what the same user might open a WebSocket for.
 *
 * @param targetOf decides that, as for the WebSocket. @throws StatusError what it throws.
 */
export async function openPolledSocket(
  env: Env,
  request: Request,
  targetOf: (path: string) => SocketTarget | null,
): Promise<Response> {
  const target = targetOf(parsePath(await readBody(request)));
  if (target === null) throw newBadRequest('path: there is no socket of this path');
  const opened = await socketsOf(env, target.cluster, target.node).open(target);
  if (!opened.ok) {
    throw newStatusError(REASONS[opened.status] ?? 'ServiceUnavailable', opened.message);
  }
  const answer: z.infer<typeof polledSocketSchema> = { id: opened.id };
  return Response.json(answer, { status: 201 });
}

/**
 * What is asked of a socket that is open: `messages` sent (POST) and got (GET), and its end (DELETE,
 * without `messages`). Null for anything else. @throws StatusError Gone when it is over.
 */
export async function usePolledSocket(
  env: Env,
  cluster: string,
  user: User,
  request: Request,
  { id, isMessages }: { readonly id: string; readonly isMessages: boolean },
): Promise<Response | null> {
  if (user.node === undefined) throw newUnauthorized();
  const sockets = socketsOf(env, cluster, user.node);
  const query = new URL(request.url).searchParams;
  if (isMessages && request.method === 'POST') {
    const batch = await readBatch(request);
    const taken = await sockets.send(id, numberIn(query, 'from'), batch);
    return taken === 'taken' ? noContent() : refuse(taken);
  }
  if (isMessages && request.method === 'GET') {
    const poll = await sockets.poll(id, numberIn(query, 'after'));
    if (!poll.ok) return refuse(poll.why);
    if (poll.body.byteLength === 0) return noContent();
    return new Response(poll.body, {
      headers: { 'Content-Type': MESSAGES_TYPE, 'Cache-Control': 'no-store' },
    });
  }
  if (!isMessages && request.method === 'DELETE') {
    await sockets.end(id);
    return noContent();
  }
  return null;
}

/** Of each node there is one: another's requests do not get here, whatever id they name. */
const socketsOf = (env: Env, cluster: string, node: string) =>
  env.POLLED_SOCKETS.getByName(`${cluster}/nodes/${node}`);

const noContent = (): Response =>
  new Response(null, { status: 204, headers: { 'Cache-Control': 'no-store' } });

function refuse(why: 'gone' | 'invalid'): never {
  if (why === 'gone') throw newStatusError('Gone', 'the socket is over: open a new one');
  throw newStatusError(
    'BadRequest',
    'these messages do not follow those before: open a new socket',
  );
}

async function readBatch(request: Request): Promise<Uint8Array> {
  const batch = await readBodyBytes(request);
  if (batch.byteLength <= MAX_BATCH_BYTES) return batch;
  throw newStatusError('RequestEntityTooLarge', 'the batch is too large: send fewer messages');
}

function numberIn(query: URLSearchParams, name: string): number {
  const text = query.get(name) ?? '';
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw newBadRequest(`${name}: the number of a message is missing`);
}

function parsePath(text: string): string {
  try {
    return openPolledSocketSchema.parse(JSON.parse(text)).path;
  } catch {
    throw newBadRequest('the body is not {"path": "…"}');
  }
}
