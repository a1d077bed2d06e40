import { newStatusError } from '../../../apimachinery/status-error.ts';
import type { PatchType } from '../../durable/store/protocol.ts';
import { addressOf, storeOf, type ApiContext } from '../api-context.ts';
import { readConfiguration } from '../apply-configuration.ts';
import { decodeRequest } from '../decode-request.ts';
import { fieldManagerName } from '../field-manager-name.ts';
import { objectResponse } from '../object-response.ts';
import { bodyFormat, contentType, readBody, readBodyBytes } from '../request-body.ts';
import { unwrap } from '../unwrap.ts';
import { expectedType, isForced, type WriteOptions, writeOptionsOf } from '../write-options.ts';

/** POST to a collection, or to a subresource that is made (`binding`). */
export async function createHandler(context: ApiContext): Promise<Response> {
  const { env, query, user, info, request } = context;
  const options = writeOptionsOf(query, 'CreateOptions');
  const decoded = await decodeBody(context, options);
  const address = addressOf(context);
  const common = {
    ...address,
    user,
    fieldManager: fieldManagerName(request, query),
    dryRun: options.dryRun,
    requestOptions: options.sent,
    object: JSON.stringify(decoded.object),
  };
  const answer =
    info.subresource === ''
      ? await storeOf(env, address.scope).create(common)
      : await storeOf(env, address.scope).update({
          ...common,
          name: info.name,
          subresource: info.subresource,
        });
  const { object, warnings } = unwrap(answer);
  return objectResponse(context, object, 201, [...decoded.warnings, ...warnings]);
}

/** PUT. */
export async function updateHandler(context: ApiContext): Promise<Response> {
  const { env, query, user, info, request } = context;
  const options = writeOptionsOf(query, 'UpdateOptions');
  const decoded = await decodeBody(context, options);
  const address = addressOf(context);
  const { object, warnings, created } = unwrap(
    await storeOf(env, address.scope).update({
      ...address,
      name: info.name,
      subresource: info.subresource,
      user,
      fieldManager: fieldManagerName(request, query),
      dryRun: options.dryRun,
      requestOptions: options.sent,
      object: JSON.stringify(decoded.object),
    }),
  );
  return objectResponse(context, object, created ? 201 : 200, [...decoded.warnings, ...warnings]);
}

async function decodeBody(context: ApiContext, { fieldValidation }: WriteOptions) {
  const { request } = context;
  const format = bodyFormat(request);
  const body = await readBodyBytes(request);
  return decodeRequest(body, format, expectedType(context), fieldValidation);
}

const PATCH_TYPES: Readonly<Record<string, PatchType>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
};
const APPLY_TYPE = 'application/apply-patch+yaml';

/** PATCH, with the current object, in the turn that stores the result. */
export async function patchHandler(context: ApiContext): Promise<Response> {
  const { env, query, user, info, request } = context;
  const type = contentType(request);
  if (type === APPLY_TYPE) return applyHandler(context);
  const patchType = Object.hasOwn(PATCH_TYPES, type) ? PATCH_TYPES[type] : undefined;
  if (patchType === undefined) {
    const types = [...Object.keys(PATCH_TYPES), APPLY_TYPE].join(', ');
    throw newStatusError(
      'UnsupportedMediaType',
      `the body of the request was in an unknown format - accepted media types include: ${types}`,
    );
  }
  const address = addressOf(context);
  const options = writeOptionsOf(query, 'PatchOptions');
  const { object, warnings, created } = unwrap(
    await storeOf(env, address.scope).patch({
      ...address,
      name: info.name,
      subresource: info.subresource,
      user,
      fieldManager: fieldManagerName(request, query),
      dryRun: options.dryRun,
      requestOptions: options.sent,
      patchType,
      patch: await readBody(request),
      fieldValidation: options.fieldValidation,
    }),
  );
  return objectResponse(context, object, created ? 201 : 200, warnings);
}

/** PATCH as server-side apply: what is applied need not be there yet. */
async function applyHandler(context: ApiContext): Promise<Response> {
  const { env, query, user, info, request } = context;
  const body = await readBody(request);
  const options = writeOptionsOf(query, 'PatchOptions', true);
  const configuration = readConfiguration(body, options.fieldValidation);
  const address = addressOf(context);
  const { object, warnings, created } = unwrap(
    await storeOf(env, address.scope).patch({
      ...address,
      name: info.name,
      subresource: info.subresource,
      user,
      fieldManager: fieldManagerName(request, query),
      dryRun: options.dryRun,
      requestOptions: options.sent,
      patchType: 'apply',
      patch: configuration.text,
      force: isForced(query),
    }),
  );
  const code = created ? 201 : 200;
  return objectResponse(context, object, code, [...configuration.warnings, ...warnings]);
}
