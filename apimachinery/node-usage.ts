import * as z from 'zod';

/**
 * What a node and its pods use, as an agent answers it (`sampleUsage` of the agent's protocol).
 * CPU is a rate over the window that ends at the timestamp; memory is the working set at its end.
 */
const amounts = {
  /** Billionths of a core. */
  cpuNanoCores: z.int().min(0),
  memoryBytes: z.int().min(0),
};

const period = {
  /** By the node's clock, milliseconds since the epoch. */
  timestampMs: z.int().min(0),
  windowMs: z.int().min(1),
};

export const podUsageSchema = z.object({
  namespace: z.string(),
  name: z.string(),
  uid: z.string(),
  ...period,
  /** Every container that runs; a pod with one that cannot be told about yet is left out whole. */
  containers: z.array(z.object({ name: z.string(), ...amounts })).max(1000),
});
export type PodUsage = z.infer<typeof podUsageSchema>;

export const nodeUsageSchema = z.object({
  /** The machine as a whole. */
  node: z.object({ ...period, ...amounts }),
  pods: z.array(podUsageSchema).max(5000),
});
export type NodeUsage = z.infer<typeof nodeUsageSchema>;

/** What an agent says in its greeting when it knows `sampleUsage`. */
export const USAGE_FEATURE = 'usage';
