import { beforeAll, describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../apimachinery/meta.ts';
import type { AccessIdentity } from '../../worker/registry/authz/testdata/access-objects.ts';
import { ACCESS_OBJECTS } from '../../worker/registry/authz/testdata/access-objects.ts';
import {
  ACCESS_CASES,
  type AccessCase,
} from '../../worker/registry/authz/testdata/access-cases.ts';
import { APIWatch, call, mintToken, statusOf } from './api.ts';
import { createAt } from './definitions.ts';
import { enforce } from './policy.ts';
import { createNamespace, freshCluster } from './stores.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
/** Requests at a time. */
const CHUNK = 40;

let cluster = '';

/** Waits until all rules that ClusterRoles collect from others are there. */
async function aggregated(): Promise<void> {
  interface Role extends KubernetesObject {
    aggregationRule?: object;
    rules?: object[];
  }
  const waiting = new Set(['admin', 'edit', 'view']);
  const watch = await APIWatch.open(cluster, `${RBAC}/clusterroles?watch=1`);
  while (waiting.size > 0) {
    const frame = await watch.next();
    const role = frame?.object as Role;
    if (role.aggregationRule !== undefined && (role.rules ?? []).length > 0) {
      waiting.delete(role.metadata.name ?? '');
    }
  }
  await watch.close();
}

beforeAll(async () => {
  cluster = freshCluster();
  for (const name of ['shop', 'office', 'lab']) await createNamespace(cluster, name);
  await aggregated();
  for (const object of ACCESS_OBJECTS) {
    const { namespace } = object.metadata;
    const resource = `${object.kind?.toLowerCase()}s`;
    if (namespace === undefined) {
      await enforce(cluster, `${RBAC}/${resource}`, object, ['shop', 'office']);
    } else await createAt(cluster, `${RBAC}/namespaces/${namespace}/${resource}`, object);
  }
}, 120_000);

/** Runs checks side by side, some at a time; returns what they find wrong. */
async function wrongOf(
  cases: readonly AccessCase[],
  check: (row: AccessCase, token: string) => Promise<string | null>,
): Promise<string[]> {
  const token = await mintToken();
  const wrong: string[] = [];
  for (let i = 0; i < cases.length; i += CHUNK) {
    const found = await Promise.all(cases.slice(i, i + CHUNK).map((row) => check(row, token)));
    wrong.push(...found.filter((text) => text !== null));
  }
  return wrong;
}

describe('the access table, through the API', () => {
  it('RBAC-1: is what access reviews answer, row by row', async () => {
    const wrong = await wrongOf(ACCESS_CASES, async ({ title, identity, access, want }, token) => {
      const { apiGroup, apiVersion, ...attributes } = access.isResourceRequest
        ? access
        : { ...access, apiGroup: '', apiVersion: '' };
      const { isResourceRequest, ...asked } = attributes;
      const spec = {
        user: identity.name,
        groups: identity.groups,
        ...(isResourceRequest
          ? { resourceAttributes: { ...asked, group: apiGroup, version: apiVersion } }
          : { nonResourceAttributes: asked }),
      };
      const response = await call(
        cluster,
        'POST',
        '/apis/authorization.k8s.io/v1/subjectaccessreviews',
        { body: { spec }, token },
      );
      if (!response.ok) return `${title}: ${JSON.stringify(await statusOf(response))}`;
      const { status } = await response.json<{ status: { allowed: boolean } }>();
      return status.allowed === (want === 'allow') ? null : title;
    });
    expect(wrong).toEqual([]);
  }, 60_000);

  it('RBAC-2: is what becomes of requests of those that it is about', async () => {
    let asked = 0;
    const wrong = await wrongOf(ACCESS_CASES, async (row, token) => {
      const request = requestOf(row);
      if (request === null) return null;
      asked += 1;
      const { method, path, headers = {}, body } = request;
      const response = await call(cluster, method, path, {
        headers: { ...headers, ...impersonating(row.identity) },
        ...(body === undefined ? {} : { body }),
        token,
      });
      await response.body?.cancel();
      return (response.status === 403) === (row.want === 'deny')
        ? null
        : `${row.title}: ${response.status} to ${method} ${path}`;
    });
    expect(wrong).toEqual([]);
    expect(asked).toBeGreaterThan(200);
  }, 60_000);
});

const impersonating = ({ name, groups }: AccessIdentity): Record<string, string> => ({
  'Impersonate-User': name,
  'Impersonate-Group': groups.join(', '),
});

interface Sketch {
  readonly method: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

const DRY = 'dryRun=All';
const MERGE = { 'Content-Type': 'application/merge-patch+json' };

/** A request that asks for what a row is about, and changes nothing; null where there is none. */
function requestOf({ access }: AccessCase): Sketch | null {
  if (!access.isResourceRequest) {
    return access.verb === 'get' ? { method: 'GET', path: access.path } : null;
  }
  const { verb, apiGroup, resource, subresource, namespace, name } = access;
  // Nothing is named like a wildcard; and who may write roles must have what these give.
  if (resource.includes('*') || apiGroup.includes('*')) return null;
  if (apiGroup === 'rbac.authorization.k8s.io' && verb !== 'get' && verb !== 'list') return null;
  const root = apiGroup === '' ? '/api/v1' : `/apis/${apiGroup}/v1`;
  const collection = `${root}${namespace === '' ? '' : `/namespaces/${namespace}`}/${resource}`;
  const one = `${collection}/${name === '' ? 'x' : name}${subresource === '' ? '' : `/${subresource}`}`;
  switch (verb) {
    case 'get':
      return { method: 'GET', path: one };
    case 'list':
      return subresource === '' && name === '' ? { method: 'GET', path: collection } : null;
    case 'watch':
      return subresource === '' && name === ''
        ? { method: 'GET', path: `${collection}?watch=1&timeoutSeconds=1` }
        : null;
    case 'create':
      if (subresource !== '') return { method: 'POST', path: `${one}?${DRY}`, body: 'no object' };
      return name === ''
        ? { method: 'POST', path: `${collection}?${DRY}`, body: 'no object' }
        : null;
    case 'update':
      return { method: 'PUT', path: `${one}?${DRY}`, body: 'no object' };
    case 'patch':
      return { method: 'PATCH', path: `${one}?${DRY}`, headers: MERGE, body: {} };
    case 'delete':
      return { method: 'DELETE', path: `${one}?${DRY}` };
    case 'deletecollection':
      return { method: 'DELETE', path: `${collection}?${DRY}` };
    default:
      return null;
  }
}
