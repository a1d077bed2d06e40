import type * as core from 'kubernetes-types/core/v1';
import type { ContainerSecurity, ImageStatus } from '../runtime/container-runtime.ts';
import type { ContainerSpec, DesiredPod } from './pod.ts';
import { formatPod, podIdentity } from './pod.ts';

type Profile = core.SeccompProfile;

/** What upstream has added since the types that we build on were published. */
interface AppArmorProfile {
  readonly type: string;
  readonly localhostProfile?: string;
}
type PodSecurity = core.PodSecurityContext & { appArmorProfile?: AppArmorProfile };
type OwnSecurity = core.SecurityContext & { appArmorProfile?: AppArmorProfile };

/** A container's security settings; its own win over the pod's. Files of profiles are read by others. */
export function containerSecurity(
  pod: DesiredPod,
  container: ContainerSpec,
  image: Pick<ImageStatus, 'user'>,
): ContainerSecurity {
  const shared: PodSecurity = pod.spec.securityContext ?? {};
  const own: OwnSecurity = container.securityContext ?? {};
  const runAsGroup = own.runAsGroup ?? shared.runAsGroup;
  // A group goes with a user: that of the image, where nothing else is said.
  const runAsUser =
    own.runAsUser ??
    shared.runAsUser ??
    (runAsGroup === undefined ? undefined : (image.user ?? '').split(':')[0] || 0);
  const fsGroup = shared.fsGroup === undefined ? [] : [shared.fsGroup];
  const seLinux = own.seLinuxOptions ?? shared.seLinuxOptions;
  const appArmor = own.appArmorProfile ?? shared.appArmorProfile;
  return {
    ...(runAsUser === undefined ? {} : { runAsUser: String(runAsUser) }),
    ...(runAsGroup === undefined ? {} : { runAsGroup }),
    supplementalGroups: [...(shared.supplementalGroups ?? []), ...fsGroup],
    privileged: own.privileged === true,
    readOnlyRootFilesystem: own.readOnlyRootFilesystem === true,
    noNewPrivileges: own.allowPrivilegeEscalation === false,
    addCapabilities: own.capabilities?.add ?? [],
    dropCapabilities: own.capabilities?.drop ?? [],
    unmaskedProc: own.procMount === 'Unmasked',
    ...(appArmor === undefined ? {} : { appArmorProfile: appArmorName(appArmor) }),
    ...(seLinux === undefined ? {} : { seLinuxOptions: { ...seLinux } }),
  };
}

/** The seccomp profile that counts for a container; undefined: the engine's own. */
export function seccompProfile(pod: DesiredPod, container: ContainerSpec): Profile | undefined {
  const profile =
    container.securityContext?.seccompProfile ?? pod.spec.securityContext?.seccompProfile;
  return profile?.type === 'RuntimeDefault' ? undefined : profile;
}

function appArmorName({ type, localhostProfile }: AppArmorProfile): string | undefined {
  if (type === 'RuntimeDefault') return undefined;
  return type === 'Unconfined' ? 'unconfined' : localhostProfile;
}

/**
 * @throws Error in upstream's words for a container that may not run as root, and would, or might
 *   (kubelet, verifyRunAsNonRoot)
 */
export function verifyRunAsNonRoot(
  pod: DesiredPod,
  container: ContainerSpec,
  image: Pick<ImageStatus, 'user'>,
): void {
  const shared = pod.spec.securityContext;
  const own = container.securityContext;
  if ((own?.runAsNonRoot ?? shared?.runAsNonRoot) !== true) return;
  const where = `(pod: "${formatPod(podIdentity(pod))}", container: ${container.name})`;
  const user = own?.runAsUser ?? shared?.runAsUser;
  if (user !== undefined) {
    if (user !== 0) return;
    throw new Error(`container's runAsUser breaks non-root policy ${where}`);
  }
  const ofImage = (image.user ?? '').split(':')[0] ?? '';
  if (ofImage === '' || ofImage === '0') {
    throw new Error(`container has runAsNonRoot and image will run as root ${where}`);
  }
  if (!/^\d+$/.test(ofImage)) {
    const problem = `image has non-numeric user (${ofImage}), cannot verify user is non-root`;
    throw new Error(`container has runAsNonRoot and ${problem} ${where}`);
  }
}
