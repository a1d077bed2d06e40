import type { PodSummary } from '../agent-status.ts';
import { isRunning } from './observed.ts';
import type { ObservedPod } from './observed.ts';
import type { DesiredPod, PodStatus } from './pod.ts';

/** What a person who looks after the machine is told of a pod. */
export function podSummary(
  pod: DesiredPod,
  status: PodStatus | undefined,
  observed: ObservedPod,
): PodSummary {
  const { namespace, name, uid } = pod.metadata;
  const { containerStatuses = [], initContainerStatuses = [], conditions = [] } = status ?? {};
  const restarts = [...containerStatuses, ...initContainerStatuses].map((one) => one.restartCount);
  return {
    namespace,
    name,
    uid,
    phase: status?.phase ?? 'Pending',
    ready: conditions.some((one) => one.type === 'Ready' && one.status === 'True'),
    restarts: restarts.reduce((sum, count) => sum + count, 0),
    isEnding: pod.metadata.deletionTimestamp !== undefined,
    containers: observed.containers.filter(isRunning).map(({ id }) => id),
  };
}
