import { describe, expect, it } from 'vitest';
import { parseRequestInfo, splitCluster } from './request-info.ts';

const info = (method: string, url: string) => {
  const { pathname, searchParams } = new URL(url, 'https://x');
  return parseRequestInfo(method, pathname, searchParams);
};

/** The parts of a resource request as one text: verb group/version namespace resource name sub rest. */
function short(method: string, url: string): string {
  const found = info(method, url);
  if (!found.isResourceRequest) return `${found.verb} ${found.path}`;
  const { verb, apiGroup, apiVersion, namespace, resource, name, subresource, rest } = found;
  return [verb, `${apiGroup}/${apiVersion}`, namespace, resource, name, subresource, rest]
    .map((part) => (part === '' ? '-' : part))
    .join(' ');
}

describe('RequestInfo', () => {
  it.each([
    ['GET', '/api/v1/pods', 'list /v1 - pods - - -'],
    ['GET', '/api/v1/namespaces/a/pods', 'list /v1 a pods - - -'],
    ['HEAD', '/api/v1/namespaces/a/pods/p', 'get /v1 a pods p - -'],
    ['GET', '/api/v1/namespaces/a/pods/p', 'get /v1 a pods p - -'],
    ['GET', '/api/v1/namespaces/a/pods?watch=true', 'watch /v1 a pods - - -'],
    ['GET', '/api/v1/namespaces/a/pods?watch=1', 'watch /v1 a pods - - -'],
    ['GET', '/api/v1/namespaces/a/pods?watch=0', 'list /v1 a pods - - -'],
    ['GET', '/api/v1/namespaces/a/pods?watch=false', 'list /v1 a pods - - -'],
    ['GET', '/api/v1/watch/namespaces/a/pods', 'watch /v1 a pods - - -'],
    ['GET', '/api/v1/watch/pods', 'watch /v1 - pods - - -'],
    ['GET', '/apis/apps/v1/watch/namespaces/a/deployments/d', 'watch apps/v1 a deployments d - -'],
    ['POST', '/apis/apps/v1/namespaces/a/deployments', 'create apps/v1 a deployments - - -'],
    [
      'PUT',
      '/apis/apps/v1/namespaces/a/deployments/d/scale',
      'update apps/v1 a deployments d scale -',
    ],
    ['PATCH', '/apis/apps/v1/namespaces/a/deployments/d', 'patch apps/v1 a deployments d - -'],
    ['DELETE', '/apis/apps/v1/namespaces/a/deployments/d', 'delete apps/v1 a deployments d - -'],
    [
      'DELETE',
      '/apis/apps/v1/namespaces/a/deployments',
      'deletecollection apps/v1 a deployments - - -',
    ],
    ['GET', '/api/v1/namespaces', 'list /v1 - namespaces - - -'],
    ['GET', '/api/v1/namespaces/a', 'get /v1 a namespaces a - -'],
    ['PUT', '/api/v1/namespaces/a/status', 'update /v1 a namespaces a status -'],
    ['PUT', '/api/v1/namespaces/a/finalize', 'update /v1 a namespaces a finalize -'],
    ['GET', '/api/v1/nodes/n/proxy/a/b', 'get /v1 - nodes n proxy a/b'],
    ['POST', '/api/v1/namespaces/a/pods/p/exec', 'create /v1 a pods p exec -'],
    ['GET', '/api', 'get /api'],
    ['GET', '/api/v1', 'get /api/v1'],
    ['GET', '/apis/apps/v1', 'get /apis/apps/v1'],
    ['POST', '/anything', 'post /anything'],
    ['GET', '/', 'get /'],
  ])('%s %s is %s', (method, url, want) => {
    expect(short(method, url)).toBe(want);
  });

  it.each([
    ['/clusters/blue/api/v1', 'blue', '/api/v1'],
    ['/clusters/blue', 'blue', '/'],
    ['/clusters/BLUE/api', 'default', '/clusters/BLUE/api'],
    ['/clusters/-x/api', 'default', '/clusters/-x/api'],
    ['/api/v1', 'default', '/api/v1'],
  ])('%s belongs to cluster %s', (path, cluster, rest) => {
    expect(splitCluster(path)).toEqual({ cluster, path: rest });
  });
});
