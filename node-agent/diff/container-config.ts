import type { ContainerConfig, ImageStatus } from '../runtime/container-runtime.ts';
import type { ContainerMount, PodSandboxConfig } from '../runtime/container-runtime.ts';
import { containerHash } from './container-hash.ts';
import { containerSecurity } from './container-security.ts';
import { expandVariables } from './expansion.ts';
import { withDefaultTag } from './image-reference.ts';
import { computeLinuxResources } from './linux-resources.ts';
import type { ContainerSpec, DesiredPod } from './pod.ts';
import { podIdentity, terminationGraceSeconds } from './pod.ts';
import { kernelHostname } from './pod-hostname.ts';
import { podResolver } from './resolver.ts';
import type { Resolver } from './resolver.ts';

const DEFAULT_TERMINATION_LOG = '/dev/termination-log';

/** @throws Error where the pod asks for what cannot be had */
export function buildSandboxConfig(
  pod: DesiredPod,
  attempt: number,
  machineResolver: Resolver,
): PodSandboxConfig {
  const { spec } = pod;
  if (spec.hostUsers === false) {
    throw new Error("can't set `spec.hostUsers: false`, runtime does not support user namespaces");
  }
  const dns = podResolver(pod, machineResolver);
  return {
    pod: podIdentity(pod),
    attempt,
    hostname: kernelHostname(pod),
    hostNetwork: spec.hostNetwork === true,
    hostPID: spec.hostPID === true,
    hostIPC: spec.hostIPC === true,
    ...(dns === undefined ? {} : { dns }),
    portMappings: (spec.containers ?? []).flatMap((container) => portMappings(pod, container)),
    sysctls: Object.fromEntries(
      (spec.securityContext?.sysctls ?? []).map(({ name, value }) => [name, value]),
    ),
    terminationGraceSeconds: terminationGraceSeconds(pod),
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
  readonly image: Pick<ImageStatus, 'user'>;
  /** As {@link ContainerConfig.security} has it. */
  readonly seccompProfile: string | undefined;
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
    security: {
      ...containerSecurity(pod, container, around.image),
      ...(around.seccompProfile === undefined ? {} : { seccompProfile: around.seccompProfile }),
    },
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
