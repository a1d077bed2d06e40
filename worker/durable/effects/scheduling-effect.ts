import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { as, type Pod } from '../../reconcile/kinds.ts';
import type { Change } from '../../reconcile/planner.ts';
import {
  needsScheduling,
  podFootprint,
  podRequest,
  type PodRequest,
} from '../../reconcile/scheduler/pod-request.ts';
import {
  DEFAULT_SCHEDULER_NAME,
  failedSchedulingEvent,
  scheduledEvent,
} from '../../reconcile/scheduler/texts.ts';
import { podScheduledCondition } from '../../reconcile/scheduler/pod-scheduled-condition.ts';
import { setCondition } from '../../../apimachinery/conditions.ts';
import type { Effect } from '../queue/effect.ts';
import type { SettleAnswer, SettleRequest } from '../scheduler/protocol.ts';
import { subjectOf, type EventRecorder } from '../events/event-recorder.ts';
import { SCHEDULER_MANAGER, trackFields } from '../store/field-tracking.ts';
import type { StoreContext } from '../store/store-context.ts';
import { isFinished, podView } from './pods.ts';

export interface SchedulingEffectDeps {
  readonly context: StoreContext;
  readonly recorder: Pick<EventRecorder, 'record'>;
  readonly settle: (
    request: Pick<SettleRequest, 'place' | 'account' | 'release'>,
  ) => Promise<SettleAnswer>;
  /** Commits the bindings together with other writes of the turn. */
  readonly submit: (step: () => void) => Promise<void>;
}

/**
 * Keeps the scheduler's ledger in step with this store's pods, and binds pods to the nodes that it
 * reserves for them. A key is `<pod name>/<uid>`.
 */
export class SchedulingEffect implements Effect {
  readonly name = 'scheduling';
  readonly batchSize = 500;
  readonly #deps: SchedulingEffectDeps;
  /** Bound in this very turn by the ledger itself, which has them already. */
  readonly #bound = new Set<string>();

  constructor(deps: SchedulingEffectDeps) {
    this.#deps = deps;
  }

  keysFor(change: Change): readonly string[] {
    if (change.resource !== 'pods') return [];
    const before = change.before === null ? null : podView(change.before);
    const after = change.after === null ? null : podView(change.after);
    const key = `${change.name}/${(after ?? before)?.uid ?? ''}`;
    if (after === null || before === null) return [key];
    if (isFinished(after)) return isFinished(before) ? [] : [key];
    if (after.nodeName !== '') {
      return before.nodeName === '' && !this.#bound.has(after.uid) ? [key] : [];
    }
    const respecified = change.before?.metadata.generation !== change.after?.metadata.generation;
    return respecified || (after.deleting && !before.deleting) ? [key] : [];
  }

  async run(keys: readonly string[]): Promise<void> {
    const { context, settle, submit } = this.#deps;
    const place: PodRequest[] = [];
    const names = new Map<string, string>();
    const account: SettleRequest['account'][number][] = [];
    const release: string[] = [];
    for (const key of keys) {
      const [name = '', uid = ''] = key.split('/');
      const pod = context.commits.read({ resource: 'pods', name });
      const view = pod === null ? null : podView(pod);
      if (pod === null || view === null || view.uid !== uid || isFinished(view)) {
        release.push(uid);
      } else if (view.nodeName !== '') {
        account.push({ uid, nodeName: view.nodeName, footprint: podFootprint(as<Pod>(pod)) });
      } else if (needsScheduling(as<Pod>(pod))) {
        place.push(podRequest(as<Pod>(pod)));
        names.set(uid, name);
      }
    }
    const answer = await settle({ place, account, release });
    await submit(() => this.#apply(names, answer));
  }

  #apply(names: ReadonlyMap<string, string>, answer: SettleAnswer): void {
    for (const { podUID: uid, nodeName } of answer.bindings) {
      this.#bound.add(uid);
      this.#bind(names.get(uid) ?? '', uid, nodeName);
      this.#bound.delete(uid);
    }
    for (const { podUID: uid, message } of answer.unschedulable) {
      this.#reject(names.get(uid) ?? '', uid, message);
    }
  }

  /** A pod that went away meanwhile stays away: its deletion has enqueued the release. */
  #current(name: string, uid: string): KubernetesObject | null {
    const pod = this.#deps.context.commits.read({ resource: 'pods', name });
    const view = pod === null ? null : podView(pod);
    return view?.uid === uid && view.nodeName === '' && !view.deleting ? pod : null;
  }

  #bind(name: string, uid: string, nodeName: string): void {
    const { context, recorder } = this.#deps;
    const pod = this.#current(name, uid);
    if (pod === null) return;
    const bound = withCondition(
      pod,
      podScheduledCondition({ nodeName }, context.now(), pod.metadata.generation),
    );
    bound['spec'] = { ...(pod['spec'] as object), nodeName };
    context.commits.put('pods', bound, pod);
    recorder.record({
      ...scheduledEvent(context.namespace, name, nodeName),
      subject: subjectOf(bound),
      source: { component: DEFAULT_SCHEDULER_NAME },
    });
  }

  #reject(name: string, uid: string, message: string): void {
    const { context, recorder } = this.#deps;
    const pod = this.#current(name, uid);
    if (pod === null) return;
    const waiting = withCondition(
      pod,
      podScheduledCondition({ message }, context.now(), pod.metadata.generation),
    );
    if (JSON.stringify(waiting) !== JSON.stringify(pod)) {
      const write = { resource: 'pods', fieldManager: SCHEDULER_MANAGER };
      trackFields(context, write, 'status', waiting, pod);
      context.commits.put('pods', waiting, pod);
    }
    recorder.record({
      ...failedSchedulingEvent(message),
      subject: subjectOf(waiting),
      source: { component: DEFAULT_SCHEDULER_NAME },
    });
  }
}

function withCondition(
  pod: KubernetesObject,
  condition: ReturnType<typeof podScheduledCondition>,
): KubernetesObject {
  const status = (pod['status'] ?? {}) as { conditions?: (typeof condition)[] };
  return {
    ...pod,
    metadata: { ...pod.metadata },
    status: { ...status, conditions: setCondition(status.conditions ?? [], condition) },
  };
}
