import { pino } from 'pino';
import type { Logger } from 'pino';
import { runAgent } from './agent.ts';
import type { Agent } from './agent.ts';
import { DEFAULT_IMAGE_GARBAGE_POLICY } from './diff/image-garbage.ts';
import { memoryPulledImages } from './state/pulled-images.ts';
import { systemClock } from './clock.ts';
import type { MachineLimits } from './machine-care.ts';
import { SimulatedRuntime } from './runtime/simulated/simulated-runtime.ts';
import { memoryStateStore } from './state/state-store.ts';
import { simulatedHook } from './sync/lifecycle-hook.ts';
import { simulatedTokens } from './sync/pod-tokens.ts';
import { simulatedProbe } from './sync/probe.ts';
import { noMachineFiles } from './sync/machine-files.ts';
import { simulatedVolumes } from './sync/volume-store.ts';
import type { Endpoint } from './transport/endpoint.ts';
import { enrolNode } from './transport/enrol.ts';
import { generateNodeKey } from './transport/node-key.ts';

/** Of a machine that never runs out of anything. */
export const simulatedLimits = (): MachineLimits => ({
  pulledImages: memoryPulledImages(),
  imagePolicy: DEFAULT_IMAGE_GARBAGE_POLICY,
  imageDisk: async () => undefined,
  thresholds: {},
  reservations: [],
  observe: async () => ({}),
});

export interface SimulatedNodesOptions extends Endpoint {
  readonly count: number;
  /** Node `i` is called `<prefix><i>`; the default is `simulated-`. */
  readonly namePrefix?: string;
  /** A token that may enrol the node of this name. */
  readonly enrolmentToken: (nodeName: string) => string | Promise<string>;
  readonly cpuCount?: number;
  readonly memoryBytes?: number;
  readonly startDelayMs?: number;
  readonly labels?: (index: number) => Readonly<Record<string, string>>;
  readonly logger?: Logger;
}

export interface SimulatedNodes {
  readonly agents: readonly Agent[];
  stop(): Promise<void>;
}

/** Nodes that enrol and connect at the same time. */
const STARTING_AT_ONCE = 32;
const DISK_BYTES = 100 * 2 ** 30;
/** What a simulated machine is said to use: a tenth of a core, and some memory. */
const CPU_SHARE = 0.1;
const WORKING_SET_BYTES = 2 ** 30;

/** Starts whole agents on engines that only remember, all in this process and in memory. */
export async function startSimulatedNodes(options: SimulatedNodesOptions): Promise<SimulatedNodes> {
  const agents: Agent[] = [];
  const indexes = Array.from({ length: options.count }, (_, index) => index).values();
  const startNext = async (): Promise<void> => {
    for (const index of indexes) agents.push(await startSimulatedNode(options, index));
  };
  await Promise.all(Array.from({ length: STARTING_AT_ONCE }, startNext));
  return {
    agents,
    async stop() {
      await Promise.all(agents.map((agent) => agent.stop()));
    },
  };
}

async function startSimulatedNode(options: SimulatedNodesOptions, index: number): Promise<Agent> {
  const { cpuCount, memoryBytes, startDelayMs, ca, server } = options;
  const nodeName = `${options.namePrefix ?? 'simulated-'}${index}`;
  const endpoint: Endpoint = { server, ...(ca === undefined ? {} : { ca }) };
  const key = generateNodeKey();
  const { cluster, certificate } = await enrolNode(
    endpoint,
    await options.enrolmentToken(nodeName),
    {
      nodeName,
      publicKey: key.publicJWK,
    },
  );
  return runAgent({
    endpoint,
    nodeName,
    cluster,
    certificate,
    key,
    clock: systemClock,
    random: Math.random,
    runtime: new SimulatedRuntime({
      clock: systemClock,
      podNetwork: `10.${index % 256}`,
      ...(cpuCount === undefined ? {} : { cpuCount }),
      ...(memoryBytes === undefined ? {} : { memoryBytes }),
      ...(startDelayMs === undefined ? {} : { startDelayMs }),
    }),
    state: memoryStateStore(),
    volumes: simulatedVolumes,
    tokens: simulatedTokens,
    runProbe: simulatedProbe,
    runHook: simulatedHook,
    machine: {
      internalIP: `172.16.${(index >> 8) & 255}.${index & 255}`,
      hostname: nodeName,
      machineID: nodeName,
      systemUUID: nodeName,
      bootID: nodeName,
      diskBytes: DISK_BYTES,
    },
    machineFiles: noMachineFiles,
    machineUsage: async () => ({
      usageCoreNanoSeconds: Math.round(systemClock.now() * 1e6 * CPU_SHARE),
      workingSetBytes: WORKING_SET_BYTES,
    }),
    limits: simulatedLimits(),
    labels: options.labels?.(index) ?? {},
    logger: options.logger ?? pino({ level: 'silent' }),
  });
}
