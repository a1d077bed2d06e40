import { formatAPIVersion, type KubernetesObject } from '../../../apimachinery/meta.ts';
import { newForbidden, type Status } from '../../../apimachinery/status-error.ts';
import { requireSelectable } from '../../registry/rest/attributes.ts';
import { deletionWarnings } from '../../registry/rest/delete.ts';
import { addressOf, storeOf, type ApiContext } from '../api-context.ts';
import { deleteOptionsOf } from '../delete-options.ts';
import { listWriter, separatorFor } from '../list-writer.ts';
import { negotiateForm } from '../negotiate.ts';
import { objectResponse } from '../object-response.ts';
import { statusResponse } from '../status-response.ts';
import { unwrap } from '../unwrap.ts';
import { warningHeaders } from '../warning-headers.ts';

/** DELETE of one object: a Status when it is gone, the object while it waits. */
export async function deleteHandler(context: ApiContext): Promise<Response> {
  const { env, user, resource, info } = context;
  const options = await deleteOptionsOf(context);
  const address = addressOf(context);
  const forbidden = resource.strategy.deletionForbidden?.(info.name) ?? null;
  if (forbidden !== null) throw newForbidden(resource, info.name, forbidden);
  const { object, removed, ...answer } = unwrap(
    await storeOf(env, address.scope).delete({
      ...address,
      name: info.name,
      user,
      dryRun: (options.dryRun ?? []).length > 0,
      options,
      requestOptions: { kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/v1', ...options },
    }),
  );
  const warnings = [...deletionWarnings(resource, options), ...answer.warnings];
  if (!removed) return objectResponse(context, object, 200, warnings);
  const { metadata } = JSON.parse(object) as KubernetesObject;
  const status: Status = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name: info.name,
      ...(resource.group === '' ? {} : { group: resource.group }),
      kind: resource.resource,
      uid: metadata.uid ?? '',
    },
  };
  return statusResponse(status, context.request.headers.get('Accept'), warnings);
}

/** DELETE of a collection: answers with what it held. */
export async function deleteCollectionHandler(context: ApiContext): Promise<Response> {
  const { env, user, resource, query } = context;
  const options = await deleteOptionsOf(context);
  const address = addressOf(context);
  const fieldSelector = query.get('fieldSelector') ?? '';
  requireSelectable(resource, fieldSelector);
  // Before anything is deleted: the answer may be refused.
  const form = negotiateForm(context.request.headers.get('Accept'));
  const write = listWriter(env, form, resource, query);
  const { objects, revision, warnings } = unwrap(
    await storeOf(env, address.scope).deleteCollection({
      ...address,
      labelSelector: query.get('labelSelector') ?? '',
      fieldSelector,
      user,
      dryRun: (options.dryRun ?? []).length > 0,
      options,
      requestOptions: { kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/v1', ...options },
    }),
  );
  const type = {
    apiVersion: formatAPIVersion(resource.group, resource.version),
    kind: resource.listKind ?? `${resource.kind}List`,
  };
  const response = await write(
    type,
    { resourceVersion: String(revision) },
    bodyOf(objects.join(separatorFor(form, resource))),
  );
  return withWarnings(response, [...deletionWarnings(resource, options), ...warnings]);
}

function withWarnings(response: Response, warnings: readonly string[]): Response {
  if (warnings.length === 0) return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of warningHeaders(warnings)) headers.append(name, value);
  return new Response(response.body, { status: response.status, headers });
}

async function* bodyOf(text: string): AsyncGenerator<string> {
  yield text;
}
