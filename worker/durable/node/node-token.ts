import { importJWK, jwtVerify, type JWK } from 'jose';
import { NODE_TOKEN_ISSUER, NODE_TOKEN_TTL_SECONDS } from '../../../apimachinery/agent-protocol.ts';

/** Clocks of small machines drift. Seconds. */
const CLOCK_TOLERANCE_SECONDS = 120;

/**
 * Checks a token that a node signed for itself. The signature decides; a lifetime beyond the
 * protocol's is refused, so that a leaked token is of no use for long.
 */
export async function verifyNodeToken(
  token: string,
  publicKey: JWK,
  node: { cluster: string; name: string },
): Promise<boolean> {
  try {
    const { payload } = await jwtVerify(token, await importJWK(publicKey, 'EdDSA'), {
      algorithms: ['EdDSA'],
      issuer: NODE_TOKEN_ISSUER,
      subject: `system:node:${node.name}`,
      audience: node.cluster,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      requiredClaims: ['exp'],
    });
    const lifetime = (payload.exp ?? 0) - Math.floor(Date.now() / 1000);
    return lifetime <= NODE_TOKEN_TTL_SECONDS + CLOCK_TOLERANCE_SECONDS;
  } catch {
    // Whatever is wrong with it (shape, signature, times), the answer is the same: not this node.
    return false;
  }
}
