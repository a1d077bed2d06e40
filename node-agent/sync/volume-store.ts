import type { VolumePlan } from '../diff/volume-plan.ts';

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
  /** A path inside a volume, which must not lead out of it; made as a directory where missing. */
  subPath(volumePath: string, subPath: string): Promise<string>;
  /** An empty file for a container's termination message. Undefined: there are no files here. */
  terminationLog(podUID: string, container: string, attempt: number): Promise<string | undefined>;
  /** Removes the directory of a PersistentVolume with all that is in it. */
  removeDirectory(volume: string): Promise<void>;
  /** Removes all that there is of a pod; none of its containers may run. */
  tearDown(podUID: string): Promise<void>;
}

/** For simulated nodes: no file is ever made. */
export const simulatedVolumes: VolumeStore = {
  directories: '/simulated/volumes',
  removeDirectory: async () => undefined,
  setUp: async (podUID, volumeName) => `/simulated/${podUID}/${volumeName}`,
  subPath: async (volumePath, subPath) => `${volumePath}/${subPath}`,
  terminationLog: async () => undefined,
  tearDown: async () => undefined,
};
