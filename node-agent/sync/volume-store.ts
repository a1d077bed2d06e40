import type { DirectoryUsage } from './directory-usage.ts';
import type { VolumePlan } from '../diff/volume-plan.ts';

/** One mount of a container. */
export interface MountPlace {
  readonly podUID: string;
  readonly container: string;
  /** Its number among the container's mounts. */
  readonly index: number;
}

/** Where the volumes of pods are on this node. */
export interface VolumeStore {
  /** The folder that has the directories of PersistentVolumes, each called as its volume. */
  readonly directories: string;
  /**
   * Makes the volume as planned and answers its path on the node. Doing it again brings its files
   * up to date, seen by running containers in one step, and keeps what an emptyDir holds.
   * Throws an Error with a message fit for a FailedMount event.
   */
  setUp(podUID: string, volumeName: string, plan: VolumePlan): Promise<string>;
  /**
   * A path inside a volume, which must not lead out of it; made as a directory where missing. Answers
   * where it is for the one mount that it is asked for.
   */
  subPath(volumePath: string, subPath: string, place: MountPlace): Promise<string>;
  /**
   * Has a directory that {@link setUp} made filled by `write`, which gets an empty one to fill that
   * then takes its place. One that holds something already is left as it is.
   */
  fillOnce(path: string, write: (directory: string) => Promise<void>): Promise<void>;
  /** Writes a file of the pod's own beside its volumes. Undefined: there are no files here. */
  podFile(podUID: string, name: string, text: string): Promise<string | undefined>;
  /** What the volumes of a pod that are its own take of the disk, by their names. */
  usage(podUID: string): Promise<ReadonlyMap<string, DirectoryUsage>>;
  /** An empty file for a container's termination message. Undefined: there are no files here. */
  terminationLog(podUID: string, container: string, attempt: number): Promise<string | undefined>;
  /** Removes the directory of a PersistentVolume with all that is in it. */
  removeDirectory(volume: string): Promise<void>;
  /** Removes the volumes of a pod that are its own, once it has ended for good. */
  removeVolumes(podUID: string): Promise<void>;
  /** Removes all that there is of a pod; none of its containers may run. */
  tearDown(podUID: string): Promise<void>;
}

/** For simulated nodes: no file is ever made. */
export const simulatedVolumes: VolumeStore = {
  directories: '/simulated/volumes',
  removeDirectory: async () => undefined,
  setUp: async (podUID, volumeName) => `/simulated/${podUID}/${volumeName}`,
  fillOnce: async () => undefined,
  podFile: async () => undefined,
  usage: async () => new Map(),
  subPath: async (volumePath, subPath) => `${volumePath}/${subPath}`,
  terminationLog: async () => undefined,
  removeVolumes: async () => undefined,
  tearDown: async () => undefined,
};
