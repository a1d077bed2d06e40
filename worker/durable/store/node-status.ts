import type { Condition, KubernetesObject } from '../../../apimachinery/meta.ts';
import { formatTime } from '../../../apimachinery/meta.ts';
import { nodeUser } from '../../../apimachinery/user-info.ts';
import type { NodeRegistration } from '../node/protocol.ts';
import type { StoreContext } from './store-context.ts';
import { createObject } from './verbs/create.ts';
import { NODE_MANAGER } from './field-tracking.ts';
import { updateObject } from './verbs/update.ts';

/** A node's status as its agent sees it; or, with `lost`, that nobody answers for it any more. */
export type NodeStatusReport =
  | { readonly name: string; readonly status: Record<string, unknown> }
  | { readonly name: string; readonly lost: true };

/**
 * Creates the Node of an agent that says hello, or refreshes it: what the agent says about labels,
 * annotations and status wins over what was there, what others added stays. Returns the Node's uid.
 */
export function registerNode(context: StoreContext, registration: NodeRegistration): string {
  const { name, labels, annotations = {}, status } = registration;
  const old = context.commits.read({ resource: 'nodes', name });
  if (old === null) {
    const node: KubernetesObject = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name, labels: { ...labels }, annotations: { ...annotations } },
      spec: {},
    };
    const request = { resource: 'nodes', user: nodeUser(name), fieldManager: null };
    createObject(context, request, node);
  } else if (!holds(old.metadata.labels, labels) || !holds(old.metadata.annotations, annotations)) {
    const metadata = {
      ...old.metadata,
      labels: { ...old.metadata.labels, ...labels },
      annotations: { ...old.metadata.annotations, ...annotations },
    };
    write(context, name, '', { ...old, metadata });
  }
  reportNodeStatus(context, { name, status });
  return context.commits.read({ resource: 'nodes', name })?.metadata.uid ?? '';
}

const holds = (
  all: Readonly<Record<string, string>> | undefined,
  some: Readonly<Record<string, string>>,
): boolean => Object.entries(some).every(([key, value]) => all?.[key] === value);

export function reportNodeStatus(context: StoreContext, report: NodeStatusReport): void {
  const old = context.commits.read({ resource: 'nodes', name: report.name });
  if (old === null) return;
  const before = (old['status'] ?? {}) as NodeStatus;
  const status =
    'lost' in report ? lostStatus(before, context.now()) : (report.status as NodeStatus);
  const timed = withTransitionTimes(status, before, context.now());
  write(context, report.name, 'status', { ...old, status: timed });
}

interface NodeStatus {
  conditions?: Condition[];
}

/** Conditions become Unknown, in the words of upstream's node lifecycle controller. */
function lostStatus(before: NodeStatus, nowMs: number): NodeStatus {
  return {
    ...before,
    conditions: (before.conditions ?? []).map((condition) => ({
      ...condition,
      status: 'Unknown',
      reason: 'NodeStatusUnknown',
      message: 'Kubelet stopped posting node status.',
      lastTransitionTime: formatTime(nowMs),
    })),
  };
}

/**
 * A condition that did not change its status keeps the time at which it last did. One that did has
 * changed now: the agent knows nothing of the loss that it comes back from.
 */
function withTransitionTimes(status: NodeStatus, before: NodeStatus, nowMs: number): NodeStatus {
  const earlier = new Map((before.conditions ?? []).map((c) => [c.type, c]));
  return {
    ...status,
    conditions: (status.conditions ?? []).map((condition) => {
      const old = earlier.get(condition.type);
      if (old === undefined) return condition;
      const lastTransitionTime =
        old.status === condition.status ? old.lastTransitionTime : formatTime(nowMs);
      return lastTransitionTime === undefined ? condition : { ...condition, lastTransitionTime };
    }),
  };
}

function write(context: StoreContext, name: string, subresource: string, node: KubernetesObject) {
  updateObject(
    context,
    {
      resource: 'nodes',
      name,
      subresource,
      user: nodeUser(name),
      fieldManager: NODE_MANAGER,
    },
    JSON.parse(JSON.stringify(node)) as KubernetesObject,
  );
}
