import { SignJWT } from 'jose';
import { NODE_TOKEN_ISSUER, NODE_TOKEN_TTL_SECONDS } from '../../apimachinery/agent-protocol.ts';
import type { NodeKey } from './node-key.ts';

/** Leaves room for a clock that runs ahead, and for the way of the request. */
const TTL_SECONDS = NODE_TOKEN_TTL_SECONDS - 60;

/** What the control plane said at the enrolment. */
export interface NodeIdentity {
  readonly nodeName: string;
  readonly cluster: string;
  readonly certificate: string;
}

/** Signs tokens that last a few minutes, and hands out each until half its life is over. */
export function newTokenSource(
  key: NodeKey,
  node: NodeIdentity,
  now: () => number,
): () => Promise<string> {
  let current: Promise<string> | undefined;
  let renewAtMs = 0;
  return () => {
    const nowMs = now();
    if (current === undefined || nowMs >= renewAtMs) {
      renewAtMs = nowMs + (TTL_SECONDS / 2) * 1000;
      const issuedAt = Math.floor(nowMs / 1000);
      current = new SignJWT({ crt: node.certificate })
        .setProtectedHeader({ alg: 'EdDSA', typ: 'JWT' })
        .setIssuer(NODE_TOKEN_ISSUER)
        .setSubject(`system:node:${node.nodeName}`)
        .setAudience(node.cluster)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + TTL_SECONDS)
        .sign(key.privateKey);
    }
    return current;
  };
}
