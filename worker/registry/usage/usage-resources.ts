import type { ResourceInfo } from '../kind-table.ts';
import { nodeMetricsPrinter, podMetricsPrinter } from './usage-printers.ts';

export const METRICS_GROUP = 'metrics.k8s.io';
const VERSION = 'v1beta1';

/** What is used, as metrics-server serves it: worked out when it is asked for, and stored nowhere. */
const usageResource = (
  fields: Pick<ResourceInfo, 'kind' | 'resource' | 'namespaced'> & Pick<ResourceInfo, 'printer'>,
): ResourceInfo => ({
  group: METRICS_GROUP,
  version: VERSION,
  storage: '',
  singular: '',
  shortNames: [],
  categories: [],
  verbs: ['get', 'list'],
  subresources: [],
  schema: '',
  strategy: {},
  isComputed: true,
  ...fields,
});

/** The resources of `metrics.k8s.io`. */
export const USAGE_ENDPOINTS: readonly ResourceInfo[] = [
  usageResource({
    kind: 'NodeMetrics',
    resource: 'nodes',
    namespaced: false,
    printer: nodeMetricsPrinter,
  }),
  usageResource({
    kind: 'PodMetrics',
    resource: 'pods',
    namespaced: true,
    printer: podMetricsPrinter,
  }),
];

export const findUsageResource = (
  group: string,
  version: string,
  resource: string,
): ResourceInfo | undefined =>
  USAGE_ENDPOINTS.find(
    (info) => info.group === group && info.version === version && info.resource === resource,
  );
