import { formatTime } from '../../apimachinery/meta.ts';
import type { Pressures } from '../diff/eviction/pressure.ts';
import type { ImageStatus, NodeFacts } from '../runtime/container-runtime.ts';

export const KUBELET_VERSION = 'v1.36.0';
const MAX_PODS = '110';
/** Kubelet's default nodeStatusMaxImages. */
const MAX_IMAGES = 50;
const MAX_NAMES_PER_IMAGE = 5;

/** What a machine is beside what its engine says. */
export interface MachineFacts {
  readonly internalIP: string;
  readonly hostname: string;
  readonly machineID: string;
  readonly systemUUID: string;
  readonly bootID: string;
  readonly diskBytes: number;
}

export interface NodeStatusInput {
  readonly engine: NodeFacts;
  readonly machine: MachineFacts;
  /** What of the node's capacity pods may be given. */
  readonly allocatable: Readonly<Record<string, string>>;
  readonly images: readonly ImageStatus[];
  readonly agentVersion: string;
  readonly startedAtMs: number;
  readonly pressures: Pressures;
  /** Undefined unless the machine is going down. */
  readonly shuttingDownSinceMs?: number | undefined;
  readonly now: number;
}

/** Resources of the node. */
export function nodeCapacity(engine: NodeFacts, machine: MachineFacts): Record<string, string> {
  return {
    cpu: String(engine.cpuCount),
    'ephemeral-storage': `${Math.floor(machine.diskBytes / 1024)}Ki`,
    memory: `${Math.floor(engine.memoryBytes / 1024)}Ki`,
    pods: MAX_PODS,
  };
}

export function nodeLabels(engine: NodeFacts, machine: MachineFacts): Record<string, string> {
  return {
    'kubernetes.io/arch': engine.architecture,
    'kubernetes.io/hostname': machine.hostname,
    'kubernetes.io/os': engine.operatingSystem,
    'beta.kubernetes.io/arch': engine.architecture,
    'beta.kubernetes.io/os': engine.operatingSystem,
  };
}

/** The status of a Node, as kubelet writes it. */
export function buildNodeStatus(input: NodeStatusInput): Record<string, unknown> {
  const { allocatable, engine, machine } = input;
  const version = `${KUBELET_VERSION}+fairlead.${input.agentVersion}`;
  return {
    capacity: nodeCapacity(engine, machine),
    allocatable,
    conditions: conditions(input),
    addresses: [
      { type: 'InternalIP', address: machine.internalIP },
      { type: 'Hostname', address: machine.hostname },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: 0 } },
    nodeInfo: {
      machineID: machine.machineID,
      systemUUID: machine.systemUUID,
      bootID: machine.bootID,
      kernelVersion: engine.kernelVersion,
      osImage: engine.osImage,
      containerRuntimeVersion: engine.containerRuntimeVersion,
      kubeletVersion: version,
      kubeProxyVersion: '',
      operatingSystem: engine.operatingSystem,
      architecture: engine.architecture,
    },
    images: [...input.images]
      .sort((a, b) => b.sizeBytes - a.sizeBytes)
      .filter((image) => image.names.length > 0)
      .slice(0, MAX_IMAGES)
      .map(({ names, sizeBytes }) => ({ names: names.slice(0, MAX_NAMES_PER_IMAGE), sizeBytes })),
  };
}

type Condition = Record<string, string>;

function conditions(input: NodeStatusInput): Condition[] {
  const { now, startedAtMs, pressures, shuttingDownSinceMs } = input;
  const condition = (
    type: string,
    status: 'True' | 'False',
    reason: string,
    text: string,
    changedAtMs = startedAtMs,
  ): Condition => ({
    type,
    status,
    lastHeartbeatTime: formatTime(now),
    lastTransitionTime: formatTime(changedAtMs),
    reason,
    message: text,
  });
  const { MemoryPressure: memory, DiskPressure: disk } = pressures;
  return [
    memory.active
      ? condition(
          'MemoryPressure',
          'True',
          'KubeletHasInsufficientMemory',
          'kubelet has insufficient memory available',
          memory.changedAtMs,
        )
      : condition(
          'MemoryPressure',
          'False',
          'KubeletHasSufficientMemory',
          'kubelet has sufficient memory available',
          memory.changedAtMs,
        ),
    disk.active
      ? condition(
          'DiskPressure',
          'True',
          'KubeletHasDiskPressure',
          'kubelet has disk pressure',
          disk.changedAtMs,
        )
      : condition(
          'DiskPressure',
          'False',
          'KubeletHasNoDiskPressure',
          'kubelet has no disk pressure',
          disk.changedAtMs,
        ),
    condition(
      'PIDPressure',
      'False',
      'KubeletHasSufficientPID',
      'kubelet has sufficient PID available',
    ),
    shuttingDownSinceMs === undefined
      ? condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status')
      : condition(
          'Ready',
          'False',
          'KubeletNotReady',
          'node is shutting down',
          shuttingDownSinceMs,
        ),
  ];
}

/** Whether two statuses say the same but for the times of their heartbeats. */
export function sameNodeStatus(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  const text = (status: Record<string, unknown>): string =>
    JSON.stringify(status, (key, value: unknown) =>
      key === 'lastHeartbeatTime' ? undefined : value,
    );
  return text(a) === text(b);
}
