import { join } from 'node:path';
import { mkdir } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { parseAgentConfig } from '../../node-agent/agent-config.ts';
import type { Enrolment } from '../../node-agent/transport/enrolment.ts';
import { writeAtomically } from '../data-dir.ts';
import { ensureEngine } from '../engine.ts';
import { newNodeConfig, nodeConfigPath, statusFileOf, writeNodeConfig } from '../node-config.ts';
import type { NodeConfig, NodeOptions } from '../node-config.ts';
import { installationAt, logCommand, unitPath } from '../node-service/installation.ts';
import type { Installation } from '../node-service/installation.ts';
import { withLock } from '../node-service/lock.ts';
import { ensureEnrolled, isNodeReady } from '../node-service/node-account.ts';
import { findUnit, foreignUnit, requireRoot } from '../node-service/node-service.ts';
import { ownRelease } from '../node-service/own-release.ts';
import { ReleaseStore } from '../node-service/release-store.ts';
import { placeOfEngine, renderUnit } from '../node-service/render-unit.ts';
import { ServiceManager } from '../node-service/service-manager.ts';
import { waitUntilWell } from '../node-service/wait-until-well.ts';
import { Progress } from '../progress.ts';

export interface InstallOptions extends NodeOptions, Installation {
  readonly installEngine: boolean;
  /** Another bundle of the agent than this fairlead's own. */
  readonly agent?: string;
  readonly shutdownGracePeriod?: string;
  readonly shutdownGracePeriodCriticalPods?: string;
  readonly timeoutSeconds: number;
}

const POLL_MS = 250;
const LOG_LINES = 10;

/**
 * Enrols this machine, and makes its agent a service that starts with it. Returns the exit code: 0 once
 * the node is ready. May be run again where it did not come to its end.
 * @throws Error that says what to do next
 */
export async function installNode(options: InstallOptions): Promise<number> {
  requireRoot('node install');
  const installation = installationAt(options);
  const manager = await ServiceManager.for(installation.service);
  await refuseWhatRuns(installation, manager);
  return withLock(installation.prefix, () => install(options, installation, manager));
}

/** @throws Error where the unit is somebody else's, or a node that runs */
async function refuseWhatRuns(installation: Installation, manager: ServiceManager): Promise<void> {
  const found = await findUnit(installation);
  const path = unitPath(installation);
  if (found.kind === 'foreign') throw new Error(foreignUnit(path));
  if (found.kind === 'none' || (await manager.state()).activeState !== 'active') return;
  throw new Error(
    `a node is installed already, and runs (${path}): \`fairlead node upgrade\` gives it this release, \`fairlead node uninstall\` removes it, and another one needs another --service, --prefix and --state-dir`,
  );
}

async function install(
  options: InstallOptions,
  installation: Installation,
  manager: ServiceManager,
): Promise<number> {
  const progress = new Progress((text) => process.stdout.write(text), Date.now());
  await mkdir(installation.stateDir, { recursive: true, mode: 0o700 });
  const engine = await ensureEngine({
    install: options.installEngine,
    logPath: join(installation.stateDir, 'engine.log'),
    announce: (text) => progress.begin(text),
  });
  if (!engine.ready) throw new Error(engine.why);
  progress.done(`container engine ${engine.version}`);
  const place = placeOfEngine(engine.version, process.env['DOCKER_HOST']);
  const config = await configOf(options, installation, place.dockerSocket);
  const agentConfig = parseAgentConfig(config, nodeConfigPath(installation.stateDir));
  await mkdir(config.stateDir, { recursive: true, mode: 0o700 });
  const enrolment = await ensureEnrolled(config);
  const { enrolmentToken: _used, ...kept } = config;
  const configPath = await writeNodeConfig(installation.stateDir, kept);
  progress.done(`enrolled as ${enrolment.nodeName} with ${config.server}`);

  const store = new ReleaseStore(installation.prefix);
  const source = await ownRelease(options.agent, () => progress.begin('building the node agent'));
  const { id } = await store.add(source);
  await store.check(id, configPath);
  await store.switchTo(id);
  progress.done(`release ${id} in ${installation.prefix}`);

  const text = renderUnit(installation, place.unit, agentConfig, manager);
  await writeAtomically(unitPath(installation), text, 0o644);
  await manager.reload();
  await manager.enable();
  progress.done(`${installation.service}.service is enabled and started`);
  return untilReady(options, installation, manager, kept, enrolment, id, progress);
}

async function configOf(
  options: InstallOptions,
  { stateDir }: Installation,
  dockerSocket: string | undefined,
): Promise<NodeConfig> {
  const { shutdownGracePeriod, shutdownGracePeriodCriticalPods } = options;
  const config = await newNodeConfig({ ...options, stateDir });
  return {
    ...config,
    statusFile: statusFileOf(config),
    ...(dockerSocket === undefined ? {} : { dockerSocket }),
    ...(shutdownGracePeriod === undefined ? {} : { shutdownGracePeriod }),
    ...(shutdownGracePeriodCriticalPods === undefined ? {} : { shutdownGracePeriodCriticalPods }),
  };
}

async function untilReady(
  options: InstallOptions,
  installation: Installation,
  manager: ServiceManager,
  config: NodeConfig,
  enrolment: Enrolment,
  release: string,
  progress: Progress,
): Promise<number> {
  const timeoutMs = options.timeoutSeconds * 1000;
  const startedAtMs = Date.now();
  const deadline = startedAtMs + timeoutMs;
  const statusFile = statusFileOf(config);
  const verdict = await waitUntilWell(manager, statusFile, { release, before: [], timeoutMs });
  let why = verdict.verdict === 'failed' ? verdict.why : 'its Node does not say that it is ready';
  while (verdict.verdict === 'well' && Date.now() < deadline) {
    try {
      if (await isNodeReady(config, enrolment)) {
        progress.done(`node ${enrolment.nodeName} is ready`);
        progress.say(nextSteps(installation));
        return 0;
      }
    } catch (error) {
      why = error instanceof Error ? error.message : String(error);
    }
    await pause(POLL_MS);
  }
  process.stderr.write(
    `fairlead: node ${enrolment.nodeName} is not ready: ${why}\n${(await manager.lastLogLines(LOG_LINES, startedAtMs)).join('\n')}\nIt is installed, and goes on trying. Its log: ${logCommand(installation)}\nHow it is: fairlead node status   Remove it: fairlead node uninstall\n`,
  );
  return 1;
}

const nextSteps = (installation: Installation): string => `
It starts with this machine from now on.
  fairlead node status       how it is
  fairlead node upgrade      give it the release of the fairlead that is run
  fairlead node uninstall    remove it
  ${logCommand(installation)}
`;
