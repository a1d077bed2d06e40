import * as z from 'zod';

/** Pods that are told about one by one; of more only the number is told. */
export const MAX_TOLD_PODS = 500;
/** Longer than any status is. */
export const MAX_STATUS_BYTES = 1024 * 1024;
/** An agent that works writes its status this often, also when it stays the same. */
export const STATUS_PERIOD_MS = 5_000;

const time = z.iso.datetime();

const podSummarySchema = z.object({
  namespace: z.string(),
  name: z.string(),
  uid: z.string(),
  phase: z.string(),
  ready: z.boolean(),
  restarts: z.int(),
  /** Whether it is being deleted. */
  isEnding: z.boolean(),
  /** IDs of the containers that run. */
  containers: z.array(z.string()),
});
export type PodSummary = z.infer<typeof podSummarySchema>;

/**
 * How an agent is, as it writes it for whoever looks after its machine: `statusFile` of its
 * configuration. Holds nothing secret.
 */
export const agentStatusSchema = z.object({
  release: z.string(),
  pid: z.int(),
  startedAt: time,
  writtenAt: time,
  nodeName: z.string(),
  server: z.string(),
  link: z.object({
    up: z.boolean(),
    since: time,
    /** Why there is none, where that is known. */
    problem: z.string().optional(),
  }),
  isShuttingDown: z.boolean(),
  pods: z.object({
    total: z.int(),
    running: z.int(),
    /** Whether each was looked at since the agent was started. */
    areTakenUp: z.boolean(),
    list: z.array(podSummarySchema).max(MAX_TOLD_PODS),
  }),
});
export type AgentStatus = z.infer<typeof agentStatusSchema>;
