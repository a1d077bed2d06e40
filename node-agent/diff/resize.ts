import { parseQuantity } from '../../apimachinery/quantity.ts';
import type { ContainerStatus, LinuxResources } from '../runtime/container-runtime.ts';
import { computeLinuxResources } from './linux-resources.ts';
import type { ObservedPod } from './observed.ts';
import { isRunning, livesOf } from './observed.ts';
import type { ContainerSpec, DesiredPod } from './pod.ts';
import { isSidecar } from './pod.ts';

export type Amounts = Readonly<Record<string, string>>;
export interface ResourcePair {
  readonly requests?: Amounts;
  readonly limits?: Amounts;
}
/** What a node has given the containers of a pod, by their names. */
export type Allocation = Readonly<Record<string, ResourcePair>>;

export interface ComputeAmounts {
  readonly cpuMilli: number;
  readonly memoryBytes: number;
}

export type ResizeVerdict =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'accepted' }
  /** Not now (Deferred), or never on this node (Infeasible). */
  | {
      readonly kind: 'pending';
      readonly reason: 'Deferred' | 'Infeasible';
      readonly message: string;
    };

const longRunning = (pod: DesiredPod): ContainerSpec[] => [
  ...(pod.spec.initContainers ?? []),
  ...(pod.spec.containers ?? []),
];

export function allocationOf(pod: DesiredPod): Allocation {
  return Object.fromEntries(
    longRunning(pod).map(({ name, resources = {} }) => {
      const { limits, requests } = resources;
      return [
        name,
        {
          ...(requests === undefined ? {} : { requests }),
          ...(limits === undefined ? {} : { limits }),
        },
      ];
    }),
  );
}

/** The pod as it is to run: with what it was given, not with what it asks for. */
export function withAllocation(pod: DesiredPod, allocation: Allocation): DesiredPod {
  const { initContainers, containers } = pod.spec;
  const given = (container: ContainerSpec): ContainerSpec => {
    const pair = allocation[container.name];
    return pair === undefined
      ? container
      : { ...container, resources: { ...container.resources, ...pair } };
  };
  const spec = {
    ...pod.spec,
    ...(initContainers === undefined ? {} : { initContainers: initContainers.map(given) }),
    ...(containers === undefined ? {} : { containers: containers.map(given) }),
  };
  return { ...pod, spec };
}

/**
 * Whether a pod that runs may have what it now asks for; after pkg/kubelet/allocation.
 *
 * @param others what the node has given other pods; asked only where that matters
 */
export function judgeResize(
  pod: DesiredPod,
  allocation: Allocation,
  allocatable: Amounts,
  others: () => ComputeAmounts,
): ResizeVerdict {
  if (JSON.stringify(allocationOf(pod)) === JSON.stringify(allocation)) {
    return { kind: 'unchanged' };
  }
  const asked = podRequests(pod);
  const capacity = {
    cpuMilli: milli(allocatable['cpu']),
    memoryBytes: bytes(allocatable['memory']),
  };
  const given = podRequests(withAllocation(pod, allocation));
  for (const { name, of } of [
    { name: 'memory', of: ({ memoryBytes }: ComputeAmounts) => memoryBytes },
    { name: 'cpu', of: ({ cpuMilli }: ComputeAmounts) => cpuMilli },
  ]) {
    const requested = of(asked);
    if (requested <= of(capacity)) continue;
    const message = `Node didn't have enough capacity: ${name}, requested: ${requested}, capacity: ${of(capacity)}`;
    return { kind: 'pending', reason: 'Infeasible', message };
  }
  for (const { name, of } of [
    { name: 'cpu', of: ({ cpuMilli }: ComputeAmounts) => cpuMilli },
    { name: 'memory', of: ({ memoryBytes }: ComputeAmounts) => memoryBytes },
  ]) {
    const requested = of(asked);
    // What makes a pod smaller never fails.
    if (requested <= of(given)) continue;
    const used = of(others());
    if (requested + used <= of(capacity)) continue;
    const message = `Node didn't have enough resource: ${name}, requested: ${requested}, used: ${used}, capacity: ${of(capacity)}`;
    return { kind: 'pending', reason: 'Deferred', message };
  }
  return { kind: 'accepted' };
}

/** What a pod asks for while it runs: its containers and sidecars together. */
export function podRequests(pod: DesiredPod): ComputeAmounts {
  const counted = longRunning(pod).filter(
    (container) => isSidecar(container) || pod.spec.containers.includes(container),
  );
  const sum = { cpuMilli: 0, memoryBytes: 0 };
  for (const { resources } of counted) {
    const { limits, requests } = resources ?? {};
    sum.cpuMilli += milli(requests?.['cpu'] ?? limits?.['cpu']);
    sum.memoryBytes += bytes(requests?.['memory'] ?? limits?.['memory']);
  }
  return sum;
}

/** What has to change of a container that runs; undefined: nothing. */
export function neededResize(
  pod: DesiredPod,
  container: ContainerSpec,
  life: ContainerStatus,
): { readonly resources: LinuxResources; readonly restart: boolean } | undefined {
  const { resources: has } = life;
  if (has === undefined || !isRunning(life)) return undefined;
  // The score of the kernel's killer stays as it was: it cannot be changed from outside.
  const resources = computeLinuxResources(pod, container, 1);
  const cpuChanges = resources.cpuShares !== has.cpuShares || resources.cpuQuota !== has.cpuQuota;
  const memoryChanges = resources.memoryLimitBytes !== has.memoryLimitBytes;
  if (!cpuChanges && !memoryChanges) return undefined;
  const restarts = (resource: string): boolean =>
    container.resizePolicy?.some(
      ({ resourceName, restartPolicy }) =>
        resourceName === resource && restartPolicy === 'RestartContainer',
    ) === true;
  const restart = (cpuChanges && restarts('cpu')) || (memoryChanges && restarts('memory'));
  return { resources, restart };
}

/** Whether a container that runs does not have yet what it was given. */
export function isBeingResized(pod: DesiredPod, observed: ObservedPod): boolean {
  return longRunning(pod).some((container) => {
    const [last] = livesOf(observed, container.name);
    return last !== undefined && neededResize(pod, container, last) !== undefined;
  });
}

const milli = (quantity: string | undefined): number =>
  quantity === undefined ? 0 : Number(parseQuantity(quantity).toMilli());

const bytes = (quantity: string | undefined): number =>
  quantity === undefined ? 0 : Number(parseQuantity(quantity).toValue());
