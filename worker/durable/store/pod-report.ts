import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import {
  isConflict,
  isInvalid,
  isNotFound,
  StatusError,
} from '../../../apimachinery/status-error.ts';
import { nodeUser } from '../../../apimachinery/user-info.ts';
import { podView } from '../effects/pods.ts';
import { logError } from '../log.ts';
import type { NodeEvent, PodReport } from '../node/protocol.ts';
import type { StoreRuntime } from './store-runtime.ts';
import type { StoreContext } from './store-context.ts';
import { removeTerminatedPod } from './verbs/delete.ts';
import { NODE_MANAGER } from './field-tracking.ts';
import { updateObject } from './verbs/update.ts';

/**
 * Commits what a node says about pods of this namespace. A pod that is gone, was replaced, or is
 * bound to another node is none of the reporter's business: those entries are dropped.
 */
export async function applyPodReport(runtime: StoreRuntime, report: PodReport): Promise<void> {
  const { nodeName } = report;
  const step = (write: (context: StoreContext) => void) =>
    runtime.write((context) => context.commits.transact(() => write(context)), 'background');
  await Promise.all([
    ...report.statuses.map((entry) => step((context) => setStatus(context, nodeName, entry))),
    ...report.terminated.map(({ name, uid }) =>
      step((context) => {
        if (ownPod(context, nodeName, name, uid) !== null) removeTerminatedPod(context, name, uid);
      }),
    ),
    step(() => {
      for (const event of report.events) recordNodeEvent(runtime, nodeName, event);
    }),
  ]);
}

function ownPod(
  context: StoreContext,
  nodeName: string,
  name: string,
  uid: string,
): KubernetesObject | null {
  const pod = context.commits.read({ resource: 'pods', name });
  if (pod === null || pod.metadata.uid !== uid) return null;
  return podView(pod).nodeName === nodeName ? pod : null;
}

function setStatus(
  context: StoreContext,
  nodeName: string,
  entry: PodReport['statuses'][number],
): void {
  const pod = ownPod(context, nodeName, entry.name, entry.uid);
  if (pod === null) return;
  const object = JSON.parse(JSON.stringify({ ...pod, status: entry.status })) as KubernetesObject;
  keepForeignConditions(object, pod);
  try {
    updateObject(
      context,
      {
        resource: 'pods',
        name: entry.name,
        subresource: 'status',
        user: nodeUser(nodeName),
        fieldManager: NODE_MANAGER,
      },
      object,
    );
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    if (isNotFound(error) || isConflict(error)) return;
    // Asking the node to repeat a report that is not valid would go on for ever.
    if (!isInvalid(error) && error.status.reason !== 'RequestEntityTooLarge') throw error;
    logError('a node reported an invalid pod status', error, { node: nodeName, pod: entry.name });
  }
}

/** Conditions that the node's agent answers for; all others belong to whoever set them. */
const NODE_CONDITIONS = new Set([
  'PodReadyToStartContainers',
  'Initialized',
  'ContainersReady',
  'Ready',
  'PodResizePending',
  'PodResizeInProgress',
]);

/** Anybody may set this one; the node does when it ends a pod itself. */
const isOwnDisruption = ({ type, reason }: Condition): boolean =>
  type === 'DisruptionTarget' && reason === 'TerminationByKubelet';

interface Condition {
  readonly type: string;
  readonly reason?: string;
}

interface StatusWithConditions {
  conditions?: Condition[];
  nominatedNodeName?: string;
}

function keepForeignConditions(object: KubernetesObject, old: KubernetesObject): void {
  const status = object['status'] as StatusWithConditions;
  const before = (old['status'] ?? {}) as StatusWithConditions;
  const reported = (status.conditions ?? []).filter(
    (condition) => NODE_CONDITIONS.has(condition.type) || isOwnDisruption(condition),
  );
  const told = new Set(reported.map(({ type }) => type));
  const kept = (before.conditions ?? []).filter(
    ({ type }) => !NODE_CONDITIONS.has(type) && !told.has(type),
  );
  status.conditions = [...reported, ...kept];
}

function recordNodeEvent(runtime: StoreRuntime, nodeName: string, event: NodeEvent): void {
  const { regarding } = event;
  runtime.recorder.record({
    type: event.type,
    reason: event.reason,
    message: event.message,
    firstTimestamp: event.firstTimestamp,
    lastTimestamp: event.lastTimestamp,
    count: event.count,
    source: { component: 'kubelet', host: nodeName },
    subject: {
      apiVersion: 'v1',
      kind: regarding.kind,
      namespace: regarding.namespace,
      name: regarding.name,
      uid: regarding.uid,
      ...(regarding.fieldPath === undefined ? {} : { fieldPath: regarding.fieldPath }),
    },
  });
}
