import type { ContainerCreateOptions, HostConfig } from 'dockerode';
import type { PodSandboxConfig, PortMapping } from '../container-runtime.ts';
import type { NodeIdentity } from './names.ts';
import { commonLabels, LABEL, sandboxName } from './names.ts';

/** Sandboxes are the last thing that the kernel may kill: losing one costs the whole pod. */
export const SANDBOX_OOM_SCORE_ADJ = -998;
const SANDBOX_CPU_SHARES = 2;
/** The engine's word for searching nowhere, and an option that says what is so anyway. */
const NO_SEARCH = '.';
const NO_OPTION = 'ndots:1';

/** The engine's options for a pod's sandbox container. */
export function sandboxOptions(
  node: NodeIdentity,
  config: PodSandboxConfig,
  pauseImage: string,
  canLowerOOMScore: boolean,
): ContainerCreateOptions {
  return {
    name: sandboxName(node, config.pod, config.attempt),
    Image: pauseImage,
    ...(config.hostNetwork ? {} : { Hostname: config.hostname }),
    Labels: {
      ...commonLabels(node, config.pod),
      [LABEL.type]: 'sandbox',
      [LABEL.containerName]: 'POD',
      [LABEL.attempt]: String(config.attempt),
      [LABEL.hostNetwork]: String(config.hostNetwork),
      [LABEL.terminationGrace]: String(config.terminationGraceSeconds),
    },
    ExposedPorts: Object.fromEntries(config.portMappings.map((port) => [portKey(port), {}])),
    HostConfig: {
      NetworkMode: config.hostNetwork ? 'host' : 'bridge',
      IpcMode: config.hostIPC ? 'host' : 'shareable',
      ...(config.hostPID ? { PidMode: 'host' } : {}),
      CpuShares: SANDBOX_CPU_SHARES,
      OomScoreAdj: canLowerOOMScore ? SANDBOX_OOM_SCORE_ADJ : 0,
      Sysctls: { ...config.sysctls },
      LogConfig: { Type: 'none', Config: {} },
      ...(config.dns === undefined ? {} : resolverOptions(config.dns)),
      PortBindings: portBindings(config.portMappings),
    },
  };
}

/** Of what is left empty the engine would take the machine's. */
function resolverOptions(dns: NonNullable<PodSandboxConfig['dns']>): HostConfig {
  return {
    Dns: [...dns.servers],
    DnsSearch: dns.searches.length === 0 ? [NO_SEARCH] : [...dns.searches],
    DnsOptions: dns.options.length === 0 ? [NO_OPTION] : [...dns.options],
  };
}

function portBindings(
  mappings: readonly PortMapping[],
): Record<string, { HostIp: string; HostPort: string }[]> {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const mapping of mappings) {
    (bindings[portKey(mapping)] ??= []).push({
      HostIp: mapping.hostIP,
      HostPort: String(mapping.hostPort),
    });
  }
  return bindings;
}

const portKey = (port: PortMapping): string =>
  `${port.containerPort}/${port.protocol.toLowerCase()}`;
