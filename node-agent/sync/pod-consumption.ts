import type { PodConsumption } from '../diff/eviction/ranking.ts';
import type { DesiredPod } from '../diff/pod.ts';
import type { ContainerRuntime } from '../runtime/container-runtime.ts';
import type { EngineView } from './engine-view.ts';
import type { VolumeStore } from './volume-store.ts';

export interface MeasuredPod extends PodConsumption {
  /** Bytes of its volumes on disk, by their names. */
  readonly volumes: ReadonlyMap<string, number>;
}

/** How many containers are looked at at once. */
const CONCURRENT_READS = 8;

/** What pods use of memory, or of the disk; the other is 0. */
export async function measurePods(
  deps: {
    readonly runtime: Pick<ContainerRuntime, 'containerStats' | 'containerDiskUsage'>;
    readonly view: EngineView;
    readonly volumes: Pick<VolumeStore, 'usage'>;
  },
  pods: readonly DesiredPod[],
  what: 'memory' | 'disk',
): Promise<MeasuredPod[]> {
  const { runtime, view, volumes } = deps;
  const running = pods.map((pod) => ({
    pod,
    containers: view
      .pod(pod.metadata.uid)
      .containers.filter(({ state }) => state.kind === 'running'),
  }));
  const ids = running.flatMap(({ containers }) => containers.map(({ id }) => id));
  const memory = what === 'memory' ? await memoryOf(runtime, ids) : new Map<string, number>();
  const disk = what === 'disk' ? await runtime.containerDiskUsage() : new Map<string, number>();
  const measured: MeasuredPod[] = [];
  for (const { pod, containers } of running) {
    const used = what === 'disk' ? await volumes.usage(pod.metadata.uid) : new Map();
    const sizes = [...used.values()];
    measured.push({
      pod,
      containers: containers.map(({ id, name }) => ({
        name,
        memoryBytes: memory.get(id) ?? 0,
        diskBytes: disk.get(id) ?? 0,
      })),
      volumeBytes: sizes.reduce((total, { bytes }) => total + bytes, 0),
      volumeInodes: sizes.reduce((total, { inodes }) => total + inodes, 0),
      volumes: new Map([...used].map(([name, { bytes }]) => [name, bytes])),
    });
  }
  return measured;
}

async function memoryOf(
  runtime: Pick<ContainerRuntime, 'containerStats'>,
  ids: readonly string[],
): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  const queue = ids.values();
  const readNext = async (): Promise<void> => {
    for (const id of queue) {
      const stats = await runtime.containerStats(id);
      if (stats !== undefined) found.set(id, stats.workingSetBytes);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT_READS }, readNext));
  return found;
}
