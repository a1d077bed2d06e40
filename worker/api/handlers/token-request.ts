import { formatTime, type KubernetesObject } from '../../../apimachinery/meta.ts';
import { tokenRequestSpec } from '../../registry/resources/authentication/token-request.ts';
import { addressOf, storeOf, type ApiContext } from '../api-context.ts';
import { signAccountToken, tokenIssuer } from '../authn/service-account-token.ts';
import { decodeRequest } from '../decode-request.ts';
import { objectResponse } from '../object-response.ts';
import { bodyFormat, readBodyBytes } from '../request-body.ts';
import { unwrap } from '../unwrap.ts';
import { expectedType, writeOptionsOf } from '../write-options.ts';

/** POST of a ServiceAccount's `token`: the store says what it says, and the API signs it. */
export async function tokenRequestHandler(context: ApiContext): Promise<Response> {
  const { env, cluster, query, user, info, request } = context;
  const options = writeOptionsOf(query, 'CreateOptions');
  const decoded = decodeRequest(
    await readBodyBytes(request),
    bodyFormat(request),
    expectedType(context),
    options.fieldValidation,
  );
  const address = addressOf(context);
  const answer = unwrap(
    await storeOf(env, address.scope).requestToken({
      ...address,
      name: info.name,
      user,
      dryRun: options.dryRun,
      requestOptions: options.sent,
      object: JSON.stringify(decoded.object),
      audience: tokenIssuer(env, cluster),
    }),
  );
  const object = JSON.parse(answer.object) as KubernetesObject;
  const { audiences = [], expirationSeconds = 0 } = tokenRequestSpec(object);
  const terms = { audiences, expirationSeconds };
  const { token, expiresAt } = await signAccountToken(env, cluster, answer.claims, terms);
  object.metadata.creationTimestamp = formatTime(Date.now());
  object.status = { expirationTimestamp: formatTime(expiresAt * 1000), token };
  return objectResponse(context, JSON.stringify(object), 201, [
    ...decoded.warnings,
    ...answer.warnings,
  ]);
}
