import type { Clock } from '../clock.ts';
import type { MachineUsage } from '../diff/usage.ts';
import type { ContainerRuntime } from '../runtime/container-runtime.ts';
import type { EngineView } from '../sync/engine-view.ts';
import type { KnownPod, PodSync } from '../sync/pod-sync.ts';
import type { UsageSampler } from '../sync/usage-sampler.ts';
import { containerLogsRoute } from './container-logs.ts';
import { agentMetrics, resourceMetrics } from './metrics.ts';
import { jsonAnswer, NodeAPI, textAnswer } from './node-api.ts';
import type { NodeRoute } from './node-api.ts';
import { statsSummary } from './stats-summary.ts';
import { systemLogsRoute } from './system-logs.ts';

export interface NodeAPIOptions {
  readonly nodeName: string;
  readonly runtime: ContainerRuntime;
  readonly view: EngineView;
  readonly pods: Pick<PodSync, 'all'>;
  readonly usage: UsageSampler;
  readonly machineUsage: () => Promise<MachineUsage>;
  readonly clock: Clock;
  /** The machine's logs; absent: they are not served. */
  readonly systemLogs?: string | undefined;
}

const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Everything that is served, by kubelet's paths. */
export function newNodeAPI(options: NodeAPIOptions): NodeAPI {
  const { systemLogs } = options;
  return new NodeAPI([
    ...healthAndMetrics(options),
    exactly(['/pods', '/pods/'], async () => jsonAnswer(podList(options.pods.all()))),
    exactly(['/stats/summary'], async () => jsonAnswer(await statsSummary(options))),
    containerLogsRoute(options),
    ...(systemLogs === undefined ? [] : [systemLogsRoute(systemLogs)]),
  ]);
}

/** What any user of the machine may know; pods and logs are not among it. */
export const newLocalAPI = (options: NodeAPIOptions): NodeAPI =>
  new NodeAPI(healthAndMetrics(options));

function healthAndMetrics(options: NodeAPIOptions): NodeRoute[] {
  return [
    exactly(['/healthz', '/healthz/ping', '/healthz/log', '/healthz/syncloop'], async () =>
      textAnswer(200, 'ok'),
    ),
    exactly(['/metrics'], async () => prometheus(await agentMetrics(options))),
    exactly(['/metrics/resource'], async () => prometheus(await resourceMetrics(options))),
  ];
}

function exactly(paths: readonly string[], answer: () => ReturnType<NodeRoute>): NodeRoute {
  return async (path) => (paths.includes(path) ? answer() : undefined);
}

const prometheus = (text: string) => ({
  status: 200,
  headers: [['Content-Type', PROMETHEUS_TYPE] as [string, string]],
  body: text,
});

/** The pods of this node with their statuses as the agent knows them. */
function podList(pods: readonly KnownPod[]): object {
  return {
    kind: 'PodList',
    apiVersion: 'v1',
    metadata: {},
    items: pods.map(({ pod: { metadata, spec, status: desired }, status }) => ({
      metadata,
      spec,
      status: status ?? desired ?? {},
    })),
  };
}
