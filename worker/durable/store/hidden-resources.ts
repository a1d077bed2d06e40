import type { ResourceInfo, ResourceTable } from '../../registry/kind-table.ts';

/**
 * Resources that stores keep for each other and that no client sees: not in discovery, not routed.
 *
 * - `namespacecontents.fairlead.dev`: what is left in a namespace that is being deleted, written by
 *   the namespace's store and mirrored to the cluster store.
 */
export const NAMESPACE_CONTENTS = 'namespacecontents.fairlead.dev';

const namespaceContents: ResourceInfo = {
  group: 'fairlead.dev',
  version: 'v1',
  kind: 'NamespaceContent',
  resource: 'namespacecontents',
  singular: 'namespacecontent',
  namespaced: false,
  shortNames: [],
  categories: [],
  verbs: [],
  subresources: [],
  schema: '',
  strategy: {},
};

export function withHiddenResources(resources: ResourceTable): ResourceTable {
  return new Map([...resources, [NAMESPACE_CONTENTS, namespaceContents]]);
}
