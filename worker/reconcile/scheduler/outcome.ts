import type { PodCondition, PodStatus } from 'kubernetes-types/core/v1.js';
import { formatTime } from '../../../apimachinery/meta.ts';
import type { Pod } from '../kinds.ts';
import type { EventText } from '../planner.ts';

/**
 * The PodScheduled condition for a pod that was bound (`unschedulable` null) or could not be placed.
 * Returns the old condition itself when nothing about it changes.
 */
export function podScheduledCondition(
  old: PodCondition | undefined,
  unschedulable: string | null,
  generation: number | undefined,
  now: number,
): PodCondition {
  const status = unschedulable === null ? 'True' : 'False';
  const reason = unschedulable === null ? undefined : 'Unschedulable';
  if (
    old?.status === status &&
    old.reason === reason &&
    (old.message ?? '') === (unschedulable ?? '')
  ) {
    return old;
  }
  const since = old?.status === status ? old.lastTransitionTime : undefined;
  const condition = {
    type: 'PodScheduled',
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    status,
    lastProbeTime: null,
    lastTransitionTime: since ?? formatTime(now),
    ...(unschedulable === null ? {} : { reason: 'Unschedulable', message: unschedulable }),
  };
  // The published type has no null, the wire has: kubelet and scheduler write a probe time of null.
  return condition as unknown as PodCondition;
}

/** A copy of the pod on its node. */
export function bindPod(pod: Pod, nodeName: string, now: number): Pod {
  return { ...withScheduled(pod, null, now), spec: { ...pod.spec, nodeName } };
}

/** A copy of the pod that says why it has no node; the pod itself when it says so already. */
export function markUnschedulable(pod: Pod, message: string, now: number): Pod {
  return withScheduled(pod, message, now);
}

function withScheduled(pod: Pod, unschedulable: string | null, now: number): Pod {
  const conditions = pod.status?.conditions ?? [];
  const old = conditions.find(({ type }) => type === 'PodScheduled');
  const next = podScheduledCondition(old, unschedulable, pod.metadata.generation, now);
  if (next === old) return pod;
  const others = conditions.filter(({ type }) => type !== 'PodScheduled');
  const status: PodStatus = { ...pod.status, conditions: [...others, next] };
  return { ...pod, status };
}

export function scheduledEvent(namespace: string, name: string, nodeName: string): EventText {
  const message = `Successfully assigned ${namespace}/${name} to ${nodeName}`;
  return { type: 'Normal', reason: 'Scheduled', message };
}

export function failedSchedulingEvent(message: string): EventText {
  return { type: 'Warning', reason: 'FailedScheduling', message };
}
