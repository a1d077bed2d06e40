import type { NodeUsage } from '../../apimachinery/node-usage.ts';
import type { KnownPod, PodSync } from '../sync/pod-sync.ts';
import type { UsageSampler } from '../sync/usage-sampler.ts';

interface SummaryDeps {
  readonly nodeName: string;
  readonly pods: Pick<PodSync, 'all'>;
  readonly usage: UsageSampler;
}

/** `/stats/summary` of the kubelet's stats API, as far as the engine tells: CPU and memory. */
export async function statsSummary({ nodeName, pods, usage }: SummaryDeps): Promise<object> {
  return summaryOf(nodeName, await usage.sample(), pods.all());
}

export function summaryOf(nodeName: string, usage: NodeUsage, known: readonly KnownPod[]): object {
  const byUID = new Map(known.map((entry) => [entry.pod.metadata.uid, entry]));
  return {
    node: { nodeName, ...resources(usage.node.timestampMs, usage.node) },
    pods: usage.pods.map(({ namespace, name, uid, timestampMs, containers }) => {
      const status = byUID.get(uid)?.status;
      const startTimes = new Map(
        (status?.containerStatuses ?? []).map((c) => [c.name, c.state?.running?.startedAt]),
      );
      const sum = {
        cpuNanoCores: containers.reduce((total, { cpuNanoCores }) => total + cpuNanoCores, 0),
        memoryBytes: containers.reduce((total, { memoryBytes }) => total + memoryBytes, 0),
      };
      return {
        podRef: { name, namespace, uid },
        startTime: status?.startTime,
        containers: containers.map((container) => ({
          name: container.name,
          startTime: startTimes.get(container.name),
          ...resources(timestampMs, container),
        })),
        ...resources(timestampMs, sum),
      };
    }),
  };
}

function resources(
  timestampMs: number,
  { cpuNanoCores, memoryBytes }: { cpuNanoCores: number; memoryBytes: number },
): object {
  const time = new Date(timestampMs).toISOString();
  return {
    cpu: { time, usageNanoCores: cpuNanoCores },
    memory: { time, workingSetBytes: memoryBytes },
  };
}
