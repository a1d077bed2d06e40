import type { DesiredPod } from './pod.ts';
import type { VolumeFile } from './volume-plan.ts';

/** What the pod's group may do with what only the agent writes, and with what containers write. */
const GROUP_READS = 0o440;

/** The group that a volume is given to; `recursive` says whether what is in it already is, too. */
export interface VolumeGroup {
  readonly gid: number;
  /** `OnRootMismatch`: a volume whose root is the group's already is left as it is. */
  readonly policy: 'Always' | 'OnRootMismatch';
}

export function volumeGroup(pod: DesiredPod): VolumeGroup | undefined {
  const { fsGroup, fsGroupChangePolicy } = pod.spec.securityContext ?? {};
  if (fsGroup === undefined) return undefined;
  const policy = fsGroupChangePolicy === 'OnRootMismatch' ? 'OnRootMismatch' : 'Always';
  return { gid: fsGroup, policy };
}

/** Files of a pod with a group are the group's to read (pkg/volume, SetVolumeOwnership). */
export function filesOfGroup(pod: DesiredPod, files: readonly VolumeFile[]): VolumeFile[] {
  const gid = pod.spec.securityContext?.fsGroup;
  if (gid === undefined) return [...files];
  return files.map((file) => ({
    ...file,
    mode: file.mode | GROUP_READS,
    owner: { ...file.owner, gid },
  }));
}
