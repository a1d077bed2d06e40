import { parseQuantity } from '../../../apimachinery/quantity.ts';
import type { DesiredPod } from '../pod.ts';
import { isSidecar } from '../pod.ts';
import { isStatic } from '../static-pod.ts';
import type { ReclaimedResource } from './signals.ts';

/** From this priority on a pod is critical, and never evicted (SystemCriticalPriority). */
export const CRITICAL_PRIORITY = 2_000_000_000;

export interface ContainerConsumption {
  readonly name: string;
  readonly memoryBytes: number;
  /** What it has written, its log included. */
  readonly diskBytes: number;
}

export interface PodConsumption {
  readonly pod: DesiredPod;
  readonly containers: readonly ContainerConsumption[];
  /** Of its volumes on disk. */
  readonly volumeBytes: number;
  readonly volumeInodes: number;
}

/** Nobody would start a static pod anew. */
export function isCritical(pod: DesiredPod): boolean {
  return isStatic(pod) || (pod.spec.priority ?? 0) >= CRITICAL_PRIORITY;
}

/**
 * Pods in the order in which they are to go: those that use more than they asked for, then those of
 * lower priority, then those that are furthest above what they asked for (pkg/kubelet/eviction,
 * rankMemoryPressure, rankDiskPressureFunc). Critical pods are left out.
 */
export function rankForEviction(
  pods: readonly PodConsumption[],
  resource: ReclaimedResource,
): PodConsumption[] {
  const ranked = pods
    .filter(({ pod }) => !isCritical(pod))
    .map((consumption) => {
      const above = usageOf(consumption, resource) - podRequest(consumption.pod, resource);
      return { consumption, above, priority: consumption.pod.spec.priority ?? 0 };
    });
  ranked.sort(
    (a, b) =>
      Number(b.above > 0) - Number(a.above > 0) || a.priority - b.priority || b.above - a.above,
  );
  return ranked.map(({ consumption }) => consumption);
}

function usageOf(consumption: PodConsumption, resource: ReclaimedResource): number {
  const { containers, volumeBytes, volumeInodes } = consumption;
  if (resource === 'inodes') return volumeInodes;
  if (resource === 'memory') return sum(containers.map(({ memoryBytes }) => memoryBytes));
  return sum(containers.map(({ diskBytes }) => diskBytes)) + volumeBytes;
}

/** What a container asked for; 0 where it did not ask. */
export function containerQuantity(
  container: { readonly resources?: { readonly requests?: object; readonly limits?: object } },
  field: 'requests' | 'limits',
  resource: ReclaimedResource,
): number {
  const quantities = container.resources?.[field] as Record<string, string> | undefined;
  const text = quantities?.[resource];
  return text === undefined ? 0 : Number(parseQuantity(text).toValue());
}

/** What a pod asked for as a whole: its containers together, or the largest init container. */
function podRequest({ spec }: DesiredPod, resource: ReclaimedResource): number {
  const of = (container: Parameters<typeof containerQuantity>[0]): number =>
    containerQuantity(container, 'requests', resource);
  const inits = spec.initContainers ?? [];
  const running = sum([...spec.containers, ...inits.filter(isSidecar)].map(of));
  const asked = Math.max(running, ...inits.filter((init) => !isSidecar(init)).map(of));
  const overhead = spec.overhead?.[resource];
  return asked + (overhead === undefined ? 0 : Number(parseQuantity(overhead).toValue()));
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
