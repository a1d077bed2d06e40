import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import { NODE_TOKEN_ISSUER, type EnrolResponse } from '../../apimachinery/agent-protocol.ts';
import { call } from './api.ts';

/** A node's own credential: enrolled the way that agents are. */
export async function enrolNode(cluster: string, nodeName: string) {
  const keys = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const { x = '' } = await exportJWK(keys.publicKey);
  const made = await call(cluster, 'POST', '/fairlead/v1/enrolment-tokens', { body: { nodeName } });
  const { token } = await made.json<{ token: string }>();
  const enrolled = await call(cluster, 'POST', '/fairlead/v1/nodes', {
    token,
    body: { nodeName, publicKey: { kty: 'OKP', crv: 'Ed25519', x } },
  });
  const { certificate } = await enrolled.clone().json<EnrolResponse>();
  const sign = (
    claims: { node?: string; audience?: string; expiresIn?: number; certificate?: string } = {},
  ) =>
    new SignJWT({ crt: claims.certificate ?? certificate })
      .setProtectedHeader({ alg: 'EdDSA' })
      .setIssuer(NODE_TOKEN_ISSUER)
      .setSubject(`system:node:${claims.node ?? nodeName}`)
      .setAudience(claims.audience ?? cluster)
      .setExpirationTime(Math.floor(Date.now() / 1000) + (claims.expiresIn ?? 300))
      .sign(keys.privateKey);
  return { enrolled, sign };
}
