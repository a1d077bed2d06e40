import type { EventText } from '../planner.ts';

/** The scheduler that a pod gets which names none, and the component that its events come from. */
export const DEFAULT_SCHEDULER_NAME = 'default-scheduler';

export function scheduledEvent(namespace: string, name: string, nodeName: string): EventText {
  const message = `Successfully assigned ${namespace}/${name} to ${nodeName}`;
  return { type: 'Normal', reason: 'Scheduled', message };
}

/** `message` is what placeBatch says about the pod. */
export function failedSchedulingEvent(message: string): EventText {
  return { type: 'Warning', reason: 'FailedScheduling', message };
}

/** Said of a pod that had to go for another one. */
export function preemptedEvent(preemptor: string, nodeName: string): EventText {
  const message = `Preempted by pod ${preemptor} on node ${nodeName}`;
  return { type: 'Normal', reason: 'Preempted', message };
}
