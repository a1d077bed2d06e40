import type { Env } from '../../durable/env.ts';
import { tokenIssuer, tokenKeys } from '../authn/service-account-token.ts';

const CONFIGURATION = '/.well-known/openid-configuration';
const KEYS = '/openid/v1/jwks';

/**
 * How others check tokens of ServiceAccounts (OpenID Connect Discovery 1.0, as upstream serves it).
 * Null when the path is none of these.
 *
 * @param url of the request, whose keys are at the same server.
 */
export async function tokenIssuerEndpoint(
  env: Env,
  cluster: string,
  path: string,
  url: URL,
): Promise<Response | null> {
  if (path === KEYS) {
    return Response.json(await tokenKeys(env, cluster), {
      headers: {
        'Content-Type': 'application/jwk-set+json',
        'Cache-Control': 'public, max-age=3600',
      },
    });
  }
  if (path !== CONFIGURATION) return null;
  const prefix = url.pathname.slice(0, -CONFIGURATION.length);
  const base =
    (env.FAIRLEAD_PUBLIC_URL ?? '') === '' ? `${url.origin}${prefix}` : tokenIssuer(env, cluster);
  const document = {
    issuer: tokenIssuer(env, cluster),
    jwks_uri: `${base}${KEYS}`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
  };
  return Response.json(document, { headers: { 'Cache-Control': 'public, max-age=3600' } });
}
