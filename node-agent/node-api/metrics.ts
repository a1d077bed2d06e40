import type { MachineUsage } from '../diff/usage.ts';
import type {
  ContainerRuntime,
  ContainerStats,
  ContainerStatus,
} from '../runtime/container-runtime.ts';
import type { EngineView } from '../sync/engine-view.ts';

interface MetricsDeps {
  readonly nodeName: string;
  readonly runtime: Pick<ContainerRuntime, 'containerStats'>;
  readonly view: Pick<EngineView, 'pod' | 'podUIDs'>;
  readonly machineUsage: () => Promise<MachineUsage>;
}

interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Containers that are looked at at once. */
const CONCURRENT_READS = 8;

/** `/metrics`: how the agent itself is, and how much it runs. */
export async function agentMetrics({ nodeName, view }: MetricsDeps): Promise<string> {
  const observed = view.podUIDs().map((uid) => view.pod(uid));
  const containers = observed.flatMap((pod) => pod.containers);
  const running = observed.filter(({ sandboxes }) => sandboxes.some((s) => s.state === 'ready'));
  const states = ['created', 'running', 'exited'] as const;
  const cpu = process.cpuUsage();
  return [
    metric('kubelet_node_name', 'gauge', "The node's name. The count is always 1.", [
      { labels: { node: nodeName }, value: 1 },
    ]),
    metric('kubelet_running_pods', 'gauge', 'Number of pods that have a running pod sandbox', [
      { labels: {}, value: running.length },
    ]),
    metric(
      'kubelet_running_containers',
      'gauge',
      'Number of containers by their state',
      states.map((state) => ({
        labels: { container_state: state },
        value: containers.filter((container) => container.state.kind === state).length,
      })),
    ),
    metric('process_cpu_seconds_total', 'counter', 'CPU time of the agent in seconds.', [
      { labels: {}, value: (cpu.user + cpu.system) / 1e6 },
    ]),
    metric('process_resident_memory_bytes', 'gauge', 'Resident memory of the agent in bytes.', [
      { labels: {}, value: process.memoryUsage.rss() },
    ]),
    metric('process_start_time_seconds', 'gauge', 'When the agent was started.', [
      { labels: {}, value: Math.round(performance.timeOrigin) / 1000 },
    ]),
  ].join('');
}

/** `/metrics/resource`: what metrics-server reads. */
export async function resourceMetrics(deps: MetricsDeps): Promise<string> {
  const { view, machineUsage } = deps;
  const machine = await machineUsage();
  const running = view
    .podUIDs()
    .flatMap((uid) => view.pod(uid).containers)
    .filter(({ state }) => state.kind === 'running');
  const stats = await readStats(deps, running);
  const measured = running.flatMap((container) => {
    const found = stats.get(container.id);
    return found === undefined ? [] : [{ container, labels: labelsOf(container), ...found }];
  });
  return [
    metric('node_cpu_usage_seconds_total', 'counter', 'CPU time of the node in core-seconds', [
      { labels: {}, value: machine.usageCoreNanoSeconds / 1e9 },
    ]),
    metric('node_memory_working_set_bytes', 'gauge', 'Working set of the node in bytes', [
      { labels: {}, value: machine.workingSetBytes },
    ]),
    metric(
      'container_cpu_usage_seconds_total',
      'counter',
      'CPU time of the container in core-seconds',
      measured.map(({ labels, usageCoreNanoSeconds }) => ({
        labels,
        value: usageCoreNanoSeconds / 1e9,
      })),
    ),
    metric(
      'container_memory_working_set_bytes',
      'gauge',
      'Working set of the container in bytes',
      measured.map(({ labels, workingSetBytes }) => ({ labels, value: workingSetBytes })),
    ),
    metric(
      'container_start_time_seconds',
      'gauge',
      'When the container was started, in seconds since the epoch',
      measured.flatMap(({ labels, container: { state } }) =>
        state.kind === 'running' ? [{ labels, value: state.startedAtMs / 1000 }] : [],
      ),
    ),
    metric('resource_scrape_error', 'gauge', '1 if a container could not be measured, else 0', [
      { labels: {}, value: measured.length === running.length ? 0 : 1 },
    ]),
  ].join('');
}

async function readStats(
  { runtime }: MetricsDeps,
  containers: readonly ContainerStatus[],
): Promise<Map<string, ContainerStats>> {
  const found = new Map<string, ContainerStats>();
  const queue = containers.values();
  const readNext = async (): Promise<void> => {
    for (const { id } of queue) {
      try {
        const stats = await runtime.containerStats(id);
        if (stats !== undefined) found.set(id, stats);
      } catch {
        // It is left out, which `resource_scrape_error` says.
        continue;
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT_READS }, readNext));
  return found;
}

const labelsOf = ({ name, pod }: ContainerStatus): Record<string, string> => ({
  container: name,
  namespace: pod.namespace,
  pod: pod.name,
});

/** One metric in Prometheus' text format. */
function metric(
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  samples: readonly Sample[],
): string {
  const lines = samples.map(({ labels, value }) => {
    const list = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
    return `${name}${list.length === 0 ? '' : `{${list.join(',')}}`} ${value}\n`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

const escapeLabel = (text: string): string =>
  text.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`));
