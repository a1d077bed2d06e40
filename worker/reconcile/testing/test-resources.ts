import type { GroupResource } from '../../../apimachinery/object-key.ts';
import type { ResourceInfo } from '../../registry/kind-table.ts';
import { RESOURCES } from '../../registry/resource-table.ts';
import { CONTENT_RESOURCE } from '../namespace-content/content-report.ts';

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

/** The served resources with their real rules, and the hidden one that stores keep for each other. */
export const TEST_RESOURCES: ReadonlyMap<GroupResource, ResourceInfo> = new Map([
  ...RESOURCES,
  [CONTENT_RESOURCE, namespaceContents],
]);
