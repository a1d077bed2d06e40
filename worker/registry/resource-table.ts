import { groupResource } from '../../apimachinery/object-key.ts';
import type { ResourceInfo, ResourceTable, SubresourceInfo } from './kind-table.ts';
import { configMapStrategy } from './resources/config-map.ts';
import { deploymentStrategy } from './resources/deployment.ts';
import { eventStrategy } from './resources/event.ts';
import { leaseStrategy } from './resources/lease.ts';
import { namespaceStrategy } from './resources/namespace.ts';
import { nodeStrategy } from './resources/node.ts';
import { podStrategy } from './resources/pod/strategy.ts';
import { replicaSetStrategy } from './resources/replica-set.ts';
import { replicationControllerStrategy } from './resources/replication-controller.ts';
import { secretStrategy } from './resources/secret.ts';
import { serviceAccountStrategy } from './resources/service-account.ts';
import { serviceStrategy } from './resources/service.ts';
import { SCHEMA_KINDS } from './schema/schema.ts';
import { PRINTERS } from './printers/printers.ts';
import type { Strategy } from './strategy.ts';

export { SCHEMA_KINDS } from './schema/schema.ts';

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const STATUS_VERBS = ['get', 'patch', 'update'];

/** What the schema does not say about a served resource. */
interface Served {
  readonly strategy: Strategy;
  readonly singular?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly verbs?: readonly string[];
  /** Of those that the schema knows, the ones that are served. */
  readonly subresources?: readonly string[];
}

/** The served resources, by `<resource>.<group>/<version>`. Adding a kind is a line here. */
const SERVED: Readonly<Record<string, Served>> = {
  'configmaps./v1': { strategy: configMapStrategy, shortNames: ['cm'] },
  'events./v1': { strategy: eventStrategy, shortNames: ['ev'] },
  'namespaces./v1': {
    strategy: namespaceStrategy,
    shortNames: ['ns'],
    verbs: VERBS.filter((verb) => verb !== 'deletecollection'),
    subresources: ['finalize', 'status'],
  },
  'nodes./v1': { strategy: nodeStrategy, shortNames: ['no'], subresources: ['status'] },
  'pods./v1': {
    strategy: podStrategy,
    shortNames: ['po'],
    categories: ['all'],
    subresources: ['attach', 'binding', 'exec', 'log', 'status'],
  },
  'replicationcontrollers./v1': {
    strategy: replicationControllerStrategy,
    shortNames: ['rc'],
    categories: ['all'],
    subresources: ['scale', 'status'],
  },
  'secrets./v1': { strategy: secretStrategy },
  'serviceaccounts./v1': { strategy: serviceAccountStrategy, shortNames: ['sa'] },
  'services./v1': {
    strategy: serviceStrategy,
    shortNames: ['svc'],
    categories: ['all'],
    subresources: ['status'],
  },
  'deployments.apps/v1': {
    strategy: deploymentStrategy,
    shortNames: ['deploy'],
    categories: ['all'],
    subresources: ['scale', 'status'],
  },
  'replicasets.apps/v1': {
    strategy: replicaSetStrategy,
    shortNames: ['rs'],
    categories: ['all'],
    subresources: ['scale', 'status'],
  },
  'leases.coordination.k8s.io/v1': { strategy: leaseStrategy },
};

function subresourceInfo(
  name: string,
  owner: { group: string; version: string; kind: string },
): SubresourceInfo {
  switch (name) {
    case 'scale':
      return { name, group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: STATUS_VERBS };
    case 'binding':
      return { name, group: '', version: 'v1', kind: 'Binding', verbs: ['create'] };
    case 'exec':
    case 'attach':
      return {
        name,
        group: '',
        version: 'v1',
        kind: name === 'exec' ? 'PodExecOptions' : 'PodAttachOptions',
        verbs: ['create', 'get'],
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

function newResourceTable(): ResourceTable {
  const table = new Map<string, ResourceInfo>();
  for (const known of SCHEMA_KINDS) {
    const key = `${known.resource}.${known.group}/${known.version}`;
    const served = Object.hasOwn(SERVED, key) ? SERVED[key] : undefined;
    if (served === undefined) continue;
    const name = groupResource(known.group, known.resource);
    const printer = PRINTERS[name];
    table.set(name, {
      ...pick(known),
      resource: known.resource,
      singular: served.singular ?? known.kind.toLowerCase(),
      namespaced: known.namespaced,
      shortNames: served.shortNames ?? [],
      categories: served.categories ?? [],
      verbs: served.verbs ?? VERBS,
      subresources: (served.subresources ?? []).map((s) => subresourceInfo(s, known)),
      schema: known.schema,
      strategy: served.strategy,
      ...(printer === undefined ? {} : { printer }),
    });
  }
  return table;
}

/** Every built-in resource that is served, by `<plural>[.<group>]`. */
export const RESOURCES: ResourceTable = newResourceTable();

/** The served resource at a group, version and plural name, or undefined. */
export function findResource(
  group: string,
  version: string,
  resource: string,
): ResourceInfo | undefined {
  const info = RESOURCES.get(groupResource(group, resource));
  return info?.version === version ? info : undefined;
}
