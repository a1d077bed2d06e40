import type { PodFailure } from '../pod-failure.ts';
import { evictionFailure } from '../pod-failure.ts';
import type { DesiredPod } from '../pod.ts';
import type { PodConsumption } from './ranking.ts';
import { containerQuantity, rankForEviction } from './ranking.ts';
import type { MetThreshold, ReclaimedResource } from './signals.ts';
import { RESOURCE_OF } from './signals.ts';

export interface Eviction {
  readonly pod: DesiredPod;
  readonly failure: PodFailure;
}

/** The resource that is looked after first; undefined: nothing runs out. */
export function resourceToReclaim(met: readonly MetThreshold[]): ReclaimedResource | undefined {
  return met[0] === undefined ? undefined : RESOURCE_OF[met[0].signal];
}

/** The one pod that is to go; undefined: there is none that may. */
export function planEviction(
  met: readonly MetThreshold[],
  pods: readonly PodConsumption[],
): Eviction | undefined {
  const [threshold] = met;
  if (threshold === undefined) return undefined;
  const resource = RESOURCE_OF[threshold.signal];
  const [first] = rankForEviction(pods, resource);
  if (first === undefined) return undefined;
  const message = evictionMessage(threshold, resource, first);
  return { pod: first.pod, failure: evictionFailure(message, resource !== 'memory') };
}

/** Upstream's text, which ends in a space (pkg/kubelet/eviction, evictionMessage). */
function evictionMessage(
  { quantity, available }: MetThreshold,
  resource: ReclaimedResource,
  { pod, containers }: PodConsumption,
): string {
  const low = `The node was low on resource: ${resource}. `;
  const met = `Threshold quantity: ${binary(quantity)}, available: ${binary(available)}. `;
  const exceeding = containers.flatMap((used) => {
    const container = pod.spec.containers.find(({ name }) => name === used.name);
    if (container === undefined || resource === 'inodes') return [];
    const usage = resource === 'memory' ? used.memoryBytes : used.diskBytes;
    const request = containerQuantity(container, 'requests', resource);
    if (usage <= request) return [];
    const text = container.resources?.requests?.[resource] ?? '0';
    const using = `Container ${used.name} was using ${binary(usage)}, request is ${text}`;
    return [`${using}, has larger consumption of ${resource}. `];
  });
  return [low, met, ...exceeding].join('');
}

const UNITS = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi'];

/** As upstream prints a quantity of bytes: in the largest unit that leaves a whole number. */
export function binary(bytes: number): string {
  let value = Math.round(bytes);
  let unit = 0;
  while (value !== 0 && value % 1024 === 0 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value}${UNITS[unit] ?? ''}`;
}
