import {
  aggregatedDiscovery,
  coreVersions,
  group,
  groupList,
  resourceList,
} from '../../registry/discovery.ts';
import type { ResourceInfo } from '../../registry/kind-table.ts';
import { METRIC_VALUE_GROUPS } from '../../registry/metric-values/metric-api.ts';
import { DOCUMENTED_USAGE } from '../../registry/usage/usage-schemas.ts';
import { USAGE_ENDPOINTS } from '../../registry/usage/usage-resources.ts';
import type { Env } from '../../durable/env.ts';
import { catalogOf } from '../catalog.ts';
import { conditionalResponse } from '../conditional-response.ts';
import { contentHash } from '../openapi-documents.ts';
import { negotiateDiscovery } from '../negotiate.ts';
import { openAPIEndpoint } from './openapi.ts';

/** What is served, old and aggregated, and its schema. Null when the path is none of these. */
export async function discoveryEndpoint(
  env: Env,
  cluster: string,
  path: string,
  request: Request,
): Promise<Response | null> {
  const trimmed = path.replace(/\/+$/, '');
  const parts = trimmed.split('/').slice(1);
  const [root, first = '', second = ''] = parts;
  if (!['', 'api', 'apis', 'openapi'].includes(root ?? '')) return null;
  const catalog = await catalogOf(env, cluster);
  const endpoints = [...catalog.endpoints, ...USAGE_ENDPOINTS, ...METRIC_VALUE_GROUPS];
  if (root === 'openapi') {
    const documented = [...catalog.endpoints, ...DOCUMENTED_USAGE];
    return openAPIEndpoint({ ...catalog, endpoints: documented }, trimmed, request);
  }
  if (trimmed === '') return Response.json({ paths: rootPaths(endpoints) });
  if (trimmed === '/api' || trimmed === '/apis') {
    return discoveryRoot(endpoints, root === 'api' ? 'api' : 'apis', request);
  }
  if (root === 'api' && parts.length === 2) return found(resourceList(endpoints, '', first));
  if (root === 'apis' && parts.length === 2) return found(group(endpoints, first));
  if (root === 'apis' && parts.length === 3) return found(resourceList(endpoints, first, second));
  return null;
}

async function discoveryRoot(
  endpoints: readonly ResourceInfo[],
  root: 'api' | 'apis',
  request: Request,
): Promise<Response> {
  const form = negotiateDiscovery(request.headers.get('Accept'));
  if (form === 'legacy') {
    return Response.json(
      root === 'api' ? coreVersions(new URL(request.url).host) : groupList(endpoints),
      {
        headers: { Vary: 'Accept' },
      },
    );
  }
  const text = JSON.stringify(aggregatedDiscovery(endpoints, root, form));
  const headers = new Headers({
    'Content-Type': `application/json;g=apidiscovery.k8s.io;v=${form};as=APIGroupDiscoveryList`,
    'Cache-Control': 'public',
  });
  const etag = await contentHash(new TextEncoder().encode(text));
  return conditionalResponse(request, etag.toUpperCase(), headers, text);
}

function rootPaths(endpoints: readonly ResourceInfo[]): string[] {
  const versions = endpoints.map((info) =>
    info.group === '' ? `/api/${info.version}` : `/apis/${info.group}/${info.version}`,
  );
  return [
    ...new Set([
      '/.well-known/openid-configuration',
      '/api',
      '/apis',
      ...versions,
      '/healthz',
      '/livez',
      '/metrics',
      '/openapi/v2',
      '/openapi/v3',
      '/openid/v1/jwks',
      '/readyz',
      '/version',
    ]),
  ].sort();
}

const found = (document: object | undefined): Response | null =>
  document === undefined ? null : Response.json(document);
