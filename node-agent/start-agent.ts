import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { agentID } from './agent-id.ts';
import { runAgent } from './agent.ts';
import type { Agent } from './agent.ts';
import type { AgentConfig } from './agent-config.ts';
import { systemClock } from './clock.ts';
import { DEFAULT_IMAGE_GARBAGE_POLICY } from './diff/image-garbage.ts';
import { shutdownPeriods } from './diff/shutdown/shutdown-periods.ts';
import { DockerRuntime } from './runtime/docker/docker-runtime.ts';
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
import { EnrolmentRefused } from './transport/enrol.ts';
import { enrol, loadEnrolment, nodeKeyIn } from './transport/enrolment.ts';
import type { Enrolment } from './transport/enrolment.ts';
import { reconnectDelayMs } from './transport/reconnect-delay.ts';
import { AGENT_VERSION } from './version.ts';

/** What kubelet shows of its machine. */
const SYSTEM_LOGS = '/var/log';

/**
 * Starts the agent of a real node on a Docker engine. A node that is not enrolled yet is enrolled
 * first, for which there must be a control plane; from then on the agent starts without one.
 *
 * @param release what its status says that it is of
 */
export async function startAgent(
  config: AgentConfig,
  logger: Logger,
  release = AGENT_VERSION,
): Promise<Agent> {
  await mkdir(config.stateDir, { recursive: true, mode: 0o700 });
  await mkdir(config.runDir, { recursive: true, mode: 0o700 });
  const staticPodPath = config.staticPodPath ?? join(config.stateDir, 'static-pods');
  await mkdir(staticPodPath, { recursive: true, mode: 0o700 });
  const endpoint: Endpoint = {
    server: config.server,
    ...(config.caFile === undefined ? {} : { ca: await readFile(config.caFile, 'utf8') }),
  };
  const key = await nodeKeyIn(config.stateDir);
  const enrolment = await loadOrEnrol(config, endpoint, logger);
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
      reservations: [config.systemReserved, config.kubeReserved],
      observe: (imageDirectory) => observeMachine(config.stateDir, imageDirectory),
    },
    labels: config.labels,
    shutdownPeriods: shutdownPeriods(config),
    ...(config.metricsPort === undefined ? {} : { metricsPort: config.metricsPort }),
    ...(config.statusFile === undefined
      ? {}
      : { statusFile: { path: config.statusFile, release } }),
    staticPodPath,
    clock: systemClock,
    random: Math.random,
  });
}

async function loadOrEnrol(
  config: AgentConfig,
  endpoint: Endpoint,
  logger: Logger,
): Promise<Enrolment> {
  const known = await loadEnrolment(config.stateDir);
  if (known !== undefined) return known;
  const { enrolmentToken: token, nodeName, stateDir } = config;
  if (token === undefined) {
    throw new Error('this node is not enrolled and there is no enrolment token');
  }
  for (let failures = 0; ; failures++) {
    try {
      const answer = await enrol(stateDir, endpoint, { nodeName, token });
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
