import { jwtVerify, SignJWT } from 'jose';
import type { Env } from '../../durable/env.ts';
import { purposeKey } from '../../keys/purpose-key.ts';

/**
 * What a node is given at its enrolment and shows with every token: a JWT, HS256 under a derived
 * key, that names the node and its cluster. The node's own key and revocation decide about access;
 * this only keeps strangers from making the control plane look up (and so create) any node they
 * name. It does not expire: a node that was off for a year comes back.
 */
const ISSUER = 'fairlead:enrolment';
const PURPOSE = 'node certificates';

export async function issueNodeCertificate(
  env: Env,
  cluster: string,
  nodeName: string,
): Promise<string> {
  return new SignJWT()
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(ISSUER)
    .setSubject(nodeName)
    .setAudience(cluster)
    .sign(await purposeKey(env, PURPOSE));
}

/** Whether the certificate was issued to this node of this cluster. */
export async function isNodeCertificate(
  env: Env,
  certificate: unknown,
  cluster: string,
  nodeName: string,
): Promise<boolean> {
  if (typeof certificate !== 'string') return false;
  try {
    await jwtVerify(certificate, await purposeKey(env, PURPOSE), {
      algorithms: ['HS256'],
      issuer: ISSUER,
      subject: nodeName,
      audience: cluster,
    });
    return true;
  } catch {
    // Whatever is wrong with it, it is none of ours.
    return false;
  }
}
