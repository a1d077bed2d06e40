import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { RESERVABLE } from './diff/allocatable.ts';
import { DEFAULT_THRESHOLDS, SIGNALS, thresholdQuantity } from './diff/eviction/signals.ts';
import { DEFAULT_IMAGE_GARBAGE_POLICY } from './diff/image-garbage.ts';
import { shutdownProblem } from './diff/shutdown/shutdown-periods.ts';

const percent = z.int().min(0).max(100);
const shutdownPeriod = z.strictObject({
  priority: z.int(),
  shutdownGracePeriodSeconds: z.int().min(0).max(86_400),
});
const quantity = z.string().refine(isQuantity, 'must be a quantity');
const reservation = z.partialRecord(z.enum(RESERVABLE), quantity).default({});
const threshold = z.string().refine(isThreshold, 'must be a quantity or a percentage');

function isQuantity(text: string): boolean {
  return !/^-|%$/.test(text) && isThreshold(text);
}

function isThreshold(text: string): boolean {
  try {
    thresholdQuantity(text, 1);
    return true;
  } catch {
    // Neither of the two.
    return false;
  }
}

const fieldsSchema = z.strictObject({
  /** As in a kubeconfig, with the cluster's path prefix where it has one. */
  server: z.url({ protocol: /^https?$/ }),
  /** File of PEM certificates to trust for the server; absent: the system's. */
  caFile: z.string().optional(),
  nodeName: z.string().min(1).max(253),
  /** Where what outlives a reboot is kept. */
  stateDir: z.string().min(1),
  /** Where what must not outlive a reboot is kept; best on a tmpfs. */
  runDir: z.string().min(1),
  /** One-time token, needed until the node is enrolled. */
  enrolmentToken: z.string().min(1).optional(),
  /** Address to report, where the first outward one is not right. */
  nodeIP: z.string().optional(),
  /** Folder with manifests of static pods; absent: `static-pods` in the state directory. */
  staticPodPath: z.string().optional(),
  labels: z.record(z.string(), z.string()).default({}),
  /** What may not run out, as kubelet's setting of this name; what is left out is not looked after. */
  evictionHard: z.partialRecord(z.enum(SIGNALS), threshold).default(DEFAULT_THRESHOLDS),
  /** What pods are not given, as kubelet's settings of these names: for the system, and for the agent. */
  systemReserved: reservation,
  kubeReserved: reservation,
  /** Images are removed from so much of their disk in use on, as long as it is more than the second. */
  imageGCHighThresholdPercent: percent.default(DEFAULT_IMAGE_GARBAGE_POLICY.highThresholdPercent),
  imageGCLowThresholdPercent: percent.default(DEFAULT_IMAGE_GARBAGE_POLICY.lowThresholdPercent),
  /** Absent: DOCKER_HOST, or the engine's usual socket. */
  dockerSocket: z.string().optional(),
  /**
   * How long pods have to end when the machine goes down, as kubelet's settings of these names: of the
   * first, critical pods have the second for themselves; or each priority has its own. Off by default.
   */
  shutdownGracePeriod: z.string().default('0s'),
  shutdownGracePeriodCriticalPods: z.string().default('0s'),
  shutdownGracePeriodByPodPriority: z.array(shutdownPeriod).max(100).default([]),
  /** Port of the loopback interface for health and Prometheus metrics; absent: they are not served there. */
  metricsPort: z.int().min(1).max(65_535).optional(),
  /** Where the agent says how it is; absent: nowhere. */
  statusFile: z.string().optional(),
  logLevel: z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('info'),
});

/** The file that `main.ts --config` reads. */
export const agentConfigSchema = fieldsSchema.superRefine((config, context) => {
  const message = shutdownProblem(config);
  if (message !== undefined) {
    context.addIssue({ code: 'custom', path: ['shutdownGracePeriod'], message });
  }
});
export type AgentConfig = z.infer<typeof agentConfigSchema>;

/** Throws an Error that names the first field that is wrong. */
export async function readAgentConfig(path: string): Promise<AgentConfig> {
  return parseAgentConfig(JSON.parse(await readFile(path, 'utf8')), path);
}

/** @param path what an Error calls it */
export function parseAgentConfig(value: unknown, path: string): AgentConfig {
  const result = agentConfigSchema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new Error(`${path}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`);
}
