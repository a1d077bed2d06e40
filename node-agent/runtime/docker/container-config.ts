import type { ContainerCreateOptions, MountSettings } from 'dockerode';
import type { ContainerConfig, ContainerMount, LinuxResources } from '../container-runtime.ts';
import type { NodeIdentity } from './names.ts';
import { commonLabels, containerName, LABEL } from './names.ts';

const CPU_PERIOD_MICROSECONDS = 100_000;

/** Kubelet's defaults for container logs (containerLogMaxSize, containerLogMaxFiles). */
const LOG_OPTIONS = { 'max-size': '10m', 'max-file': '5' };

/** The engine's options for a container that joins the Linux namespaces of its sandbox. */
export function containerOptions(
  node: NodeIdentity,
  sandboxID: string,
  config: ContainerConfig,
  canLowerOOMScore: boolean,
): ContainerCreateOptions {
  const { resources, security } = config;
  const joined = `container:${sandboxID}`;
  return {
    name: containerName(node, config.pod, config.name, config.attempt),
    Image: config.image,
    Labels: labels(node, sandboxID, config),
    Env: config.env.map(({ name, value }) => `${name}=${value}`),
    ...(config.command.length === 0 ? {} : { Entrypoint: [...config.command] }),
    ...(config.args.length === 0 ? {} : { Cmd: [...config.args] }),
    ...(config.workingDir === '' ? {} : { WorkingDir: config.workingDir }),
    ...(security.runAsUser === undefined ? {} : { User: user(security) }),
    OpenStdin: config.stdin,
    StdinOnce: config.stdinOnce,
    Tty: config.tty,
    // A pod's health is the agent's business; an image's own check would only cost.
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      NetworkMode: joined,
      IpcMode: joined,
      ...pidMode(config, joined),
      Binds: mounts(config)
        .filter(({ nfs }) => nfs === undefined)
        .map(bindText),
      Mounts: mounts(config).flatMap(networkMount),
      ...resourceOptions(resources),
      OomScoreAdj: Math.max(resources.oomScoreAdj, canLowerOOMScore ? -1000 : 0),
      GroupAdd: security.supplementalGroups.map(String),
      Privileged: security.privileged,
      ReadonlyRootfs: security.readOnlyRootFilesystem,
      SecurityOpt: securityOptions(security),
      ...(security.unmaskedProc ? { MaskedPaths: [], ReadonlyPaths: [] } : {}),
      CapAdd: [...security.addCapabilities],
      CapDrop: [...security.dropCapabilities],
      RestartPolicy: { Name: 'no' },
      LogConfig: { Type: 'json-file', Config: LOG_OPTIONS },
    },
  };
}

/** As they are given to a new container, and to one that runs. */
export function resourceOptions(resources: LinuxResources): ContainerUpdateOptions {
  const { cpuQuota, cpuShares, memoryLimitBytes } = resources;
  return {
    CpuShares: cpuShares,
    ...(cpuQuota === 0 ? {} : { CpuQuota: cpuQuota, CpuPeriod: CPU_PERIOD_MICROSECONDS }),
    // Memory and swap together are limited to the memory limit: no swap, as kubelet has it.
    ...(memoryLimitBytes === 0 ? {} : { Memory: memoryLimitBytes, MemorySwap: memoryLimitBytes }),
  };
}

export interface ContainerUpdateOptions {
  CpuShares: number;
  CpuQuota?: number;
  CpuPeriod?: number;
  Memory?: number;
  MemorySwap?: number;
}

function pidMode(config: ContainerConfig, sandbox: string): { PidMode?: string } {
  if (config.targetID !== undefined) return { PidMode: `container:${config.targetID}` };
  if (config.sharePIDNamespace) return { PidMode: sandbox };
  return config.hostPID ? { PidMode: 'host' } : {};
}

function labels(
  node: NodeIdentity,
  sandboxID: string,
  config: ContainerConfig,
): Record<string, string> {
  const log = config.terminationLog;
  return {
    ...commonLabels(node, config.pod),
    [LABEL.type]: 'container',
    [LABEL.containerName]: config.name,
    [LABEL.attempt]: String(config.attempt),
    [LABEL.hash]: config.hash,
    [LABEL.sandboxID]: sandboxID,
    [LABEL.image]: config.image,
    ...(config.stdinOnce ? { [LABEL.stdinOnce]: 'true' } : {}),
    ...(log === undefined
      ? {}
      : {
          [LABEL.terminationLog]: log.hostPath,
          [LABEL.terminationFallback]: String(log.fallbackToLogs),
        }),
  };
}

function mounts(config: ContainerConfig): ContainerMount[] {
  const log = config.terminationLog;
  if (log === undefined) return [...config.mounts];
  return [
    ...config.mounts,
    { hostPath: log.hostPath, containerPath: log.containerPath, readOnly: false },
  ];
}

function bindText(mount: ContainerMount): string {
  const options = [
    ...(mount.readOnly ? ['ro'] : []),
    ...(mount.propagation === undefined ? [] : [mount.propagation]),
  ];
  const paths = `${mount.hostPath}:${mount.containerPath}`;
  return options.length === 0 ? paths : `${paths}:${options.join(',')}`;
}

/** A volume of the engine's own, which goes with the container. */
function networkMount({ nfs, containerPath, readOnly }: ContainerMount): MountSettings[] {
  if (nfs === undefined) return [];
  const { server, path } = nfs;
  const options = [`addr=${server}`, ...(readOnly ? ['ro'] : [])].join(',');
  return [
    {
      Type: 'volume',
      Source: '',
      Target: containerPath,
      ReadOnly: readOnly,
      VolumeOptions: {
        NoCopy: true,
        Labels: {},
        DriverConfig: { Name: 'local', Options: { type: 'nfs', device: `:${path}`, o: options } },
      },
    },
  ];
}

function securityOptions(security: ContainerConfig['security']): string[] {
  const { noNewPrivileges, seccompProfile, appArmorProfile, seLinuxOptions = {} } = security;
  const labels = Object.entries(seLinuxOptions).filter(([, value]) => value !== '');
  return [
    ...(noNewPrivileges ? ['no-new-privileges'] : []),
    ...(seccompProfile === undefined ? [] : [`seccomp=${seccompProfile}`]),
    ...(appArmorProfile === undefined ? [] : [`apparmor=${appArmorProfile}`]),
    ...labels.map(([name, value]) => `label=${name}:${value}`),
  ];
}

function user(security: ContainerConfig['security']): string {
  return security.runAsGroup === undefined
    ? (security.runAsUser ?? '')
    : `${security.runAsUser}:${security.runAsGroup}`;
}
