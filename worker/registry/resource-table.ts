import { groupResource } from '../../apimachinery/object-key.ts';
import { ADMISSION_REGISTRATION } from './groups/admissionregistration.ts';
import { API_EXTENSIONS } from './groups/apiextensions.ts';
import { API_REGISTRATION } from './groups/apiregistration.ts';
import { APPS } from './groups/apps.ts';
import { AUTHENTICATION } from './groups/authentication.ts';
import { AUTHORIZATION } from './groups/authorization.ts';
import { AUTOSCALING } from './groups/autoscaling.ts';
import { BATCH } from './groups/batch.ts';
import { CERTIFICATES } from './groups/certificates.ts';
import { COORDINATION } from './groups/coordination.ts';
import { CORE } from './groups/core.ts';
import { DISCOVERY } from './groups/discovery.ts';
import { EVENTS } from './groups/events.ts';
import { FLOW_CONTROL } from './groups/flowcontrol.ts';
import { NETWORKING } from './groups/networking.ts';
import { NODE } from './groups/node.ts';
import { POLICY } from './groups/policy.ts';
import { RBAC } from './groups/rbac.ts';
import { RESOURCE } from './groups/resource.ts';
import { SCHEDULING } from './groups/scheduling.ts';
import { STORAGE } from './groups/storage.ts';
import type { ResourceInfo, ResourceTable, SubresourceInfo } from './kind-table.ts';
import { SCHEMA_KINDS } from './schema/schema.ts';
import { STATUS_VERBS, VERBS, type ServedGroup } from './served.ts';

export { SCHEMA_KINDS } from './schema/schema.ts';

/** The served resources of every built-in group. Adding a group is a line here. */
const SERVED: ServedGroup = {
  ...CORE,
  ...ADMISSION_REGISTRATION,
  ...API_EXTENSIONS,
  ...API_REGISTRATION,
  ...APPS,
  ...AUTHENTICATION,
  ...AUTHORIZATION,
  ...AUTOSCALING,
  ...BATCH,
  ...CERTIFICATES,
  ...COORDINATION,
  ...DISCOVERY,
  ...EVENTS,
  ...FLOW_CONTROL,
  ...NETWORKING,
  ...NODE,
  ...POLICY,
  ...RBAC,
  ...RESOURCE,
  ...SCHEDULING,
  ...STORAGE,
};

/** The kinds of the options of streams that are opened to a pod. */
const STREAM_KINDS = {
  exec: 'PodExecOptions',
  attach: 'PodAttachOptions',
  portforward: 'PodPortForwardOptions',
} as const;

function subresourceInfo(
  name: string,
  owner: { group: string; version: string; kind: string },
): SubresourceInfo {
  switch (name) {
    case 'scale':
      return { name, group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: STATUS_VERBS };
    case 'binding':
      return { name, group: '', version: 'v1', kind: 'Binding', verbs: ['create'] };
    case 'eviction':
      return { name, group: 'policy', version: 'v1', kind: 'Eviction', verbs: ['create'] };
    case 'exec':
    case 'attach':
    case 'portforward':
      return { name, group: '', version: 'v1', kind: STREAM_KINDS[name], verbs: ['create', 'get'] };
    case 'proxy':
      return {
        name,
        group: '',
        version: 'v1',
        kind: `${owner.kind}ProxyOptions`,
        verbs: ['create', 'delete', 'get', 'patch', 'update'],
      };
    case 'token':
      return {
        name,
        group: 'authentication.k8s.io',
        version: 'v1',
        kind: 'TokenRequest',
        verbs: ['create'],
      };
    case 'log':
      return { name, ...pick(owner), verbs: ['get'] };
    case 'finalize':
      return { name, ...pick(owner), verbs: ['update'] };
    default:
      return { name, ...pick(owner), verbs: STATUS_VERBS };
  }
}

const pick = ({ group, version, kind }: { group: string; version: string; kind: string }) => ({
  group,
  version,
  kind,
});

function newEndpoints(): ResourceInfo[] {
  const endpoints: ResourceInfo[] = [];
  for (const known of SCHEMA_KINDS) {
    const key = `${known.resource}.${known.group}/${known.version}`;
    const served = Object.hasOwn(SERVED, key) ? SERVED[key] : undefined;
    if (served === undefined) continue;
    endpoints.push({
      ...pick(known),
      resource: known.resource,
      storage: served.view?.storage ?? groupResource(known.group, known.resource),
      singular: served.singular ?? known.kind.toLowerCase(),
      namespaced: known.namespaced,
      shortNames: served.shortNames ?? [],
      categories: served.categories ?? [],
      verbs: served.verbs ?? VERBS,
      subresources: (served.subresources ?? []).map((s) => subresourceInfo(s, known)),
      schema: known.schema,
      strategy: served.strategy,
      ...(served.printer === undefined ? {} : { printer: served.printer }),
      ...(served.isReview === true ? { isReview: true } : {}),
      ...(served.deprecation === undefined ? {} : { deprecation: served.deprecation }),
      ...(served.view === undefined ? {} : { conversion: served.view.conversion }),
      ...(served.view?.strategy === undefined ? {} : { storedStrategy: served.view.strategy }),
    });
  }
  return endpoints;
}

/** Every built-in resource in every version that is served. */
export const ENDPOINTS: readonly ResourceInfo[] = newEndpoints();

/** What is stored, by `<plural>[.<group>]`: each resource in the version that it is stored in. */
export const RESOURCES: ResourceTable = new Map(
  ENDPOINTS.filter((info) => info.conversion === undefined && info.isReview !== true).map(
    (info) => [info.storage, info],
  ),
);

const byPath = new Map(
  ENDPOINTS.map((info) => [pathKey(info.group, info.version, info.resource), info]),
);

/** The served resource at a group, version and plural name, or undefined. */
export function findResource(
  group: string,
  version: string,
  resource: string,
): ResourceInfo | undefined {
  return byPath.get(pathKey(group, version, resource));
}

function pathKey(group: string, version: string, resource: string): string {
  return `${group}/${version}/${resource}`;
}
