import { StatusError } from '../../apimachinery/status-error.ts';
import type { ApiContext } from './api-context.ts';
import type { ResourceInfo } from '../registry/kind-table.ts';
import { isMetricValuesGroup } from '../registry/metric-values/metric-api.ts';
import { findServed } from './catalog.ts';
import { newMethodNotAllowed, newPathNotFound } from './path-errors.ts';
import { isProxyRequest } from './request-info.ts';
import { warningHeaders } from './warning-headers.ts';
import { deleteCollectionHandler, deleteHandler } from './handlers/delete.ts';
import { evictionHandler } from './handlers/eviction.ts';
import { getHandler } from './handlers/get.ts';
import { listHandler } from './handlers/list.ts';
import { reviewHandler } from './handlers/review.ts';
import { portForwardHandler } from './handlers/port-forward.ts';
import { proxyHandler } from './handlers/proxy.ts';
import { execHandler, logHandler } from './handlers/stream.ts';
import { tokenRequestHandler } from './handlers/token-request.ts';
import { watchHandler } from './handlers/watch.ts';
import { metricValuesHandler } from './metric-values/metric-values-handler.ts';
import { usageHandler } from './usage/usage-handler.ts';
import { createHandler, patchHandler, updateHandler } from './handlers/write.ts';

/** Finds what a request is about, and the handler of its verb. @throws StatusError. */
export async function resourceEndpoint(
  base: Omit<ApiContext, 'resource' | 'subresource'>,
): Promise<Response> {
  const { env, cluster, info } = base;
  const { apiGroup, apiVersion } = info;
  if (isMetricValuesGroup(apiGroup)) return metricValuesHandler(base);
  const resource = await findServed(env, cluster, apiGroup, apiVersion, info.resource);
  const misplaced = resource !== undefined && !resource.namespaced && isNamespacedPath(info);
  if (resource === undefined || misplaced) throw newPathNotFound();
  if (info.subresource === '') {
    if (!resource.verbs.includes(info.verb) || !fitsPath(info, resource.namespaced)) {
      throw newMethodNotAllowed();
    }
    const context = { ...base, resource };
    return warned(resource, handlerOf(resource)(context));
  }
  const subresource = resource.subresources.find((s) => s.name === info.subresource);
  if (subresource === undefined) throw newPathNotFound();
  const isAllowed = subresource.verbs.includes(info.verb) || isProxyRequest(info);
  if (!isAllowed) throw newMethodNotAllowed();
  return warned(resource, dispatch({ ...base, resource, subresource }));
}

function handlerOf({ isReview, isComputed }: ResourceInfo) {
  if (isReview === true) return reviewHandler;
  return isComputed === true ? usageHandler : dispatch;
}

/** Whoever uses a version that is going away is told with every answer, refusals included. */
async function warned(
  { deprecation }: ResourceInfo,
  answer: Response | Promise<Response>,
): Promise<Response> {
  if (deprecation === undefined) return answer;
  try {
    const response = await answer;
    if (response.webSocket) return response;
    for (const [name, value] of warningHeaders([deprecation])) response.headers.append(name, value);
    return response;
  } catch (error) {
    if (error instanceof StatusError) error.warnings.push(deprecation);
    throw error;
  }
}

/** `/namespaces/{ns}/nodes`: the namespace's own path is the only cluster-scoped one below it. */
const isNamespacedPath = (info: ApiContext['info']) =>
  info.namespace !== '' && info.resource !== 'namespaces';

/**
 * Collections are created in, objects are updated and patched; not the other way round. What lies
 * in namespaces can only be read over all of them.
 */
function fitsPath({ verb, name, namespace }: ApiContext['info'], namespaced: boolean): boolean {
  if (namespaced && namespace === '') return verb === 'list' || verb === 'watch';
  if (verb === 'create') return name === '';
  return name !== '' || (verb !== 'update' && verb !== 'patch');
}

async function dispatch(context: ApiContext): Promise<Response> {
  switch (context.info.subresource) {
    case 'exec':
    case 'attach':
      return execHandler(context);
    case 'log':
      return logHandler(context);
    case 'portforward':
      return portForwardHandler(context);
    case 'proxy':
      return proxyHandler(context);
    case 'eviction':
      return evictionHandler(context);
    case 'token':
      return tokenRequestHandler(context);
    default:
      break;
  }
  switch (context.info.verb) {
    case 'get':
      return getHandler(context);
    case 'list':
      return listHandler(context);
    case 'watch':
      return watchHandler(context);
    case 'create':
      return createHandler(context);
    case 'update':
      return updateHandler(context);
    case 'patch':
      return patchHandler(context);
    case 'delete':
      return deleteHandler(context);
    case 'deletecollection':
      return deleteCollectionHandler(context);
    case '':
      throw newMethodNotAllowed();
  }
}
