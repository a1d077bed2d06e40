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

const namespaceContents: ResourceInfo = {
  group: 'fairlead.dev',
  version: 'v1',
  kind: 'NamespaceContent',
  resource: 'namespacecontents',
  storage: NAMESPACE_CONTENTS,
  singular: 'namespacecontent',
  namespaced: false,
  shortNames: [],
  categories: [],
  verbs: [],
  subresources: [],
  schema: '',
  strategy: {},
};

/** Whether no client sees the resource, so that nobody owns fields of its objects. */
export const isHidden = (resource: GroupResource): boolean => resource === NAMESPACE_CONTENTS;

/** Everything that a store can hold: what is served, and what stores keep for each other. */
export const STORED_RESOURCES: ResourceTable = new Map([
  ...RESOURCES,
  [NAMESPACE_CONTENTS, namespaceContents],
]);
