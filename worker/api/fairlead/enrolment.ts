import * as z from 'zod';
import { enrolRequestSchema, type EnrolResponse } from '../../../apimachinery/agent-protocol.ts';
import { validateDNS1123Subdomain } from '../../../apimachinery/names.ts';
import {
  newBadRequest,
  newConflict,
  newStatusError,
  newUnauthorized,
} from '../../../apimachinery/status-error.ts';
import type { Env } from '../../durable/env.ts';
import { bearerToken } from '../authn/authenticate.ts';
import { issueNodeCertificate } from '../authn/node-certificate.ts';
import { readBody } from '../request-body.ts';

const DEFAULT_TTL_SECONDS = 24 * 3_600;
const MAX_TTL_SECONDS = 30 * 24 * 3_600;
/** So that a token is recognised for what it is, by people and by secret scanners. */
const TOKEN_PREFIX = 'fairlead-enrol-';
const TOKEN_BYTES = 32;

const tokenRequestSchema = z.object({
  nodeName: z.string().optional(),
  ttlSeconds: z.int().min(60).max(MAX_TTL_SECONDS).optional(),
});

/** POST /fairlead/v1/enrolment-tokens: makes a one-time token for one node. */
export async function createEnrolmentToken(
  env: Env,
  cluster: string,
  request: Request,
): Promise<Response> {
  const { nodeName, ttlSeconds } = parse(tokenRequestSchema, await readBody(request));
  if (nodeName !== undefined) requireNodeName(nodeName);
  const secret = crypto.getRandomValues(new Uint8Array(TOKEN_BYTES));
  const token = TOKEN_PREFIX + hex(secret);
  const expiresAt = Date.now() + (ttlSeconds ?? DEFAULT_TTL_SECONDS) * 1000;
  await env.DIRECTORY.getByName('directory').addEnrolmentToken({
    hash: await sha256(token),
    cluster,
    nodeName: nodeName ?? null,
    expiresAt,
  });
  return Response.json({ token, expiresAt: new Date(expiresAt).toISOString() }, { status: 201 });
}

const REFUSALS = {
  unknown: 'the enrolment token is not known: make one with `fairlead node token create`',
  expired: 'the enrolment token has expired: make a new one with `fairlead node token create`',
  used: 'the enrolment token was used already: make a new one with `fairlead node token create`',
  'other-node': 'the enrolment token is for a node of another name',
} as const;

/** POST /fairlead/v1/nodes: a node uses its token up and registers its public key. */
export async function enrolNode(env: Env, cluster: string, request: Request): Promise<Response> {
  const token = bearerToken(request);
  if (!token.startsWith(TOKEN_PREFIX)) throw newUnauthorized();
  const { nodeName, publicKey } = parse(enrolRequestSchema, await readBody(request));
  requireNodeName(nodeName);
  const directory = env.DIRECTORY.getByName('directory');
  const redeemed = await directory.redeemEnrolmentToken(
    await sha256(token),
    cluster,
    nodeName,
    publicKey.x,
  );
  if (!redeemed.ok) throw newStatusError('Forbidden', REFUSALS[redeemed.why]);
  const nodeUID = await env.NODE.getByName(`${cluster}/nodes/${nodeName}`).enrol(
    cluster,
    nodeName,
    publicKey,
    redeemed.bound,
  );
  if (nodeUID === null) {
    throw newConflict(
      { group: '', resource: 'nodes' },
      nodeName,
      `another machine is enrolled under this name: choose another one, or make a token for it with \`fairlead node token create --node-name ${nodeName}\``,
    );
  }
  const certificate = await issueNodeCertificate(env, cluster, nodeName);
  const response: EnrolResponse = { nodeName, nodeUID, cluster, certificate };
  return Response.json(response, { status: 201 });
}

function requireNodeName(name: string): void {
  const problems = validateDNS1123Subdomain(name);
  if (problems.length > 0) {
    throw newBadRequest(`nodeName: Invalid value: ${JSON.stringify(name)}: ${problems.join(', ')}`);
  }
}

function parse<T>(schema: z.ZodType<T>, text: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text === '' ? '{}' : text);
  } catch {
    throw newBadRequest('the body is not JSON');
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw newBadRequest(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`);
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return hex(new Uint8Array(digest));
}

const hex = (bytes: Uint8Array) =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
