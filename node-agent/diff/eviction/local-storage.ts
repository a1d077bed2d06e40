import { parseQuantity } from '../../../apimachinery/quantity.ts';
import type { DesiredPod } from '../pod.ts';
import type { PodFailure } from '../pod-failure.ts';
import { evictionFailure } from '../pod-failure.ts';
import type { PodConsumption } from './ranking.ts';
import { containerQuantity } from './ranking.ts';

const STORAGE = 'ephemeral-storage';

/** Names of the volumes of a pod that must be measured, because their size is limited. */
export function limitedVolumes({ spec }: DesiredPod): string[] {
  return (spec.volumes ?? []).flatMap(({ name, emptyDir }) =>
    emptyDir?.sizeLimit !== undefined && emptyDir.medium !== 'Memory' ? [name] : [],
  );
}

/** Whether what a pod has written must be measured even while there is room for all. */
export function hasStorageLimits(pod: DesiredPod): boolean {
  const limited = pod.spec.containers.some(
    (container) => containerQuantity(container, 'limits', STORAGE) > 0,
  );
  return limited || limitedVolumes(pod).length > 0;
}

/**
 * Why a pod has to go that has written more than it may; undefined: it has not
 * (pkg/kubelet/eviction, localStorageEviction).
 * @param volumeBytes of its volumes on disk, by their names
 */
export function storageViolation(
  consumption: PodConsumption,
  volumeBytes: ReadonlyMap<string, number>,
): PodFailure | undefined {
  const message =
    volumeViolation(consumption.pod, volumeBytes) ??
    podViolation(consumption) ??
    containerViolation(consumption);
  return message === undefined ? undefined : evictionFailure(message, true);
}

function volumeViolation(
  { spec }: DesiredPod,
  volumeBytes: ReadonlyMap<string, number>,
): string | undefined {
  for (const { name, emptyDir } of spec.volumes ?? []) {
    const limit = emptyDir?.sizeLimit;
    if (limit === undefined || emptyDir?.medium === 'Memory') continue;
    const bytes = Number(parseQuantity(limit).toValue());
    if (bytes > 0 && (volumeBytes.get(name) ?? 0) > bytes) {
      return `Usage of EmptyDir volume "${name}" exceeds the limit "${limit}". `;
    }
  }
  return undefined;
}

/** Counts for a pod all of whose containers have a limit. */
function podViolation({ pod, containers, volumeBytes }: PodConsumption): string | undefined {
  const limits = pod.spec.containers.map((one) => containerQuantity(one, 'limits', STORAGE));
  if (limits.includes(0)) return undefined;
  const limit = limits.reduce((total, one) => total + one, 0);
  const used = containers.reduce((total, { diskBytes }) => total + diskBytes, volumeBytes);
  if (used <= limit) return undefined;
  const text = pod.spec.containers.length === 1 ? limitText(pod, 0) : String(limit);
  return `Pod ephemeral local storage usage exceeds the total limit of containers ${text}. `;
}

function containerViolation({ pod, containers }: PodConsumption): string | undefined {
  for (const [index, container] of pod.spec.containers.entries()) {
    const limit = containerQuantity(container, 'limits', STORAGE);
    const used = containers.find(({ name }) => name === container.name)?.diskBytes ?? 0;
    if (limit > 0 && used > limit) {
      const exceeded = `Container ${container.name} exceeded its local ephemeral storage limit`;
      return `${exceeded} "${limitText(pod, index)}". `;
    }
  }
  return undefined;
}

const limitText = ({ spec }: DesiredPod, index: number): string =>
  spec.containers[index]?.resources?.limits?.[STORAGE] ?? '0';
