import type { NodeUsage, PodUsage } from '../../apimachinery/node-usage.ts';
import type { ContainerStats, PodIdentity } from '../runtime/container-runtime.ts';

/** Counters of the machine as a whole. */
export interface MachineUsage {
  /** CPU time of all cores together that was not idle. */
  readonly usageCoreNanoSeconds: number;
  readonly workingSetBytes: number;
}

export interface ContainerReading extends ContainerStats {
  readonly id: string;
  readonly pod: PodIdentity;
  readonly name: string;
  readonly startedAtMs: number;
}

/** Everything that is counted, at about one moment. */
export interface UsageReading {
  readonly atMs: number;
  readonly machine: MachineUsage;
  /** Of every container that runs, by its ID; undefined where the engine could not tell. */
  readonly containers: ReadonlyMap<string, ContainerReading | undefined>;
  /** Which pod has which containers. */
  readonly pods: readonly { readonly pod: PodIdentity; readonly containers: readonly string[] }[];
}

/** A rate over less says nothing. */
const MIN_WINDOW_MS = 1_000;

/**
 * Rates between two readings. A container that was started after the first is measured from its
 * start, as metrics-server does; a pod with a container that cannot be measured yet is left out.
 */
export function computeUsage(before: UsageReading, after: UsageReading): NodeUsage {
  const windowMs = Math.max(1, after.atMs - before.atMs);
  return {
    node: {
      timestampMs: after.atMs,
      windowMs,
      cpuNanoCores: rate(
        after.machine.usageCoreNanoSeconds - before.machine.usageCoreNanoSeconds,
        windowMs,
      ),
      memoryBytes: after.machine.workingSetBytes,
    },
    pods: after.pods.flatMap(({ pod, containers }) => {
      const usage = podUsage(pod, containers, before, after);
      return usage === null ? [] : [usage];
    }),
  };
}

function podUsage(
  { namespace, name, uid }: PodIdentity,
  ids: readonly string[],
  before: UsageReading,
  after: UsageReading,
): PodUsage | null {
  const measured = ids.map((id) =>
    containerUsage(before.containers.get(id), after.containers.get(id)),
  );
  if (measured.length === 0 || measured.includes(null)) return null;
  const all = measured.filter((usage) => usage !== null);
  return {
    namespace,
    name,
    uid,
    timestampMs: Math.min(...all.map(({ timestampMs }) => timestampMs)),
    windowMs: Math.max(...all.map((usage) => usage.windowMs)),
    containers: all.map(({ name: container, cpuNanoCores, memoryBytes }) => ({
      name: container,
      cpuNanoCores,
      memoryBytes,
    })),
  };
}

function containerUsage(before: ContainerReading | undefined, after: ContainerReading | undefined) {
  if (after === undefined) return null;
  const { name, timestampMs, startedAtMs, usageCoreNanoSeconds, workingSetBytes } = after;
  const from = before ?? { timestampMs: startedAtMs, usageCoreNanoSeconds: 0 };
  const windowMs = Math.round(timestampMs - from.timestampMs);
  if (windowMs < MIN_WINDOW_MS) return null;
  const cpuNanoCores = rate(usageCoreNanoSeconds - from.usageCoreNanoSeconds, windowMs);
  return {
    name,
    timestampMs: Math.round(timestampMs),
    windowMs,
    cpuNanoCores,
    memoryBytes: workingSetBytes,
  };
}

/** Counters that went back (an engine that was replaced) count as still. */
const rate = (nanoSeconds: number, windowMs: number): number =>
  Math.max(0, Math.round((nanoSeconds * 1000) / windowMs));
