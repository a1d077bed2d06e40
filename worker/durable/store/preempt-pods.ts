import { setCondition } from '../../../apimachinery/conditions.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { SCHEDULER_USER } from '../../../apimachinery/user-info.ts';
import { disruptionCondition } from '../../reconcile/scheduler/disruption-condition.ts';
import { DEFAULT_SCHEDULER_NAME, preemptedEvent } from '../../reconcile/scheduler/texts.ts';
import { subjectOf } from '../events/event-recorder.ts';
import type { VictimOrder } from '../scheduler/protocol.ts';
import { podView } from '../effects/pods.ts';
import type { StoreRuntime } from './store-runtime.ts';
import { deleteUnasked } from './verbs/delete.ts';

/**
 * Deletes pods of this store that make room for others, with their grace period. A pod that is going
 * already is left alone; of one that is gone the scheduler is told.
 */
export function preemptPods(runtime: StoreRuntime, orders: readonly VictimOrder[]): void {
  const { context, clock } = runtime;
  // A store without a slot is that of a namespace that is gone, with its pods.
  if (!clock.holdsSlot) return;
  context.commits.transact(() => {
    for (const order of orders) {
      const pod = context.commits.read({ resource: 'pods', name: order.name });
      if (pod === null || pod.metadata.uid !== order.podUID) {
        runtime.enqueue('scheduling', `${order.name}/${order.podUID}`);
      } else if (!podView(pod).deleting) {
        preempt(runtime, pod, order);
      }
    }
  });
}

function preempt(runtime: StoreRuntime, pod: KubernetesObject, order: VictimOrder): void {
  const { context, recorder } = runtime;
  const status = (pod['status'] ?? {}) as { conditions?: ReturnType<typeof disruptionCondition>[] };
  const condition = disruptionCondition(context.now(), pod.metadata.generation);
  const disrupted = {
    ...pod,
    metadata: { ...pod.metadata },
    status: { ...status, conditions: setCondition(status.conditions ?? [], condition) },
  };
  context.commits.put('pods', disrupted, pod);
  recorder.record({
    ...preemptedEvent(order.preemptor, order.nodeName),
    subject: subjectOf(disrupted),
    source: { component: DEFAULT_SCHEDULER_NAME },
  });
  deleteUnasked(context, {
    resource: 'pods',
    name: order.name,
    user: SCHEDULER_USER,
    options: { preconditions: { uid: order.podUID } },
  });
}
