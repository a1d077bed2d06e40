import type { PullPolicy } from '../diff/image-reference.ts';
import type { ContainerSpec } from '../diff/pod.ts';
import { mountedSubPath, recursiveReadOnly } from '../diff/sub-path.ts';
import { planVolume, UnboundClaimError } from '../diff/volume-plan.ts';
import type { PlanContext, VolumePlan } from '../diff/volume-plan.ts';
import type { ContainerMount } from '../runtime/container-runtime.ts';
import type { MountPlace, VolumeStore } from './volume-store.ts';

/** A volume that could not be set up; the message is the one of the FailedMount event. */
export class MountError extends Error {
  override readonly name = 'MountError';
}

const PROPAGATION: Readonly<Record<string, 'rslave' | 'rshared'>> = {
  HostToContainer: 'rslave',
  Bidirectional: 'rshared',
};

/** A volume that is there. */
export interface VolumePath {
  readonly path: string;
  /** Whatever the containers say. */
  readonly readOnly: boolean;
  /** The engine mounts it; there is no path on this machine. */
  readonly nfs?: { readonly server: string; readonly path: string };
  /** The image that is to be there first, and its files in the volume. */
  readonly image?: { readonly reference: string; readonly policy: PullPolicy };
}

/** Sets up, or brings up to date, the pod's volumes; answers where each is. Throws MountError. */
export async function setUpVolumes(
  context: PlanContext,
  store: VolumeStore,
): Promise<Map<string, VolumePath>> {
  const { pod } = context;
  const paths = new Map<string, VolumePath>();
  for (const volume of pod.spec.volumes ?? []) {
    let plan: VolumePlan | undefined;
    try {
      plan = planVolume(volume, context);
      const claimReadOnly = volume.persistentVolumeClaim?.readOnly === true;
      paths.set(volume.name, await volumePath(context, store, volume.name, plan, claimReadOnly));
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error);
      const shown = pod.boundVolumes?.[volume.name]?.name ?? volume.name;
      const step =
        plan?.kind === 'local' ? 'MountVolume.NewMounter initialization' : 'MountVolume.SetUp';
      const message =
        error instanceof UnboundClaimError
          ? `Unable to attach or mount volumes: unmounted volumes=[${volume.name}], unattached volumes=[], failed to process volumes=[${volume.name}]: ${cause}`
          : `${step} failed for volume "${shown}" : ${cause}`;
      throw new MountError(message, { cause: error });
    }
  }
  return paths;
}

async function volumePath(
  { pod }: PlanContext,
  store: VolumeStore,
  name: string,
  plan: VolumePlan,
  claimReadOnly: boolean,
): Promise<VolumePath> {
  if (plan.kind === 'nfs') {
    const { server, path, readOnly } = plan;
    return { path: '', readOnly, nfs: { server, path } };
  }
  const path = await store.setUp(pod.metadata.uid, name, plan);
  if (plan.kind !== 'image') return { path, readOnly: claimReadOnly };
  const { reference, policy } = plan;
  return { path, readOnly: true, image: { reference, policy } };
}

/** The mounts of one container, from the paths of its pod's volumes. */
export async function containerMounts(
  podUID: string,
  container: ContainerSpec,
  paths: ReadonlyMap<string, VolumePath>,
  env: ReadonlyMap<string, string>,
  store: VolumeStore,
): Promise<ContainerMount[]> {
  const mounts: ContainerMount[] = [];
  const place = (index: number): MountPlace => ({ podUID, container: container.name, index });
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
    const volume = paths.get(mount.name);
    if (volume === undefined) throw new Error(`volume ${mount.name} is not set up`);
    recursiveReadOnly(mount);
    const subPath = mountedSubPath(mount, env);
    const propagation = PROPAGATION[mount.mountPropagation ?? 'None'];
    mounts.push({
      hostPath:
        subPath === ''
          ? volume.path
          : await preparedSubPath(store, place(index), mount.name, volume, subPath),
      ...(volume.nfs === undefined ? {} : { nfs: volume.nfs }),
      containerPath: mount.mountPath,
      readOnly: mount.readOnly === true || volume.readOnly,
      ...(propagation === undefined ? {} : { propagation }),
    });
  }
  return mounts;
}

async function preparedSubPath(
  store: VolumeStore,
  place: MountPlace,
  mount: string,
  volume: VolumePath,
  subPath: string,
): Promise<string> {
  try {
    if (volume.nfs !== undefined) throw new Error('the engine mounts NFS as a whole');
    return await store.subPath(volume.path, subPath, place);
  } catch (error) {
    const which = `for volumeMount "${mount}" of container "${place.container}"`;
    throw new Error(`failed to prepare subPath ${which}`, { cause: error });
  }
}
