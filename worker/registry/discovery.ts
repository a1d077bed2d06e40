import { compareVersions } from '../../apimachinery/version-order.ts';
import { formatAPIVersion } from '../../apimachinery/meta.ts';
import type { ResourceInfo, SubresourceInfo } from './kind-table.ts';

/** The order in which upstream lists groups that clients care about; others follow by name. */
const FIRST_GROUPS = ['apps', 'events.k8s.io', 'authentication.k8s.io', 'authorization.k8s.io'];

interface GroupVersionEntry {
  readonly groupVersion: string;
  readonly version: string;
}

interface GroupEntry {
  readonly name: string;
  readonly versions: readonly GroupVersionEntry[];
  readonly preferredVersion: GroupVersionEntry | undefined;
}

/** `GET /api`. `serverAddress` is `host:port` as clients reach it. */
export function coreVersions(serverAddress: string): Record<string, unknown> {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
  };
}

/** `GET /apis`. */
export function groupList(endpoints: readonly ResourceInfo[]): Record<string, unknown> {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groupEntries(endpoints) };
}

/** `GET /apis/{group}`, or undefined when nothing of the group is served. */
export function group(
  endpoints: readonly ResourceInfo[],
  name: string,
): Record<string, unknown> | undefined {
  const entry = groupEntries(endpoints).find((g) => g.name === name);
  return entry === undefined ? undefined : { kind: 'APIGroup', apiVersion: 'v1', ...entry };
}

/** `GET /api/v1` and `GET /apis/{group}/{version}`, or undefined when there is no such version. */
export function resourceList(
  endpoints: readonly ResourceInfo[],
  groupName: string,
  version: string,
): Record<string, unknown> | undefined {
  if (!versionsOf(endpoints, groupName).includes(version)) return undefined;
  const infos = resourcesOf(endpoints, groupName, version);
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: formatAPIVersion(groupName, version),
    resources: infos.flatMap((info) => [
      resourceEntry(info),
      ...info.subresources.map((sub) => subresourceEntry(info, sub)),
    ]),
  };
}

/** `GET /api` and `GET /apis` in one document (apidiscovery.k8s.io). */
export function aggregatedDiscovery(
  endpoints: readonly ResourceInfo[],
  root: 'api' | 'apis',
  version: 'v2' | 'v2beta1' = 'v2',
): Record<string, unknown> {
  const groups = root === 'api' ? [''] : groupNames(endpoints);
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map((name) => ({
      metadata: name === '' ? {} : { name },
      versions: versionsOf(endpoints, name).map((v) => ({
        version: v,
        resources: resourcesOf(endpoints, name, v).map(aggregatedResource),
        freshness: 'Current',
      })),
    })),
  };
}

function groupNames(endpoints: readonly ResourceInfo[]): string[] {
  const names = [...new Set(endpoints.map((info) => info.group))];
  const rank = (name: string): number => {
    const index = FIRST_GROUPS.indexOf(name);
    return index < 0 ? FIRST_GROUPS.length : index;
  };
  return names.filter((name) => name !== '').sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

function groupEntries(endpoints: readonly ResourceInfo[]): GroupEntry[] {
  return groupNames(endpoints).map((name) => {
    const versions = versionsOf(endpoints, name).map((version) => ({
      groupVersion: formatAPIVersion(name, version),
      version,
    }));
    return { name, versions, preferredVersion: versions[0] };
  });
}

/** Newest first: the first is the one that clients prefer. */
function versionsOf(endpoints: readonly ResourceInfo[], groupName: string): string[] {
  const versions = endpoints.filter((i) => i.group === groupName).map((i) => i.version);
  return [...new Set(versions)].sort(compareVersions);
}

function resourcesOf(
  endpoints: readonly ResourceInfo[],
  groupName: string,
  version: string,
): ResourceInfo[] {
  return (
    endpoints
      .filter((info) => info.group === groupName && info.version === version)
      // A group that has no resources to list.
      .filter(({ resource }) => resource !== '')
      .sort((a, b) => (a.resource < b.resource ? -1 : 1))
  );
}

function resourceEntry(info: ResourceInfo): Record<string, unknown> {
  return {
    name: info.resource,
    singularName: info.singular,
    namespaced: info.namespaced,
    kind: info.kind,
    verbs: info.verbs,
    ...(info.shortNames.length === 0 ? {} : { shortNames: info.shortNames }),
    ...(info.categories.length === 0 ? {} : { categories: info.categories }),
  };
}

function subresourceEntry(info: ResourceInfo, sub: SubresourceInfo): Record<string, unknown> {
  const isForeign = sub.group !== info.group || sub.version !== info.version;
  return {
    name: `${info.resource}/${sub.name}`,
    singularName: '',
    namespaced: info.namespaced,
    ...(isForeign ? { group: sub.group, version: sub.version } : {}),
    kind: sub.kind,
    verbs: sub.verbs,
  };
}

function aggregatedResource(info: ResourceInfo): Record<string, unknown> {
  return {
    resource: info.resource,
    responseKind: { group: info.group, version: info.version, kind: info.kind },
    scope: info.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: info.singular,
    verbs: info.verbs,
    ...(info.shortNames.length === 0 ? {} : { shortNames: info.shortNames }),
    ...(info.categories.length === 0 ? {} : { categories: info.categories }),
    ...(info.subresources.length === 0
      ? {}
      : {
          subresources: info.subresources.map((sub) => ({
            subresource: sub.name,
            responseKind: { group: sub.group, version: sub.version, kind: sub.kind },
            verbs: sub.verbs,
          })),
        }),
  };
}
