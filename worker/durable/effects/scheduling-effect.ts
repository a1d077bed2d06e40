import type { LabelSelectorSource } from '../../../apimachinery/label-selector.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { as, type Pod, type PodDisruptionBudget } from '../../reconcile/kinds.ts';
import type { Change } from '../../reconcile/planner.ts';
import type { Refused } from '../../reconcile/scheduler/place-batch.ts';
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
import { budgetOf } from '../../reconcile/scheduler/budgets.ts';
import { BUDGETS } from '../../reconcile/disruption/budget-facts.ts';
import { siblingSelector } from '../../reconcile/scheduler/sibling-selector.ts';
import { podScheduledCondition } from '../../reconcile/scheduler/pod-scheduled-condition.ts';
import { setCondition } from '../../../apimachinery/conditions.ts';
import type { Effect } from '../queue/effect.ts';
import type { SettleAnswer, SettleRequest } from '../scheduler/protocol.ts';
import { subjectOf, type EventRecorder } from '../events/event-recorder.ts';
import { volumeConstraints } from '../../reconcile/scheduler/volume-constraints.ts';
import { VOLUME_ANSWERS } from '../../registry/hidden-resources.ts';
import { SCHEDULER_MANAGER, trackFields } from '../store/field-tracking.ts';
import { claimReader, CLAIMS, isSelection, takeClaims } from '../store/pod-claims.ts';
import type { StoreContext } from '../store/store-context.ts';
import { isFinished, podView } from './pods.ts';

export interface SchedulingEffectDeps {
  readonly context: StoreContext;
  readonly recorder: Pick<EventRecorder, 'record'>;
  readonly settle: (request: Omit<SettleRequest, 'cluster' | 'namespace'>) => Promise<SettleAnswer>;
  /** Forgets what nodes held against pods. Inside a commit before those of the bindings. */
  readonly clear: (nodes: SettleAnswer['cleared']) => void;
  /** Commits a decision together with other writes of the turn, when requests leave room for it. */
  readonly submit: (step: () => void) => Promise<void>;
  /** Makes a key of this effect due. Inside a transaction. */
  readonly enqueue: (key: string) => void;
}

/** Due when what concerns all pods of the namespace changed. It goes with whatever is sent. */
const NAMESPACE_KEY = '/';
/** Before the name of a claim: due are the pods that wait and use it. */
const CLAIM_KEY = '/claim/';

/**
 * Keeps the scheduler's ledger in step with this store's pods, and binds pods to the nodes that it
 * reserves for them. A key is `<pod name>/<uid>`, {@link NAMESPACE_KEY}, or one
 * of {@link CLAIM_KEY}.
 */
export class SchedulingEffect implements Effect {
  readonly name = 'scheduling';
  readonly batchSize = 100;
  readonly #deps: SchedulingEffectDeps;
  /** Bound in this very turn by the ledger itself, which has them already. */
  readonly #bound = new Set<string>();

  constructor(deps: SchedulingEffectDeps) {
    this.#deps = deps;
  }

  keysFor(change: Change): readonly string[] {
    if (change.resource === 'namespaces') return isRelabelled(change) ? [NAMESPACE_KEY] : [];
    if (change.resource === BUDGETS) return isRebudgeted(change) ? [NAMESPACE_KEY] : [];
    if (change.resource === CLAIMS || change.resource === VOLUME_ANSWERS) {
      return isSelection(change) ? [] : [CLAIM_KEY + change.name];
    }
    if (change.resource !== 'pods') return [];
    const before = change.before === null ? null : podView(change.before);
    const after = change.after === null ? null : podView(change.after);
    const key = `${change.name}/${(after ?? before)?.uid ?? ''}`;
    if (after === null || before === null) return [key];
    if (isFinished(after)) return isFinished(before) ? [] : [key];
    const respecified = change.before?.metadata.generation !== change.after?.metadata.generation;
    const isOther = respecified || (after.deleting && !before.deleting);
    if (after.nodeName === '') return isOther || isRelabelled(change) ? [key] : [];
    if (before.nodeName === '') return this.#bound.has(after.uid) ? [] : [key];
    return isOther || isRelabelled(change) ? [key] : [];
  }

  async run(keys: readonly string[]): Promise<void> {
    const { context, settle, submit } = this.#deps;
    const claims = claimReader(context);
    const place: PodRequest[] = [];
    const names = new Map<string, string>();
    const account: SettleRequest['account'][number][] = [];
    const release: string[] = [];
    const siblings = this.#siblings();
    for (const key of this.#podKeys(keys)) {
      const [name = '', uid = ''] = key.split('/');
      const pod = context.commits.read({ resource: 'pods', name });
      const view = pod === null ? null : podView(pod);
      if (pod === null || view === null || view.uid !== uid || isFinished(view)) {
        release.push(uid);
      } else if (view.nodeName !== '') {
        account.push({ uid, nodeName: view.nodeName, footprint: podFootprint(as<Pod>(pod)) });
      } else if (needsScheduling(as<Pod>(pod))) {
        const volumes = volumeConstraints(as<Pod>(pod), claims);
        // Something is being written into a claim; that makes the pod due again.
        if (volumes === null) continue;
        place.push(podRequest(as<Pod>(pod), siblings(as<Pod>(pod)), volumes));
        names.set(uid, name);
      }
    }
    const isNothing = place.length + account.length + release.length === 0;
    if (isNothing && !keys.includes(NAMESPACE_KEY)) return;
    const answer = await settle({ ...this.#facts(), place, account, release });
    // Steps run in the order in which they are submitted.
    await Promise.all([
      submit(() => this.#deps.clear(answer.cleared)),
      ...answer.bindings.map(({ podUID, nodeName }) =>
        submit(() => this.#bind(names.get(podUID) ?? '', podUID, nodeName)),
      ),
      ...answer.unschedulable.map((refused) =>
        submit(() => this.#reject(names.get(refused.podUID) ?? '', refused)),
      ),
    ]);
  }

  /** The keys of pods: those that are due themselves, and those that wait for claims that are. */
  #podKeys(keys: readonly string[]): Set<string> {
    const claims = new Set(
      keys.flatMap((key) => (key.startsWith(CLAIM_KEY) ? [key.slice(CLAIM_KEY.length)] : [])),
    );
    const pods = new Set(keys.filter((key) => !key.startsWith('/')));
    for (const claim of claims) {
      for (const pod of this.#deps.context.reader.podsUsingClaim(claim)) {
        const { name, uid, nodeName } = podView(pod);
        if (nodeName === '') pods.add(`${name}/${uid}`);
      }
    }
    return pods;
  }

  #facts(): Pick<SettleRequest, 'facts'> {
    const { commits, store, namespace } = this.#deps.context;
    const home = commits.read({ resource: 'namespaces', name: namespace });
    if (home === null) return {};
    const budgets = store.list(BUDGETS, {}).flatMap(({ name }) => {
      const budget = commits.read({ resource: BUDGETS, name });
      return budget === null ? [] : [budgetOf(as<PodDisruptionBudget>(budget))];
    });
    return { facts: { labels: home.metadata.labels ?? {}, budgets } };
  }

  /** Finds what a pod is spread with by default. Services are read once, when the first pod needs them. */
  #siblings(): (pod: Pod) => LabelSelectorSource | undefined {
    const { store, commits } = this.#deps.context;
    const read = (resource: string, name: string) => commits.read({ resource, name });
    let services: KubernetesObject[] | null = null;
    return (pod) => {
      if ((pod.spec.topologySpreadConstraints ?? []).length > 0) return undefined;
      services ??= store.list('services', {}).flatMap(({ name }) => read('services', name) ?? []);
      return siblingSelector(pod, services, read);
    };
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
    const claims = takeClaims(context, as<Pod>(pod), nodeName);
    // The node is kept for the pod until its claims have their volumes there.
    if (claims === 'waiting') return;
    if (claims === 'taken') {
      this.#deps.enqueue(`${name}/${uid}`);
      return;
    }
    const bound = withCondition(
      pod,
      podScheduledCondition({ nodeName }, context.now(), pod.metadata.generation),
    );
    bound['spec'] = { ...(pod['spec'] as object), nodeName };
    this.#bound.add(uid);
    context.commits.put('pods', bound, pod);
    this.#bound.delete(uid);
    recorder.record({
      ...scheduledEvent(context.namespace, name, nodeName),
      subject: subjectOf(bound),
      source: { component: DEFAULT_SCHEDULER_NAME },
    });
  }

  #reject(name: string, { podUID, message, nominatedNodeName }: Refused): void {
    const { context, recorder } = this.#deps;
    const pod = this.#current(name, podUID);
    if (pod === null) return;
    const waiting = withCondition(
      pod,
      podScheduledCondition({ message }, context.now(), pod.metadata.generation),
      nominatedNodeName,
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

function isRebudgeted({ before, after }: Change): boolean {
  const text = (budget: KubernetesObject | null) =>
    budget === null ? '' : JSON.stringify(budgetOf(as<PodDisruptionBudget>(budget)));
  return text(before) !== text(after);
}

function isRelabelled({ before, after }: Change): boolean {
  if (before === null || after === null || before.metadata.labels === after.metadata.labels) {
    return false;
  }
  return JSON.stringify(before.metadata.labels) !== JSON.stringify(after.metadata.labels);
}

/** The pod with the condition, and with the node where room is made for it, or none. */
function withCondition(
  pod: KubernetesObject,
  condition: ReturnType<typeof podScheduledCondition>,
  nominatedNodeName?: string,
): KubernetesObject {
  const { nominatedNodeName: _, ...status } = (pod['status'] ?? {}) as {
    conditions?: (typeof condition)[];
    nominatedNodeName?: string;
  };
  return {
    ...pod,
    metadata: { ...pod.metadata },
    status: {
      ...status,
      ...(nominatedNodeName === undefined ? {} : { nominatedNodeName }),
      conditions: setCondition(status.conditions ?? [], condition),
    },
  };
}
