import type { AccessAttributes } from '../registry/authz/authorizer.ts';

/**
 * What a URL asks for, in upstream's terms (k8s.io/apiserver RequestInfo). Valid forms, below the
 * cluster's prefix (`/clusters/<name>` or nothing for the default one):
 *
 *     /api/v1/namespaces/{ns}/{resource}[/{name}[/{subresource}[/{path…}]]]
 *     /api/v1/{resource}[/{name}[/{subresource}]]
 *     /apis/{group}/{version}/…                       the same below a named group
 *     /api/v1/watch/…, /apis/{group}/{version}/watch/… the old form of a watch
 *     anything else                                    a non-resource path
 */
export type RequestInfo = ResourceRequest | NonResourceRequest;

export type Verb =
  | 'get'
  | 'list'
  | 'watch'
  | 'create'
  | 'update'
  | 'patch'
  | 'delete'
  | 'deletecollection'
  /** OPTIONS, which only proxies take. */
  | '';

export interface ResourceRequest {
  readonly isResourceRequest: true;
  readonly verb: Verb;
  readonly path: string;
  readonly apiGroup: string;
  readonly apiVersion: string;
  /** '' for all namespaces, or for a cluster-scoped resource. */
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  /** What follows the subresource, for proxies. */
  readonly rest: string;
}

export interface NonResourceRequest {
  readonly isResourceRequest: false;
  /** The HTTP method in lower case. */
  readonly verb: string;
  readonly path: string;
}

const VERBS: Readonly<Record<string, Verb>> = {
  GET: 'get',
  HEAD: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
  OPTIONS: '',
};

/** Namespaced paths whose resource is the namespace itself: `/namespaces/{ns}/{one of these}`. */
const NAMESPACE_SUBRESOURCES = new Set(['status', 'finalize']);

/** @param path decoded, without the cluster's prefix. @param query of the request. */
export function parseRequestInfo(
  method: string,
  path: string,
  query: URLSearchParams,
): RequestInfo {
  const parts = path.split('/').filter((part) => part !== '');
  const nonResource = { isResourceRequest: false, verb: method.toLowerCase(), path } as const;
  const group = parts[0] === 'apis' ? parts[1] : parts[0] === 'api' ? '' : undefined;
  const version = parts[0] === 'apis' ? parts[2] : parts[1];
  let tail = parts.slice(parts[0] === 'apis' ? 3 : 2);
  const methodVerb = VERBS[method];
  if (group === undefined || version === undefined || tail.length === 0) return nonResource;
  if (methodVerb === undefined) return nonResource;
  const oldWatch = tail[0] === 'watch' && tail.length > 1;
  if (oldWatch) tail = tail.slice(1);
  const inNamespace =
    tail[0] === 'namespaces' && tail.length > 2 && !NAMESPACE_SUBRESOURCES.has(tail[2] ?? '');
  const namespace = inNamespace ? (tail[1] ?? '') : tail[0] === 'namespaces' ? (tail[1] ?? '') : '';
  const [resource = '', name = '', subresource = '', ...rest] = inNamespace ? tail.slice(2) : tail;
  return {
    isResourceRequest: true,
    verb: subresource === '' ? refineVerb(methodVerb, name, oldWatch, query) : methodVerb,
    path,
    apiGroup: group,
    apiVersion: version,
    namespace,
    resource,
    name,
    subresource,
    rest: rest.join('/'),
  };
}

/** Reading or deleting without a name means the collection; `watch` turns a read into a watch. */
function refineVerb(verb: Verb, name: string, oldWatch: boolean, query: URLSearchParams): Verb {
  if (verb === 'get' && (oldWatch || isTrue(query.get('watch')))) return 'watch';
  if (name !== '') return verb;
  if (verb === 'get') return 'list';
  return verb === 'delete' ? 'deletecollection' : verb;
}

/** Booleans of query parameters as Kubernetes reads them: anything but '', '0' and 'false'. */
export function isTrue(value: string | null): boolean {
  return value !== null && value !== '0' && value.toLowerCase() !== 'false';
}

/** Whether it is to be passed on to a pod, a service or a node. */
export const isProxyRequest = (info: RequestInfo): boolean =>
  info.isResourceRequest && info.apiGroup === '' && info.subresource === 'proxy';

/** What of a request permission is about. */
export function accessOf(info: RequestInfo): AccessAttributes {
  if (!info.isResourceRequest) {
    return { isResourceRequest: false, verb: info.verb, path: info.path };
  }
  const { verb, apiGroup, apiVersion, namespace, resource, subresource, name } = info;
  return {
    isResourceRequest: true,
    verb,
    apiGroup,
    apiVersion,
    namespace,
    resource,
    subresource,
    name,
  };
}

/** Splits `/clusters/<name>/rest` into the cluster and the path below it. */
export function splitCluster(path: string): { cluster: string; path: string } {
  const match = /^\/clusters\/([a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)(\/.*)?$/.exec(path);
  return match === null
    ? { cluster: 'default', path }
    : { cluster: match[1] ?? 'default', path: match[2] ?? '/' };
}
