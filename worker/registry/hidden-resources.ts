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

/** What Nodes hold against the pods that are on them, in the stores of these pods. */
export const NODE_STANDINGS: GroupResource = 'nodestandings.fairlead.dev';

/** Which pods of a node have to go when their time is up, and since when it runs. */
export const POD_EVICTIONS: GroupResource = 'podevictions.fairlead.dev';

/** In the cluster's store: which Nodes were lost while the others were there. */
export const NODE_ROLL_CALLS: GroupResource = 'noderollcalls.fairlead.dev';

/** Copies of the claims of all namespaces, in the cluster's store, which has the volumes. */
export const VOLUME_CLAIMS: GroupResource = 'volumeclaims.fairlead.dev';

/** What the cluster's store says to claims, there and in their namespaces. */
export const VOLUME_ANSWERS: GroupResource = 'volumeanswers.fairlead.dev';

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
  [
    'NamespaceContent',
    'NodePlace',
    'DaemonFailure',
    'NodeStanding',
    'PodEviction',
    'NodeRollCall',
    'VolumeClaim',
    'VolumeAnswer',
    'AutoscalerRecord',
    'MetricValue',
  ]
    .map(hidden)
    .map((info): [GroupResource, ResourceInfo] => [info.storage, info]),
);

/** Whether no client sees the resource, so that nobody owns fields of its objects. */
export const isHidden = (resource: GroupResource): boolean => HIDDEN.has(resource);

/** Everything that a store can hold: what is served, and what stores keep for each other. */
export const STORED_RESOURCES: ResourceTable = new Map([...RESOURCES, ...HIDDEN]);
