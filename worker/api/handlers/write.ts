import { groupResource } from '../../../apimachinery/object-key.ts';
import { newBadRequest, newStatusError } from '../../../apimachinery/status-error.ts';
import type { PatchType } from '../../durable/store/protocol.ts';
import { scopeOf, storeOf, type ApiContext } from '../api-context.ts';
import { decodeRequest } from '../decode-request.ts';
import { objectResponse } from '../object-response.ts';
import { bodyFormat, contentType, readBody, readBodyBytes } from '../request-body.ts';
import { unwrap } from '../unwrap.ts';
import { dryRunOf, expectedType, fieldValidationOf } from '../write-options.ts';

/** POST to a collection, or to a subresource that is made (`binding`). */
export async function createHandler(context: ApiContext): Promise<Response> {
  const { env, query, user, resource, info } = context;
  const dryRun = dryRunOf(query);
  const decoded = await decodeBody(context);
  const scope = scopeOf(context);
  if (resource.namespaced && scope.namespace === '') {
    throw newBadRequest('an empty namespace may not be set during creation');
  }
  const common = {
    scope,
    resource: groupResource(resource.group, resource.resource),
    userName: user.name,
    dryRun,
    object: JSON.stringify(decoded.object),
  };
  const answer =
    info.subresource === ''
      ? await storeOf(env, scope).create(common)
      : await storeOf(env, scope).update({
          ...common,
          name: info.name,
          subresource: info.subresource,
        });
  const { object, warnings } = unwrap(answer);
  return objectResponse(context, object, 201, [...decoded.warnings, ...warnings]);
}

/** PUT. */
export async function updateHandler(context: ApiContext): Promise<Response> {
  const { env, query, user, resource, info } = context;
  const dryRun = dryRunOf(query, 'UpdateOptions');
  const decoded = await decodeBody(context);
  const scope = scopeOf(context);
  const { object, warnings, created } = unwrap(
    await storeOf(env, scope).update({
      scope,
      resource: groupResource(resource.group, resource.resource),
      name: info.name,
      subresource: info.subresource,
      userName: user.name,
      dryRun,
      object: JSON.stringify(decoded.object),
    }),
  );
  return objectResponse(context, object, created ? 201 : 200, [...decoded.warnings, ...warnings]);
}

async function decodeBody(context: ApiContext) {
  const { request, query } = context;
  const format = bodyFormat(request);
  const fieldValidation = fieldValidationOf(query);
  const body = await readBodyBytes(request);
  return decodeRequest(body, format, expectedType(context), fieldValidation);
}

const PATCH_TYPES: Readonly<Record<string, PatchType>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
};

/** PATCH, with the current object, in the turn that stores the result. */
export async function patchHandler(context: ApiContext): Promise<Response> {
  const { env, query, user, resource, info, request } = context;
  const patchType = PATCH_TYPES[contentType(request)];
  if (patchType === undefined) {
    throw newStatusError(
      'UnsupportedMediaType',
      `the body of the request was in an unknown format - accepted media types include: ${Object.keys(PATCH_TYPES).join(', ')}`,
    );
  }
  const scope = scopeOf(context);
  const { object, warnings, created } = unwrap(
    await storeOf(env, scope).patch({
      scope,
      resource: groupResource(resource.group, resource.resource),
      name: info.name,
      subresource: info.subresource,
      userName: user.name,
      dryRun: dryRunOf(query, 'PatchOptions'),
      patchType,
      patch: await readBody(request),
      fieldValidation: fieldValidationOf(query),
    }),
  );
  return objectResponse(context, object, created ? 201 : 200, warnings);
}
