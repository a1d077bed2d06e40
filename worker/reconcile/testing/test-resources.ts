import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { GroupResource } from '../../../apimachinery/object-key.ts';
import type { ResourceInfo } from '../../registry/kind-table.ts';
import type { Strategy } from '../../registry/strategy.ts';

/** Spec and status are written apart, and generation counts changes of the spec. */
const WITH_STATUS: Strategy = {
  hasGeneration: true,
  prepareForUpdate: keepStatus,
  subresources: { status: { prepareForUpdate: keepSpec } },
};

/** A bound pod stays until its node reports; any other goes at once. */
const POD: Strategy = {
  ...WITH_STATUS,
  setDefaults: (pod) => {
    pod['status'] ??= { phase: 'Pending' };
  },
  gracePeriodSeconds: (pod, requested) => {
    const { nodeName } = pod['spec'] as { nodeName?: string };
    return nodeName === undefined ? 0 : (requested ?? 30);
  },
};

const NAMESPACE: Strategy = {
  setDefaults: (namespace) => {
    namespace['spec'] ??= { finalizers: ['kubernetes'] };
    namespace['status'] ??= { phase: 'Active' };
  },
  blocksRemoval: (namespace) =>
    ((namespace['spec'] as { finalizers?: string[] }).finalizers ?? []).length > 0,
  subresources: { status: { prepareForUpdate: keepSpec } },
};

function keepStatus(object: KubernetesObject, old: KubernetesObject): void {
  object['status'] = old['status'];
}

function keepSpec(object: KubernetesObject, old: KubernetesObject): void {
  object['spec'] = old['spec'];
}

/**
 * Just enough of a registry to run planners against: the generic rules are the real ones, the
 * kinds' own are reduced to what planners can see the effect of.
 */
export const TEST_RESOURCES: ReadonlyMap<GroupResource, ResourceInfo> = new Map([
  entry('', 'v1', 'Namespace', 'namespaces', false, NAMESPACE),
  entry('', 'v1', 'Node', 'nodes', false, { subresources: WITH_STATUS.subresources ?? {} }),
  entry('', 'v1', 'Pod', 'pods', true, POD),
  entry('', 'v1', 'ConfigMap', 'configmaps', true, {}),
  entry('', 'v1', 'ServiceAccount', 'serviceaccounts', true, {}),
  entry('', 'v1', 'ReplicationController', 'replicationcontrollers', true, WITH_STATUS),
  entry('apps', 'v1', 'Deployment', 'deployments', true, WITH_STATUS),
  entry('apps', 'v1', 'ReplicaSet', 'replicasets', true, WITH_STATUS),
  entry('fairlead.dev', 'v1', 'NamespaceContent', 'namespacecontents', false, {}),
]);

function entry(
  group: string,
  version: string,
  kind: string,
  resource: string,
  namespaced: boolean,
  strategy: Strategy,
): [GroupResource, ResourceInfo] {
  const info: ResourceInfo = {
    group,
    version,
    kind,
    resource,
    namespaced,
    strategy,
    singular: kind.toLowerCase(),
    shortNames: [],
    categories: [],
    verbs: [],
    subresources: [],
    schema: '',
  };
  return [group === '' ? resource : `${resource}.${group}`, info];
}
