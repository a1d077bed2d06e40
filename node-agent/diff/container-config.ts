import type * as core from 'kubernetes-types/core/v1';
import type { ContainerConfig, ContainerSecurity } from '../runtime/container-runtime.ts';
import type { ContainerMount, PodSandboxConfig } from '../runtime/container-runtime.ts';
import { containerHash } from './container-hash.ts';
import { expandVariables } from './expansion.ts';
import { withDefaultTag } from './image-reference.ts';
import { computeLinuxResources } from './linux-resources.ts';
import type { ContainerSpec, DesiredPod } from './pod.ts';
import { podIdentity, terminationGraceSeconds } from './pod.ts';

const MAX_HOSTNAME_LENGTH = 63;
const DEFAULT_TERMINATION_LOG = '/dev/termination-log';

export function buildSandboxConfig(pod: DesiredPod, attempt: number): PodSandboxConfig {
  const { spec } = pod;
  return {
    pod: podIdentity(pod),
    attempt,
    hostname: podHostname(pod),
    hostNetwork: spec.hostNetwork === true,
    hostPID: spec.hostPID === true,
    hostIPC: spec.hostIPC === true,
    ...dnsConfig(pod),
    hostAliases: (spec.hostAliases ?? []).map(({ ip, hostnames }) => ({
      ip: ip ?? '',
      hostnames: hostnames ?? [],
    })),
    portMappings: (spec.containers ?? []).flatMap((container) => portMappings(pod, container)),
    sysctls: Object.fromEntries(
      (spec.securityContext?.sysctls ?? []).map(({ name, value }) => [name, value]),
    ),
    terminationGraceSeconds: terminationGraceSeconds(pod),
  };
}

/** The pod's name, cut to what a hostname may be, unless the spec names one. */
export function podHostname(pod: DesiredPod): string {
  const name = pod.spec.hostname ?? pod.metadata.name.slice(0, MAX_HOSTNAME_LENGTH);
  return name.replace(/[-.]+$/, '');
}

/** Only `None` replaces the resolver; other policies add what `dnsConfig` says to the node's. */
function dnsConfig(pod: DesiredPod): Pick<PodSandboxConfig, 'dns'> {
  const { nameservers = [], searches = [], options = [] } = pod.spec.dnsConfig ?? {};
  if (pod.spec.dnsConfig === undefined) return {};
  return {
    dns: {
      servers: nameservers,
      searches,
      options: options.map(({ name = '', value }) => (value ? `${name}:${value}` : name)),
    },
  };
}

function portMappings(
  pod: DesiredPod,
  container: ContainerSpec,
): PodSandboxConfig['portMappings'][number][] {
  if (pod.spec.hostNetwork === true) return [];
  return (container.ports ?? []).flatMap(({ hostPort, containerPort, protocol, hostIP }) =>
    hostPort === undefined || hostPort === 0
      ? []
      : [
          {
            protocol: (protocol ?? 'TCP') as 'TCP' | 'UDP' | 'SCTP',
            containerPort,
            hostPort,
            hostIP: hostIP ?? '',
          },
        ],
  );
}

export interface ContainerSurroundings {
  readonly attempt: number;
  readonly env: ReadonlyMap<string, string>;
  readonly mounts: readonly ContainerMount[];
  readonly nodeMemoryBytes: number;
  /** Host file for the termination message. */
  readonly terminationLogPath: string | undefined;
  /** The container whose processes it is to see. */
  readonly targetID: string | undefined;
}

export function buildContainerConfig(
  pod: DesiredPod,
  container: ContainerSpec,
  around: ContainerSurroundings,
): ContainerConfig {
  const expand = (text: string): string => expandVariables(text, around.env);
  return {
    pod: podIdentity(pod),
    name: container.name,
    attempt: around.attempt,
    image: withDefaultTag(container.image ?? ''),
    hash: containerHash(container),
    command: (container.command ?? []).map(expand),
    args: (container.args ?? []).map(expand),
    workingDir: container.workingDir ?? '',
    env: Array.from(around.env, ([name, value]) => ({ name, value })),
    mounts: around.mounts,
    resources: computeLinuxResources(pod, container, around.nodeMemoryBytes),
    security: security(pod.spec.securityContext, container.securityContext),
    sharePIDNamespace: pod.spec.shareProcessNamespace === true,
    hostPID: pod.spec.hostPID === true,
    ...(around.targetID === undefined ? {} : { targetID: around.targetID }),
    stdin: container.stdin === true,
    stdinOnce: container.stdinOnce === true,
    tty: container.tty === true,
    ...(around.terminationLogPath === undefined
      ? {}
      : {
          terminationLog: {
            hostPath: around.terminationLogPath,
            containerPath: container.terminationMessagePath ?? DEFAULT_TERMINATION_LOG,
            fallbackToLogs: container.terminationMessagePolicy === 'FallbackToLogsOnError',
          },
        }),
  };
}

/** A container's own settings win over the pod's. */
function security(
  pod: core.PodSecurityContext | undefined,
  container: core.SecurityContext | undefined,
): ContainerSecurity {
  const runAsUser = container?.runAsUser ?? pod?.runAsUser;
  const runAsGroup = container?.runAsGroup ?? pod?.runAsGroup;
  const fsGroup = pod?.fsGroup === undefined ? [] : [pod.fsGroup];
  return {
    ...(runAsUser === undefined ? {} : { runAsUser }),
    ...(runAsGroup === undefined ? {} : { runAsGroup }),
    supplementalGroups: [...(pod?.supplementalGroups ?? []), ...fsGroup],
    privileged: container?.privileged === true,
    readOnlyRootFilesystem: container?.readOnlyRootFilesystem === true,
    noNewPrivileges: container?.allowPrivilegeEscalation === false,
    addCapabilities: container?.capabilities?.add ?? [],
    dropCapabilities: container?.capabilities?.drop ?? [],
  };
}
