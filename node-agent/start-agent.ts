import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Logger } from 'pino';
import * as z from 'zod';
import { runAgent } from './agent.ts';
import type { Agent } from './agent.ts';
import type { AgentConfig } from './agent-config.ts';
import { systemClock } from './clock.ts';
import { DEFAULT_IMAGE_GARBAGE_POLICY } from './diff/image-garbage.ts';
import { DockerRuntime } from './runtime/docker/docker-runtime.ts';
import { writeFileAtomically } from './state/atomic-file.ts';
import { DiskStateStore } from './state/disk-state-store.ts';
import { openPulledImages } from './state/pulled-images.ts';
import { openSealedBox } from './state/sealed-box.ts';
import { DiskVolumes } from './sync/disk-volumes.ts';
import { runHook } from './sync/lifecycle-hook.ts';
import { readMachineFacts } from './sync/machine-facts.ts';
import { newMachineFiles } from './sync/machine-files.ts';
import { observeMachine, readDisk } from './sync/machine-observations.ts';
import { readMachineUsage } from './sync/machine-usage.ts';
import { runProbe } from './sync/probe.ts';
import type { Endpoint } from './transport/endpoint.ts';
import { enrolNode, EnrolmentRefused } from './transport/enrol.ts';
import { openNodeKey } from './transport/node-key.ts';
import type { NodeKey } from './transport/node-key.ts';
import { reconnectDelayMs } from './transport/reconnect-delay.ts';

/** What kubelet shows of its machine. */
const SYSTEM_LOGS = '/var/log';

/** What the control plane said of this node when it was enrolled. */
const enrolmentSchema = z.object({
  nodeName: z.string(),
  cluster: z.string(),
  certificate: z.string(),
});
type Enrolment = z.infer<typeof enrolmentSchema>;

/**
 * Starts the agent of a real node on a Docker engine. A node that is not enrolled yet is enrolled
 * first, for which there must be a control plane; from then on the agent starts without one.
 */
export async function startAgent(config: AgentConfig, logger: Logger): Promise<Agent> {
  await mkdir(config.stateDir, { recursive: true, mode: 0o700 });
  await mkdir(config.runDir, { recursive: true, mode: 0o700 });
  const staticPodPath = config.staticPodPath ?? join(config.stateDir, 'static-pods');
  await mkdir(staticPodPath, { recursive: true, mode: 0o700 });
  const endpoint: Endpoint = {
    server: config.server,
    ...(config.caFile === undefined ? {} : { ca: await readFile(config.caFile, 'utf8') }),
  };
  const key = await openNodeKey(join(config.stateDir, 'node-key.pem'));
  const enrolment = await loadOrEnrol(config, endpoint, key, logger);
  const { nodeName, cluster, certificate } = enrolment;
  const box = await openSealedBox(join(config.stateDir, 'state-key'));
  return runAgent({
    endpoint,
    nodeName,
    cluster,
    certificate,
    key,
    logger,
    runProbe,
    runHook,
    runtime: new DockerRuntime({
      node: { cluster, node: nodeName, agent: agentID(config.stateDir) },
      clock: systemClock,
      ...(config.dockerSocket === undefined ? {} : { socketPath: config.dockerSocket }),
    }),
    state: new DiskStateStore(join(config.stateDir, 'state'), box, logger),
    volumes: new DiskVolumes(config.stateDir, config.runDir),
    machine: {
      ...(await readMachineFacts(config.stateDir, config.nodeIP)),
      hostname: nodeName,
    },
    machineFiles: newMachineFiles(join(config.stateDir, 'seccomp')),
    machineUsage: readMachineUsage,
    systemLogs: SYSTEM_LOGS,
    limits: {
      pulledImages: await openPulledImages(join(config.stateDir, 'pulled-images.json')),
      imagePolicy: {
        ...DEFAULT_IMAGE_GARBAGE_POLICY,
        highThresholdPercent: config.imageGCHighThresholdPercent,
        lowThresholdPercent: config.imageGCLowThresholdPercent,
      },
      imageDisk: readDisk,
      thresholds: config.evictionHard,
      observe: (imageDirectory) => observeMachine(config.stateDir, imageDirectory),
    },
    labels: config.labels,
    staticPodPath,
    clock: systemClock,
    random: Math.random,
  });
}

/** The same for the same folder, also when what was in it is lost. */
function agentID(stateDir: string): string {
  return createHash('sha256').update(resolve(stateDir)).digest('hex').slice(0, 16);
}

async function loadOrEnrol(
  config: AgentConfig,
  endpoint: Endpoint,
  key: NodeKey,
  logger: Logger,
): Promise<Enrolment> {
  const path = join(config.stateDir, 'enrolment.json');
  try {
    return enrolmentSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const { enrolmentToken, nodeName } = config;
  if (enrolmentToken === undefined) {
    throw new Error('this node is not enrolled and there is no enrolment token');
  }
  const request = { nodeName, publicKey: key.publicJWK };
  for (let failures = 0; ; failures++) {
    try {
      const answer = await enrolNode(endpoint, enrolmentToken, request);
      await writeFileAtomically(path, JSON.stringify(answer));
      logger.info({ nodeName: answer.nodeName, cluster: answer.cluster }, 'enrolled');
      return answer;
    } catch (error) {
      if (error instanceof EnrolmentRefused) throw error;
      logger.warn({ err: error }, 'enrolment failed; trying again');
      const delayMs = 500 + reconnectDelayMs(failures, Math.random());
      // A timer that keeps the process alive: there is nothing else yet that does.
      await new Promise((resolve) => setTimeout(resolve, delayMs));
    }
  }
}
