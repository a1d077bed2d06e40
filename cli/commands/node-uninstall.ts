import { rm, rmdir } from 'node:fs/promises';
import { loadEnrolment } from '../../node-agent/transport/enrolment.ts';
import type { Enrolment } from '../../node-agent/transport/enrolment.ts';
import { readNodeConfig } from '../node-config.ts';
import type { NodeConfig } from '../node-config.ts';
import { installationAt, unitPath } from '../node-service/installation.ts';
import type { Installation } from '../node-service/installation.ts';
import { withLock } from '../node-service/lock.ts';
import { deleteNode } from '../node-service/node-account.ts';
import { findUnit, foreignUnit, requireRoot } from '../node-service/node-service.ts';
import type { FoundUnit } from '../node-service/node-service.ts';
import { ReleaseStore } from '../node-service/release-store.ts';
import { containersOfNode, removeContainers, removeFolder } from '../node-service/remains.ts';
import { ServiceManager } from '../node-service/service-manager.ts';
import { Progress } from '../progress.ts';

export interface UninstallOptions extends Installation {
  /** Pods, state and volumes go, too. */
  readonly purge: boolean;
}

/**
 * Removes the service of a node and its releases; its containers and its state only where that is asked
 * for. What is gone already is no matter. Returns the exit code.
 * @throws Error that says what to do next; running this again goes on where it ended
 */
export async function uninstallNode(options: UninstallOptions): Promise<number> {
  requireRoot('node uninstall');
  const named = installationAt(options);
  const found = await findUnit(named);
  if (found.kind === 'foreign') throw new Error(foreignUnit(unitPath(named)));
  const installation = found.kind === 'own' ? installationAt({ ...named, ...found.unit }) : named;
  const manager = await ServiceManager.for(installation.service);
  const progress = new Progress((text) => process.stdout.write(text), Date.now());
  await withLock(installation.prefix, async () => {
    await removeService(installation, found, manager, progress);
    await new ReleaseStore(installation.prefix).removeAll();
  });
  // Somebody else's files may be in it.
  await rmdir(installation.prefix).catch(() => undefined);
  const config = await readNodeConfig(installation.stateDir);
  if (config === null) {
    progress.done('no node is left here');
    return 0;
  }
  useEngineOf(found);
  const enrolment = await loadEnrolment(config.stateDir);
  if (options.purge) await purge(installation, config, enrolment, progress);
  else await tellWhatStays(installation, config, enrolment, progress);
  return 0;
}

async function removeService(
  installation: Installation,
  found: FoundUnit,
  manager: ServiceManager,
  progress: Progress,
): Promise<void> {
  if (found.kind !== 'own') return;
  await manager.disable();
  await rm(unitPath(installation), { force: true });
  await manager.reload();
  progress.done(`${installation.service}.service is stopped and removed`);
}

/** The engine's clients go by this variable. */
function useEngineOf(found: FoundUnit): void {
  if (found.kind !== 'own' || found.unit.dockerHost === undefined) return;
  process.env['DOCKER_HOST'] ??= found.unit.dockerHost;
}

async function purge(
  installation: Installation,
  config: NodeConfig,
  enrolment: Enrolment | undefined,
  progress: Progress,
): Promise<void> {
  if (enrolment !== undefined) {
    const containers = await containersOfNode(config, enrolment);
    await removeContainers(config, containers);
    progress.done(`${containers.length} containers are removed`);
    const { nodeName } = enrolment;
    const refusal = await deleteNode(config, enrolment);
    if (refusal === null) progress.done(`node ${nodeName} is deleted in the control plane`);
    else {
      progress.note(
        `the control plane still knows the node (${refusal}); make it forget it there, with`,
      );
      progress.note(`  fairlead node revoke ${nodeName} && kubectl delete node ${nodeName}`);
    }
  }
  await removeFolder(config.runDir);
  await removeFolder(installation.stateDir);
  progress.done(`key, state and volumes in ${installation.stateDir} are removed`);
}

async function tellWhatStays(
  { stateDir }: Installation,
  config: NodeConfig,
  enrolment: Enrolment | undefined,
  progress: Progress,
): Promise<void> {
  if (enrolment === undefined) return;
  const containers = await containersOfNode(config, enrolment);
  progress.note(
    `${containers.length} containers stay as they are, and the node's key and state in ${stateDir}: \`fairlead node install\` takes them up again`,
  );
  progress.note(
    'to remove them with the volumes of their pods: fairlead node uninstall --purge, with the same options',
  );
  progress.note(
    `the control plane takes the node for lost; to make it forget it: kubectl delete node ${enrolment.nodeName}`,
  );
}
