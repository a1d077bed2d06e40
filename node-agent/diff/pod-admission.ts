import type * as core from 'kubernetes-types/core/v1';
import { isCritical } from './eviction/ranking.ts';
import type { PressureType } from './eviction/signals.ts';
import type { DesiredPod } from './pod.ts';
import type { PodFailure } from './pod-failure.ts';
import { rejection } from './pod-failure.ts';
import { computeQOSClass } from './qos.ts';

/** Settings of the kernel that each pod has for itself, and that harm no other. */
const SAFE_SYSCTLS = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_wmem',
]);

/** With a field that upstream has added since the types that we build on were published. */
type PodSecurity = core.PodSecurityContext & { supplementalGroupsPolicy?: string };

const MEMORY_TAINT = 'node.kubernetes.io/memory-pressure';

/** Why this node does not take a pod that it has not begun to run; undefined: it does. */
export function refuseAdmission(
  pod: DesiredPod,
  pressures: readonly PressureType[],
): PodFailure | undefined {
  return refuseUnderPressure(pod, pressures) ?? refuseSysctls(pod) ?? refuseGroups(pod);
}

/** pkg/kubelet/eviction, Admit: pods that promise nothing stay out where memory is short. */
function refuseUnderPressure(
  pod: DesiredPod,
  pressures: readonly PressureType[],
): PodFailure | undefined {
  if (pressures.length === 0 || isCritical(pod)) return undefined;
  const isMemoryOnly = pressures.length === 1 && pressures[0] === 'MemoryPressure';
  if (isMemoryOnly && (computeQOSClass(pod) !== 'BestEffort' || toleratesMemoryPressure(pod))) {
    return undefined;
  }
  return rejection('Evicted', `The node had condition: [${pressures.join(' ')}]. `);
}

function toleratesMemoryPressure({ spec }: DesiredPod): boolean {
  return (spec.tolerations ?? []).some(
    ({ key = '', operator, effect = '' }) =>
      (effect === '' || effect === 'NoSchedule') &&
      (key === MEMORY_TAINT || (key === '' && operator === 'Exists')),
  );
}

function refuseSysctls({ spec }: DesiredPod): PodFailure | undefined {
  for (const { name } of spec.securityContext?.sysctls ?? []) {
    const dotted = name.replaceAll('/', '.');
    const problem = !SAFE_SYSCTLS.has(dotted)
      ? 'not allowlisted'
      : spec.hostNetwork === true && dotted.startsWith('net.')
        ? 'not allowed with host net enabled'
        : spec.hostIPC === true && dotted.startsWith('kernel.shm')
          ? 'not allowed with host ipc enabled'
          : undefined;
    if (problem !== undefined) {
      return rejection('SysctlForbidden', `forbidden sysctl: "${name}" ${problem}`);
    }
  }
  return undefined;
}

function refuseGroups({ spec }: DesiredPod): PodFailure | undefined {
  const security: PodSecurity = spec.securityContext ?? {};
  if (security.supplementalGroupsPolicy !== 'Strict') return undefined;
  return rejection(
    'SupplementalGroupsPolicyNotSupported',
    'SupplementalGroupsPolicy=Strict is not supported in this node',
  );
}
