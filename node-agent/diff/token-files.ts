import type { FileOwner } from './volume-plan.ts';
import type { DesiredPod } from './pod.ts';

/** For the one user that all containers run as, or for those who have the pod's group. */
const OWNER_ONLY = 0o600;
const OWNER_AND_GROUP = 0o640;

/**
 * Who may read a file with a token: everybody in the pod's containers, unless the pod says as whom
 * they run (pkg/volume/projected, collectData, and SetVolumeOwnership for the group).
 */
export function tokenFileAccess(
  pod: DesiredPod,
  defaultMode: number,
): { readonly mode: number; readonly owner?: FileOwner } {
  const uid = onlyUser(pod);
  const gid = pod.spec.securityContext?.fsGroup;
  if (uid === undefined && gid === undefined) return { mode: defaultMode };
  return {
    mode: gid === undefined ? OWNER_ONLY : OWNER_AND_GROUP,
    owner: { ...(uid === undefined ? {} : { uid }), ...(gid === undefined ? {} : { gid }) },
  };
}

/** The user that every container of the pod says it runs as (FsUserFrom). */
function onlyUser({ spec }: DesiredPod): number | undefined {
  const users = [...(spec.initContainers ?? []), ...spec.containers].map(
    ({ securityContext }) => securityContext?.runAsUser ?? spec.securityContext?.runAsUser,
  );
  return new Set(users).size === 1 ? users[0] : undefined;
}
