import type { NodeUsage } from '../../../apimachinery/node-usage.ts';
import type { Env } from '../../durable/env.ts';

/** Nodes asked at a time: each may have to be woken, and its agent may take seconds. */
const NODES_AT_A_TIME = 50;

/** What nodes use, by name. Those that do not answer are not there. */
export async function sampleNodes(
  env: Env,
  cluster: string,
  names: readonly string[],
): Promise<Map<string, NodeUsage>> {
  const usages = new Map<string, NodeUsage>();
  const queue = names.values();
  const askNext = async (): Promise<void> => {
    for (const name of queue) {
      const usage = await env.NODE.getByName(`${cluster}/nodes/${name}`)
        .sampleUsage()
        // A node that cannot be asked is one without metrics, like one that is cut off.
        .catch(() => null);
      if (usage !== null) usages.set(name, usage);
    }
  };
  await Promise.all(Array.from({ length: NODES_AT_A_TIME }, askNext));
  return usages;
}
