import type { Status } from '../../../apimachinery/status-error.ts';
import type { DeleteOptions } from '../../registry/rest/delete.ts';
import { addressOf, storeOf, type ApiContext } from '../api-context.ts';
import { decodeRequest } from '../decode-request.ts';
import { validateDeleteOptions } from '../delete-options.ts';
import { bodyFormat, readBodyBytes } from '../request-body.ts';
import { statusResponse } from '../status-response.ts';
import { unwrap } from '../unwrap.ts';
import { expectedType, writeOptionsOf } from '../write-options.ts';

/** POST of a Pod's `eviction`: a deletion, as far as budgets allow it. */
export async function evictionHandler(context: ApiContext): Promise<Response> {
  const { env, query, user, info, request } = context;
  const options = writeOptionsOf(query, 'CreateOptions');
  const expected = expectedType(context);
  const { object, warnings } = decodeRequest(
    await readBodyBytes(request),
    bodyFormat(request),
    { ...expected, olderVersions: ['v1beta1'] },
    options.fieldValidation,
  );
  object.apiVersion = expected.apiVersion;
  const deleteOptions = (object['deleteOptions'] ?? {}) as DeleteOptions;
  validateDeleteOptions(deleteOptions);
  const address = addressOf(context);
  const answer = unwrap(
    await storeOf(env, address.scope).evictPod({
      ...address,
      name: info.name,
      user,
      // Either of the two may say so.
      dryRun: options.dryRun || (deleteOptions.dryRun ?? []).length > 0,
      requestOptions: options.sent,
      object: JSON.stringify(object),
    }),
  );
  return statusResponse(SUCCESS, request.headers.get('Accept'), [...warnings, ...answer.warnings]);
}

const SUCCESS: Status = {
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Success',
  code: 201,
};
