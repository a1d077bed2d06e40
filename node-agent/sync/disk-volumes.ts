import { createHash } from 'node:crypto';
import {
  lstat,
  mkdir,
  realpath,
  rename,
  rmdir,
  unlink,
  readdir,
  rm,
  stat,
  statfs,
  writeFile,
} from 'node:fs/promises';
import { chmod } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { isVolumeName, volumeDirectory } from '../../apimachinery/local-path.ts';
import type { VolumePlan } from '../diff/volume-plan.ts';
import type { VolumeGroup } from '../diff/fs-group.ts';
import { writeAtomicDirectory } from './atomic-directory.ts';
import { directoryUsage } from './directory-usage.ts';
import type { DirectoryUsage } from './directory-usage.ts';
import { hostPath } from './host-path.ts';
import { mount, mountPoints, unmount, unmountBelow } from './mount-table.ts';
import { openSubPath } from './open-sub-path.ts';
import type { HeldPath } from './open-sub-path.ts';
import { giveToGroup } from './volume-group.ts';
import type { MountPlace, VolumeStore } from './volume-store.ts';

/** Beside the volumes of a pod: what its containers have mounted of them. */
const SUB_PATHS = 'sub-paths';
const TMPFS_MAGIC = 0x01021994;
/** The machine's memory-backed file system that needs no rights to use. */
const SHARED_MEMORY = '/dev/shm';

/**
 * Volumes as directories: `<stateDir>/pods/<uid>/volumes/<name>` on disk, and what must not touch
 * a disk under `<runDir>/pods/…` on a tmpfs. PersistentVolumes are in `<stateDir>/volumes/<name>`, beside
 * the pods, whose ends they outlive.
 */
export class DiskVolumes implements VolumeStore {
  readonly directories: string;
  readonly #diskRoot: string;
  readonly #runDir: string;
  #memoryRoot: Promise<string> | undefined;

  constructor(stateDir: string, runDir: string) {
    this.#diskRoot = join(stateDir, 'pods');
    this.directories = resolve(stateDir, 'volumes');
    this.#runDir = runDir;
  }

  async setUp(podUID: string, volumeName: string, plan: VolumePlan): Promise<string> {
    if (plan.kind === 'hostPath') return hostPath(plan.path, plan.type);
    if (plan.kind === 'nfs') throw new Error('NFS is mounted by the engine');
    if (plan.kind === 'local') {
      await this.#local(plan.path, plan.volume);
      if (plan.group !== undefined) await this.#giveOnce(podUID, volumeName, plan.path, plan.group);
      return plan.path;
    }
    const inMemory =
      plan.kind === 'files' ? plan.confidential : plan.kind === 'emptyDir' && plan.memory;
    const root = inMemory ? await this.#memory() : this.#diskRoot;
    const path = join(root, podUID, 'volumes', volumeName);
    const isNew = (await mkdir(path, { recursive: true })) !== undefined;
    if (plan.kind === 'files') await writeAtomicDirectory(path, plan.files);
    if (plan.kind !== 'emptyDir') return path;
    if (plan.memory && plan.sizeLimitBytes !== undefined) {
      await mountLimited(path, plan.sizeLimitBytes);
    }
    if (!isNew) return path;
    await chmod(path, 0o777);
    if (plan.group !== undefined) await giveToGroup(path, plan.group);
    return path;
  }

  async fillOnce(path: string, write: (directory: string) => Promise<void>): Promise<void> {
    if ((await readdir(path)).length > 0) return;
    const filling = `${path}.filling`;
    await rm(filling, { recursive: true, force: true });
    await mkdir(filling, { mode: 0o755 });
    await write(filling);
    await rename(filling, path);
  }

  async subPath(volumePath: string, subPath: string, place: MountPlace): Promise<string> {
    const held = await openSubPath(volumePath, subPath);
    try {
      return (await this.#bind(held, place)) ?? held.path;
    } finally {
      await held.handle.close();
    }
  }

  /**
   * Mounts what is held in a place that no container writes to: the engine takes a name, which in the
   * volume could mean something else by then. Undefined where this may not mount.
   */
  async #bind({ handle }: HeldPath, place: MountPlace): Promise<string | undefined> {
    const { podUID, container, index } = place;
    const directory = join(await this.#memory(), podUID, SUB_PATHS, container);
    const target = join(directory, String(index));
    await unmount(target);
    // Never all below it: should it be mounted after all, that is the volume.
    await rmdir(target).catch(() => unlink(target).catch(() => undefined));
    const isDirectory = (await handle.stat()).isDirectory();
    await mkdir(isDirectory ? target : directory, { recursive: true });
    if (!isDirectory) await writeFile(target, '');
    try {
      // The link in /proc must not be resolved to a name again.
      await mount('--no-canonicalize', '--bind', `/proc/${process.pid}/fd/${handle.fd}`, target);
    } catch {
      return undefined;
    }
    const [wanted, mounted] = await Promise.all([handle.stat(), stat(target)]);
    if (wanted.ino === mounted.ino && wanted.dev === mounted.dev) return target;
    await unmount(target);
    throw new Error('something else was mounted in place of the subPath');
  }

  async podFile(podUID: string, name: string, text: string): Promise<string> {
    const directory = join(this.#diskRoot, podUID);
    await mkdir(directory, { recursive: true });
    const path = join(directory, name);
    // Written in place: containers that have it mounted keep the file that they have.
    await writeFile(path, text);
    await chmod(path, 0o644);
    return path;
  }

  async usage(podUID: string): Promise<ReadonlyMap<string, DirectoryUsage>> {
    const directory = join(this.#diskRoot, podUID, 'volumes');
    // A pod without volumes on disk has no directory for them.
    const names = await readdir(directory).catch(() => []);
    const used = new Map<string, DirectoryUsage>();
    for (const name of names) used.set(name, await directoryUsage(join(directory, name)));
    return used;
  }

  async terminationLog(podUID: string, container: string, attempt: number): Promise<string> {
    const directory = join(this.#diskRoot, podUID, 'containers', container);
    await mkdir(directory, { recursive: true });
    const path = join(directory, String(attempt));
    await writeFile(path, '');
    // Whichever user the container runs as may leave its message.
    await chmod(path, 0o666);
    return path;
  }

  removeVolumes(podUID: string): Promise<void> {
    return this.#remove(podUID, 'volumes');
  }

  tearDown(podUID: string): Promise<void> {
    return this.#remove(podUID, '');
  }

  async #remove(podUID: string, name: string): Promise<void> {
    // What has no name of its own is beside, or above, what belongs to other pods.
    if (basename(podUID) !== podUID || /^\.{0,2}$/.test(podUID)) {
      throw new Error(`"${podUID}" is no UID of a pod`);
    }
    const relativePath = join(podUID, name);
    const memoryRoot = await this.#memory();
    for (const root of [memoryRoot, this.#diskRoot]) {
      const path = join(root, relativePath);
      if (!(await exists(path))) continue;
      if (root === memoryRoot) await unmountBelow(path);
      await rm(path, { recursive: true, force: true });
    }
  }

  async removeDirectory(volume: string): Promise<void> {
    // A name becomes a path; none may lead anywhere else.
    if (!isVolumeName(volume)) throw new Error('volume name is not valid');
    const path = volumeDirectory(this.directories, volume);
    // No volume has a name with a capital: what was begun before a crash is found by it.
    const leaving = `${path}.Removed`;
    await rm(leaving, { recursive: true, force: true });
    if (!(await exists(path))) return;
    // Renamed first, so that it goes in one step for whoever still looks for it.
    await rename(path, leaving);
    await rm(leaving, { recursive: true, force: true });
  }

  /** A directory of our own is made when it is first used; any other has to be there. */
  async #local(path: string, volume: string): Promise<string> {
    const isOwn = isVolumeName(volume) && path === volumeDirectory(this.directories, volume);
    if (await exists(path)) return path;
    if (!isOwn) throw new Error(`path "${path}" does not exist`);
    await mkdir(path, { recursive: true });
    // Whichever user a container runs as may use it.
    await chmod(path, 0o777);
    return path;
  }

  /** For the first time that a pod uses the volume; it may be large, and containers may write. */
  async #giveOnce(
    podUID: string,
    volumeName: string,
    path: string,
    group: VolumeGroup,
  ): Promise<void> {
    const given = join(this.#diskRoot, podUID, 'given', volumeName);
    if (await exists(given)) return;
    await giveToGroup(path, group);
    await mkdir(given, { recursive: true });
  }

  #memory(): Promise<string> {
    this.#memoryRoot ??= memoryRoot(this.#runDir);
    return this.#memoryRoot;
  }
}

/** A directory on a tmpfs: the run directory, made one where we may, else shared memory. */
async function memoryRoot(runDir: string): Promise<string> {
  await mkdir(join(runDir, 'pods'), { recursive: true, mode: 0o700 });
  // As the table of mounts names it.
  const root = await realpath(join(runDir, 'pods'));
  if (await isTmpfs(root)) return root;
  try {
    await mount('-t', 'tmpfs', '-o', 'mode=0700', 'fairlead', root);
    return root;
  } catch {
    // Not root, or a machine that forbids mounts: shared memory is a tmpfs as well.
  }
  if (!(await isTmpfs(SHARED_MEMORY))) throw new Error('no memory-backed file system is available');
  const name = createHash('sha256').update(runDir).digest('hex').slice(0, 16);
  const shared = join(SHARED_MEMORY, `fairlead-${name}`);
  await mkdir(shared, { recursive: true, mode: 0o700 });
  return shared;
}

async function isTmpfs(path: string): Promise<boolean> {
  try {
    return (await statfs(path)).type === TMPFS_MAGIC;
  } catch {
    // A path that is not there is on no file system.
    return false;
  }
}

/** A tmpfs of its own bounds the size; where mounts are forbidden the volume goes without. */
async function mountLimited(path: string, sizeBytes: number): Promise<void> {
  const mounted = (await mountPoints()).includes(path);
  if (mounted) return;
  try {
    await mount('-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'fairlead', path);
  } catch {
    // Memory use is bounded by the pod's limit all the same.
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch {
    // Any failure to look means that it cannot be used as it is.
    return false;
  }
}
