import { buildContainerConfig } from '../diff/container-config.ts';
import { seccompProfile, verifyRunAsNonRoot } from '../diff/container-security.ts';
import type { DownwardFacts } from '../diff/downward.ts';
import { resolveEnvironment } from '../diff/environment.ts';
import { hostsFile } from '../diff/hosts-file.ts';
import type { DesiredPod } from '../diff/pod.ts';
import type { ContainerStart } from '../diff/actions.ts';
import type { ContainerConfig, ContainerMount, ImageStatus } from '../runtime/container-runtime.ts';
import { containerMounts } from './pod-volumes.ts';
import type { VolumePath } from './pod-volumes.ts';
import type { PodWorkerDeps } from './pod-worker-deps.ts';

const HOSTS_PATH = '/etc/hosts';

export interface ContainerSetup {
  readonly pod: DesiredPod;
  readonly start: ContainerStart;
  readonly facts: DownwardFacts;
  readonly image: ImageStatus;
  readonly volumePaths: ReadonlyMap<string, VolumePath>;
  /** The container whose processes it is to see. */
  readonly targetID: string | undefined;
}

/**
 * Prepares all that a container is created with, files included.
 * @throws Error that becomes the message of a CreateContainerConfigError
 */
export async function setUpContainer(
  { node, objects, volumes, machineFiles }: PodWorkerDeps,
  { pod, start, facts, image, volumePaths, targetID }: ContainerSetup,
): Promise<ContainerConfig> {
  const { container, attempt } = start;
  const { uid } = pod.metadata;
  verifyRunAsNonRoot(pod, container, image);
  const env = resolveEnvironment(pod, container, objects, facts);
  const mounts = await containerMounts(uid, container, volumePaths, env, volumes);
  const isOwn = mounts.some(({ containerPath }) => containerPath === HOSTS_PATH);
  if (!isOwn && facts.podIPs.length > 0) mounts.push(...(await hostsMount()));
  return buildContainerConfig(pod, container, {
    attempt,
    env,
    mounts,
    image,
    targetID,
    seccompProfile: await seccomp(),
    nodeMemoryBytes: node.memoryBytes,
    terminationLogPath: await volumes.terminationLog(uid, container.name, attempt),
  });

  /** The pod's containers share the file. */
  async function hostsMount(): Promise<ContainerMount[]> {
    const text = hostsFile(pod, facts.podIPs, await machineFiles.hosts());
    const hostPath = await volumes.podFile(uid, 'etc-hosts', text);
    const readOnly = container.securityContext?.readOnlyRootFilesystem === true;
    return hostPath === undefined ? [] : [{ hostPath, containerPath: HOSTS_PATH, readOnly }];
  }

  async function seccomp(): Promise<string | undefined> {
    const profile = seccompProfile(pod, container);
    if (profile?.type === 'Unconfined') return 'unconfined';
    const { localhostProfile } = profile ?? {};
    return localhostProfile === undefined
      ? undefined
      : machineFiles.seccompProfile(localhostProfile);
  }
}
