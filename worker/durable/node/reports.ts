import type { AgentFrame } from '../../../apimachinery/agent-protocol.ts';
import type { Env } from '../env.ts';
import { storeStub } from '../stubs.ts';
import type { NodeEvent, PodReport } from './protocol.ts';

type Report = Extract<AgentFrame, { type: 'report' }>;

/** Events about the node itself live where upstream's kubelet puts them. */
const NODE_EVENT_NAMESPACE = 'default';

interface MutablePodReport {
  statuses: PodReport['statuses'][number][];
  terminated: PodReport['terminated'][number][];
  events: NodeEvent[];
}

/** Sorts what a node reports by the namespace whose store it belongs to. */
export function splitReport(report: Report): Map<string, MutablePodReport> {
  const byNamespace = new Map<string, MutablePodReport>();
  const of = (namespace: string) => {
    let found = byNamespace.get(namespace);
    if (found === undefined) {
      byNamespace.set(namespace, (found = { statuses: [], terminated: [], events: [] }));
    }
    return found;
  };
  for (const { namespace, name, uid, status } of report.podStatuses ?? []) {
    of(namespace).statuses.push({ name, uid, status });
  }
  for (const { namespace, name, uid } of report.podsTerminated ?? []) {
    of(namespace).terminated.push({ name, uid });
  }
  for (const { regarding, ...event } of report.events ?? []) {
    const { fieldPath, ...reference } = regarding;
    const namespace = regarding.kind === 'Node' ? NODE_EVENT_NAMESPACE : regarding.namespace;
    of(namespace).events.push({
      ...event,
      regarding: fieldPath === undefined ? reference : { ...reference, fieldPath },
    });
  }
  return byNamespace;
}

/** Hands a report to the stores; resolves when all of it is committed. */
export async function deliverReport(
  env: Env,
  cluster: string,
  nodeName: string,
  report: Report,
): Promise<void> {
  const clusterScope = { cluster, namespace: '' };
  const deliveries = [...splitReport(report)].map(([namespace, podReport]) => {
    const scope = { cluster, namespace };
    return storeStub(env, scope).reportPods(scope, { nodeName, ...podReport });
  });
  if (report.nodeStatus !== undefined) {
    const status = report.nodeStatus;
    deliveries.push(
      storeStub(env, clusterScope).reportNodeStatus(clusterScope, { name: nodeName, status }),
    );
  }
  if (report.volumesRemoved !== undefined) {
    const removed = report.volumesRemoved;
    deliveries.push(storeStub(env, clusterScope).volumesRemoved(clusterScope, nodeName, removed));
  }
  await Promise.all(deliveries);
}
