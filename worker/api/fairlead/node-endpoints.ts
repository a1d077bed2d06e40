import { newStatusError, newUnauthorized } from '../../../apimachinery/status-error.ts';
import type { Env } from '../../durable/env.ts';
import { MASTERS_GROUP } from '../../../apimachinery/user-info.ts';
import type { User } from '../authn/user.ts';
import { createEnrolmentToken } from './enrolment.ts';

const LINK = /^\/fairlead\/v1\/nodes\/([^/]+)\/link$/;
const CREDENTIAL = /^\/fairlead\/v1\/nodes\/([^/]+)\/credential$/;
const STREAM = /^\/fairlead\/v1\/streams\/([0-9a-f-]{36})$/;
const ENROLMENT_TOKENS = '/fairlead/v1/enrolment-tokens';

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
  const link = LINK.exec(path);
  if (link !== null) {
    const name = decodeURIComponent(link[1] ?? '');
    requireNode(user, name);
    return env.NODE.getByName(`${cluster}/nodes/${name}`).fetch(request);
  }
  const stream = STREAM.exec(path);
  if (stream !== null) {
    if (user.node === undefined) throw newUnauthorized();
    const query = new URLSearchParams({ node: `${cluster}/${user.node}` });
    return env.STREAM.getByName(stream[1] ?? '').fetch(`https://stream/agent?${query.toString()}`, {
      headers: { Upgrade: request.headers.get('Upgrade') ?? '' },
    });
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
