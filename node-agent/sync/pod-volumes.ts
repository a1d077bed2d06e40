import { expandVariables } from '../diff/expansion.ts';
import type { ContainerSpec } from '../diff/pod.ts';
import { planVolume } from '../diff/volume-plan.ts';
import type { PlanContext } from '../diff/volume-plan.ts';
import type { ContainerMount } from '../runtime/container-runtime.ts';
import type { VolumeStore } from './volume-store.ts';

/** A volume that could not be set up; the message is the one of the FailedMount event. */
export class MountError extends Error {
  override readonly name = 'MountError';
}

const PROPAGATION: Readonly<Record<string, 'rslave' | 'rshared'>> = {
  HostToContainer: 'rslave',
  Bidirectional: 'rshared',
};

/** Sets up, or brings up to date, the pod's volumes; answers where each is. Throws MountError. */
export async function setUpVolumes(
  context: PlanContext,
  store: VolumeStore,
): Promise<Map<string, string>> {
  const { pod } = context;
  const paths = new Map<string, string>();
  for (const volume of pod.spec.volumes ?? []) {
    try {
      const plan = planVolume(volume, context);
      paths.set(volume.name, await store.setUp(pod.metadata.uid, volume.name, plan));
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error);
      const message = `MountVolume.SetUp failed for volume "${volume.name}" : ${cause}`;
      throw new MountError(message, { cause: error });
    }
  }
  return paths;
}

/** The mounts of one container, from the paths of its pod's volumes. */
export async function containerMounts(
  container: ContainerSpec,
  paths: ReadonlyMap<string, string>,
  env: ReadonlyMap<string, string>,
  store: VolumeStore,
): Promise<ContainerMount[]> {
  const mounts: ContainerMount[] = [];
  for (const mount of container.volumeMounts ?? []) {
    const volumePath = paths.get(mount.name);
    if (volumePath === undefined) throw new Error(`volume ${mount.name} is not set up`);
    const subPath =
      mount.subPathExpr === undefined
        ? (mount.subPath ?? '')
        : expandVariables(mount.subPathExpr, env);
    const propagation = PROPAGATION[mount.mountPropagation ?? 'None'];
    mounts.push({
      hostPath: subPath === '' ? volumePath : await store.subPath(volumePath, subPath),
      containerPath: mount.mountPath,
      readOnly: mount.readOnly === true,
      ...(propagation === undefined ? {} : { propagation }),
    });
  }
  return mounts;
}
