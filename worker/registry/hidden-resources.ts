import type { GroupResource } from '../../apimachinery/object-key.ts';
import type { ResourceInfo, ResourceTable } from './kind-table.ts';
import { RESOURCES } from './resource-table.ts';

/**
 * What is left in a namespace that is being deleted: written by the namespace's store, mirrored to
 * the cluster store. No client sees it: it is not in discovery, and not routed.
 */
export const NAMESPACE_CONTENTS: GroupResource = 'namespacecontents.fairlead.dev';

/** Copies of the definitions of custom resources are kept in the stores that hold such. */
export const DEFINITIONS: GroupResource = 'customresourcedefinitions.apiextensions.k8s.io';

/** Copies of what placement needs of Nodes, in the stores of namespaces that have DaemonSets. */
export const NODE_PLACES: GroupResource = 'nodeplaces.fairlead.dev';

/** How often and when a DaemonSet's pods have failed on which node. */
export const DAEMON_FAILURES: GroupResource = 'daemonfailures.fairlead.dev';

/** What an autoscaler has recommended and done lately. */
export const AUTOSCALER_RECORDS: GroupResource = 'autoscalerrecords.fairlead.dev';

/** Values of metrics that clients have pushed, for autoscalers. */
export const METRIC_VALUES: GroupResource = 'metricvalues.fairlead.dev';

const hidden = (kind: string): ResourceInfo => {
  const singular = kind.toLowerCase();
  return {
    group: 'fairlead.dev',
    version: 'v1',
    kind,
    resource: `${singular}s`,
    storage: `${singular}s.fairlead.dev`,
    singular,
    namespaced: false,
    shortNames: [],
    categories: [],
    verbs: [],
    subresources: [],
    schema: '',
    strategy: {},
  };
};

const HIDDEN: ResourceTable = new Map(
  ['NamespaceContent', 'NodePlace', 'DaemonFailure', 'AutoscalerRecord', 'MetricValue']
    .map(hidden)
    .map((info): [GroupResource, ResourceInfo] => [info.storage, info]),
);

/** Whether no client sees the resource, so that nobody owns fields of its objects. */
export const isHidden = (resource: GroupResource): boolean => HIDDEN.has(resource);

/** Everything that a store can hold: what is served, and what stores keep for each other. */
export const STORED_RESOURCES: ResourceTable = new Map([...RESOURCES, ...HIDDEN]);
