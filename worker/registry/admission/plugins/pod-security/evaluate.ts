import type { Check, CheckedPod, CheckPod, Violation } from './check.ts';
import { APP_ARMOR_PROFILE } from './checks/app-armor.ts';
import { CAPABILITIES_BASELINE, CAPABILITIES_RESTRICTED } from './checks/capabilities.ts';
import { HOST_NAMESPACES } from './checks/host-namespaces.ts';
import { HOST_PATH_VOLUMES } from './checks/host-path.ts';
import { HOST_PORTS } from './checks/host-ports.ts';
import { HOST_PROBES } from './checks/host-probes.ts';
import { ALLOW_PRIVILEGE_ESCALATION } from './checks/privilege-escalation.ts';
import { PRIVILEGED } from './checks/privileged.ts';
import { PROC_MOUNT, PROC_MOUNT_RESTRICTED } from './checks/proc-mount.ts';
import { RESTRICTED_VOLUMES } from './checks/restricted-volumes.ts';
import { RUN_AS_NON_ROOT } from './checks/run-as-non-root.ts';
import { RUN_AS_USER } from './checks/run-as-user.ts';
import { SE_LINUX_OPTIONS } from './checks/se-linux.ts';
import { SECCOMP_BASELINE, SECCOMP_RESTRICTED } from './checks/seccomp.ts';
import { SYSCTLS } from './checks/sysctls.ts';
import { WINDOWS_HOST_PROCESS } from './checks/windows-host-process.ts';
import type { Standard } from './policy.ts';

/** Of each level by their ids, which is the order in which violations are told. */
const CHECKS: readonly Check[] = [
  APP_ARMOR_PROFILE,
  CAPABILITIES_BASELINE,
  HOST_NAMESPACES,
  HOST_PATH_VOLUMES,
  HOST_PORTS,
  HOST_PROBES,
  PRIVILEGED,
  PROC_MOUNT,
  SE_LINUX_OPTIONS,
  SECCOMP_BASELINE,
  SYSCTLS,
  WINDOWS_HOST_PROCESS,
  ALLOW_PRIVILEGE_ESCALATION,
  CAPABILITIES_RESTRICTED,
  PROC_MOUNT_RESTRICTED,
  RESTRICTED_VOLUMES,
  RUN_AS_NON_ROOT,
  RUN_AS_USER,
  SECCOMP_RESTRICTED,
];

/** The rules of a standard. A version that is yet to come has those of the newest. */
function checksOf({ level, version }: Standard): CheckPod[] {
  const minor = version === 'latest' ? Number.POSITIVE_INFINITY : version;
  const valid = CHECKS.filter((check) => level === 'restricted' || check.level === 'baseline')
    .map((check) => ({ ...check, rule: check.versions.findLast(({ since }) => since <= minor) }))
    .filter(({ rule }) => rule !== undefined);
  const overridden = new Set(valid.flatMap(({ overrides = [] }) => overrides));
  return valid.flatMap(({ id, rule }) =>
    overridden.has(id) || rule === undefined ? [] : [rule.check],
  );
}

/** Everything in which a pod is short of a standard. */
export function evaluatePod(standard: Standard, pod: CheckedPod): Violation[] {
  if (standard.level === 'privileged') return [];
  return checksOf(standard)
    .map((check) => check(pod))
    .filter((violation) => violation !== null);
}

/** `host namespaces, privileged`. */
export const reasonsText = (violations: readonly Violation[]): string =>
  violations.map(({ reason }) => reason).join(', ');

/** `host namespaces (hostPID=true), privileged (container "a" must not …)`. */
export const detailsText = (violations: readonly Violation[]): string =>
  violations
    .map(({ reason, detail }) => (detail === '' ? reason : `${reason} (${detail})`))
    .join(', ');
