import type { ResourceInfo, ResourceTable, SubresourceInfo } from './kind-table.ts';

/** Documents that tell clients what is served. All are made from the resource table alone. */

/** GET /api. */
export function coreVersions() {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: '' }],
  };
}

/** GET /apis: the named groups, each with its versions. */
export function groupList(table: ResourceTable) {
  return {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: [...groupsOf(table)].map(([name, versions]) => groupBody(name, versions)),
  };
}

/** GET /apis/{group}; null when it is not served. */
export function group(table: ResourceTable, name: string) {
  const versions = groupsOf(table).get(name);
  return versions === undefined
    ? null
    : { kind: 'APIGroup', apiVersion: 'v1', ...groupBody(name, versions) };
}

function groupBody(name: string, versions: readonly string[]) {
  const entries = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: entries, preferredVersion: entries[0] };
}

/** Named groups in order, each with its versions. */
function groupsOf(table: ResourceTable): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { group: name, version } of table.values()) {
    if (name === '') continue;
    const versions = groups.get(name) ?? [];
    if (!versions.includes(version)) groups.set(name, [...versions, version]);
  }
  return new Map([...groups].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const inVersion = (table: ResourceTable, groupName: string, version: string) =>
  [...table.values()]
    .filter((info) => info.group === groupName && info.version === version)
    .sort((a, b) => (a.resource < b.resource ? -1 : 1));

/** GET /api/v1, /apis/{group}/{version}; null when it is not served. */
export function resourceList(table: ResourceTable, groupName: string, version: string) {
  const infos = inVersion(table, groupName, version);
  if (infos.length === 0) return null;
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: groupName === '' ? version : `${groupName}/${version}`,
    resources: infos.flatMap((info) => [
      apiResource(info),
      ...info.subresources.map((subresource) => apiSubresource(info, subresource)),
    ]),
  };
}

function apiResource(info: ResourceInfo) {
  return {
    name: info.resource,
    singularName: info.singular,
    namespaced: info.namespaced,
    kind: info.kind,
    verbs: [...info.verbs].sort(),
    ...(info.shortNames.length === 0 ? {} : { shortNames: info.shortNames }),
    ...(info.categories.length === 0 ? {} : { categories: info.categories }),
  };
}

function apiSubresource(info: ResourceInfo, subresource: SubresourceInfo) {
  const { group: groupName, version, kind, name, verbs } = subresource;
  const foreign = groupName !== info.group || version !== info.version;
  return {
    name: `${info.resource}/${name}`,
    singularName: '',
    namespaced: info.namespaced,
    ...(foreign ? { group: groupName, version } : {}),
    kind,
    verbs: [...verbs].sort(),
  };
}

/** GET /api or /apis as an APIGroupDiscoveryList (apidiscovery.k8s.io, KEP-3352). */
export function aggregatedDiscovery(
  table: ResourceTable,
  root: 'api' | 'apis',
  version: 'v2' | 'v2beta1',
) {
  const groups: [string, string[]][] = root === 'api' ? [['', ['v1']]] : [...groupsOf(table)];
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map(([name, versions]) => ({
      metadata: { creationTimestamp: null, ...(name === '' ? {} : { name }) },
      versions: versions.map((served) => ({
        version: served,
        freshness: 'Current',
        resources: inVersion(table, name, served).map(discovered),
      })),
    })),
  };
}

function discovered(info: ResourceInfo) {
  return {
    resource: info.resource,
    responseKind: { group: info.group, version: info.version, kind: info.kind },
    scope: info.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: info.singular,
    verbs: [...info.verbs].sort(),
    ...(info.shortNames.length === 0 ? {} : { shortNames: info.shortNames }),
    ...(info.categories.length === 0 ? {} : { categories: info.categories }),
    ...(info.subresources.length === 0
      ? {}
      : {
          subresources: info.subresources.map((subresource) => ({
            subresource: subresource.name,
            responseKind: {
              group: subresource.group,
              version: subresource.version,
              kind: subresource.kind,
            },
            verbs: [...subresource.verbs].sort(),
          })),
        }),
  };
}
