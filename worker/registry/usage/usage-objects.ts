import { formatDuration } from '../../../apimachinery/duration.ts';
import { formatTime, type KubernetesObject } from '../../../apimachinery/meta.ts';
import type { NodeUsage, PodUsage } from '../../../apimachinery/node-usage.ts';
import { Quantity } from '../../../apimachinery/quantity.ts';

const API_VERSION = 'metrics.k8s.io/v1beta1';
const NANO = 1_000_000_000n;
const NANOSECONDS_PER_MS = 1_000_000n;

interface Amounts {
  readonly cpuNanoCores: number;
  readonly memoryBytes: number;
}

/** The PodMetrics of a pod, which carry the pod's labels. */
export function podMetrics(
  { metadata: { name = '', namespace = '', labels } }: KubernetesObject,
  usage: PodUsage,
  now: number,
): KubernetesObject {
  return {
    kind: 'PodMetrics',
    apiVersion: API_VERSION,
    metadata: { name, namespace, creationTimestamp: formatTime(now), ...withLabels(labels) },
    ...period(usage),
    containers: usage.containers.map(({ name: container, ...amounts }) => ({
      name: container,
      usage: resourceList(amounts),
    })),
  };
}

/** The NodeMetrics of a Node. */
export function nodeMetrics(
  { metadata: { name = '', labels } }: KubernetesObject,
  { node }: NodeUsage,
  now: number,
): KubernetesObject {
  return {
    kind: 'NodeMetrics',
    apiVersion: API_VERSION,
    metadata: { name, creationTimestamp: formatTime(now), ...withLabels(labels) },
    ...period(node),
    usage: resourceList(node),
  };
}

const withLabels = (labels: Record<string, string> | undefined) =>
  labels === undefined ? {} : { labels };

const period = ({ timestampMs, windowMs }: { timestampMs: number; windowMs: number }) => ({
  timestamp: formatTime(timestampMs),
  window: formatDuration(BigInt(windowMs) * NANOSECONDS_PER_MS),
});

const resourceList = ({ cpuNanoCores, memoryBytes }: Amounts): Record<string, string> => ({
  cpu: new Quantity(BigInt(cpuNanoCores), 'DecimalSI').toCanonical(),
  memory: new Quantity(BigInt(memoryBytes) * NANO, 'BinarySI').toCanonical(),
});
