import type Docker from 'dockerode';
import type { ContainerStats } from '../container-runtime.ts';
import { interpretEngineError } from './engine-error.ts';

/** What is read of the engine's answer; all of it may be missing for a container that has ended. */
interface EngineStats {
  readonly read?: string;
  readonly cpu_stats?: { readonly cpu_usage?: { readonly total_usage?: number } };
  readonly memory_stats?: {
    readonly usage?: number;
    /** `inactive_file` with cgroup v2, `total_inactive_file` with v1. */
    readonly stats?: Readonly<Record<string, number>>;
  };
}

/** One look at a container's counters, without the second that the engine else waits between two. */
export async function readStats(engine: Docker, id: string): Promise<ContainerStats | undefined> {
  const options = { stream: false as const, 'one-shot': true };
  try {
    return interpretStats(await engine.getContainer(id).stats(options));
  } catch (error) {
    const failure = interpretEngineError(error);
    if (failure.code === 'NotFound') return undefined;
    throw failure;
  }
}

/** Undefined where the engine has no counters: the container does not run. */
export function interpretStats(stats: EngineStats): ContainerStats | undefined {
  const { memory_stats: memory = {}, cpu_stats: cpu } = stats;
  const timestampMs = Date.parse(stats.read ?? '');
  if (memory.usage === undefined || !(timestampMs > 0)) return undefined;
  const inactive = memory.stats?.['inactive_file'] ?? memory.stats?.['total_inactive_file'] ?? 0;
  return {
    timestampMs,
    usageCoreNanoSeconds: cpu?.cpu_usage?.total_usage ?? 0,
    workingSetBytes: Math.max(0, memory.usage - inactive),
  };
}
