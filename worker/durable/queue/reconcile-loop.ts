import { isConflict, isNotFound, StatusError } from '../../../apimachinery/status-error.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { controllerUser } from '../../../apimachinery/user-info.ts';
import { namespacePlanner } from '../../reconcile/namespace/planner.ts';
import type { Change, EventText, Plan, Planner, Reader, Write } from '../../reconcile/planner.ts';
import { subjectOf, type EventRecorder } from '../events/event-recorder.ts';
import { InquiryPending } from '../../registry/admission/inquiry.ts';
import type { AnswerInquiry } from '../../registry/admission/inquiry-memo.ts';
import { isClientWaiting } from '../commit/waiting-clients.ts';
import { logError } from '../log.ts';
import type { StoreContext } from '../store/store-context.ts';
import { createObject } from '../store/verbs/create.ts';
import { deleteObject } from '../store/verbs/delete.ts';
import { CONTROLLER_MANAGER } from '../store/field-tracking.ts';
import { updateObject } from '../store/verbs/update.ts';
import { PlanAttempts, type PlanRun } from './plan-attempts.ts';
import type { QueueItem, WorkQueue } from './work-queue.ts';

/** Writes after which the loop lets API requests have a turn: some milliseconds. */
const WRITES_PER_TURN = { usual: 12, whileClientsWait: 1 };
/** Keys looked at per turn, for planners that mostly find nothing to do. */
const KEYS_PER_TURN = 50;
/** Keys of one planner read from the queue at a time. */
const KEYS_PER_READ = 12;
/** Longer than any webhook may take (30 s): a key whose answers were lost is planned anew. */
const LOST_ANSWER_MS = 60_000;
/** Where too many keys wait for answers already: the next look at one that would have to, too. */
const ASK_LATER_MS = 1_000;

// Planners differ in what they observe; the loop only hands it from `observe` to `plan`.
export type AnyPlanner = Planner<unknown>;

export interface ReconcileLoopDeps {
  readonly context: StoreContext;
  readonly planners: readonly AnyPlanner[];
  readonly reader: Reader;
  readonly queue: WorkQueue;
  readonly recorder: Pick<EventRecorder, 'record'>;
  readonly random: () => number;
  /** Finds what admission of a planner's writes asks about. */
  readonly answer: AnswerInquiry;
  /** Called when a key is due again because of an answer. */
  readonly onAnswered: () => void;
}

/**
 * Takes due keys, plans them and commits the plans, each in one transaction together with its
 * queue entry. A planner that throws is a bug: it is logged, and its key backs off.
 */
export class ReconcileLoop {
  readonly #deps: ReconcileLoopDeps;
  readonly #attempts = new PlanAttempts();

  constructor(deps: ReconcileLoopDeps) {
    this.#deps = deps;
  }

  /** Enqueues the keys that a change makes due. Inside the transaction of the change. */
  enqueueFor(change: Change): void {
    const { planners, reader, queue, context } = this.#deps;
    const now = context.now();
    for (const planner of planners) {
      for (const key of planner.keysFor(change, reader)) {
        queue.enqueue(planner.name, key, now + (planner.delayMs?.(key) ?? 0), now);
      }
    }
  }

  /** One bounded turn of work: about so many writes at most. Returns whether more is due already. */
  runTurn(
    most = isClientWaiting() ? WRITES_PER_TURN.whileClientsWait : WRITES_PER_TURN.usual,
  ): boolean {
    let writes = 0;
    let keys = 0;
    let found: boolean;
    do {
      found = false;
      for (const planner of this.#deps.planners) {
        const items = this.#deps.queue.due(planner.name, this.#deps.context.now(), KEYS_PER_READ);
        for (const item of items) {
          found = true;
          keys += 1;
          writes += this.#reconcile(planner, item);
          if (writes >= most || keys >= KEYS_PER_TURN) return true;
        }
      }
    } while (found);
    return false;
  }

  #reconcile(planner: AnyPlanner, item: QueueItem): number {
    const { context, queue, random } = this.#deps;
    queue.start(item);
    if (this.#attempts.isAsking(item)) return this.#await(item);
    const run = this.#attempts.begin(item, context);
    try {
      const written = context.commits.transact(() => {
        const observed = planner.observe(this.#deps.reader, item.key);
        const plan = observed === null ? null : planner.plan(observed, context.now());
        return plan === null ? this.#finish(item) : this.#commit(planner, item, plan, run);
      });
      this.#attempts.forget(item);
      return written;
    } catch (error) {
      if (error instanceof InquiryPending) return this.#ask(item, run);
      logError('planner failed', error, { planner: planner.name, key: item.key });
      context.commits.transact(() => {
        const failure = JSON.stringify({ reason: 'InternalError', message: 'internal error' });
        queue.retry(item, failure, context.now(), random());
      });
      return 1;
    }
  }

  #finish(item: QueueItem): number {
    this.#deps.queue.done(item);
    return 0;
  }

  /** Puts what the writes of a plan ask, and makes the key due again with the answers. */
  #ask(item: QueueItem, run: PlanRun): number {
    const { queue, context, answer, onAnswered } = this.#deps;
    if (!this.#attempts.hasRoomFor(item)) return this.#await(item, ASK_LATER_MS);
    void this.#attempts
      .ask(item, run, answer)
      .catch((error: unknown) => logError('admission could not ask', error, { key: item.key }))
      .then(() => {
        const now = context.now();
        context.commits.transact(() => queue.enqueue(item.worker, item.key, now, now));
        onAnswered();
      });
    return this.#await(item);
  }

  /** The key comes back with its answers; if they die with this object, after a while all the same. */
  #await(item: QueueItem, laterMs = LOST_ANSWER_MS): number {
    const { queue, context } = this.#deps;
    context.commits.transact(() => queue.postpone(item, context.now() + laterMs));
    return 1;
  }

  #commit(planner: AnyPlanner, item: QueueItem, plan: Plan, run: PlanRun): number {
    const { queue, context, random } = this.#deps;
    const now = context.now();
    for (const event of plan.events ?? []) this.#announce(planner.name, event.regarding, event);
    let failure: StatusError | null = null;
    let written = 0;
    for (const [index, write] of plan.writes.entries()) {
      failure = this.#write(planner, index, write, run);
      if (failure !== null) break;
      written += 1;
    }
    // Writes behind one that asks are tried as well, so that all ask at once.
    if (run.pending.length > 0) {
      throw new InquiryPending(run.pending.flatMap(({ inquiry }) => inquiry.inquiries));
    }
    if (failure === null) {
      queue.done(item);
      if (plan.requeueAfterMs !== undefined) {
        queue.enqueue(item.worker, item.key, now + plan.requeueAfterMs, now);
      }
    } else if (isConflict(failure)) {
      // Somebody else's write came first in this very turn: the key is due again because of it.
      queue.enqueue(item.worker, item.key, now, now);
      queue.done(item);
    } else {
      const { reason, message } = failure.status;
      queue.retry(item, JSON.stringify({ reason, message }), now, random());
    }
    return written;
  }

  /** Commits one write; what it is refused with is returned, and nothing of it stays. */
  #write(planner: AnyPlanner, index: number, write: Write, run: PlanRun): StatusError | null {
    const { commits } = this.#deps.context;
    try {
      const name = run.write(index, (context) =>
        commits.transact(() => applyWrite(context, write, planner)),
      );
      if (name === null) return null;
      if (write.announce?.onSuccess !== undefined) {
        const { onSuccess, regarding } = write.announce;
        this.#announce(planner.name, regarding, fill(onSuccess, { name }));
      }
      return null;
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      if (write.verb === 'delete' && isNotFound(error)) return null;
      if (write.announce?.onFailure !== undefined) {
        const { onFailure, regarding } = write.announce;
        this.#announce(planner.name, regarding, fill(onFailure, { error: error.message }));
      }
      return error;
    }
  }

  #announce(component: string, regarding: KubernetesObject, text: EventText): void {
    this.#deps.recorder.record({ ...text, subject: subjectOf(regarding), source: { component } });
  }
}

/** Runs one write through the registry, as the planner; returns the object's name. */
function applyWrite(context: StoreContext, write: Write, planner: AnyPlanner): string {
  const user = controllerUser(planner.account ?? planner.name);
  const fieldManager = CONTROLLER_MANAGER;
  const { resource } = write;
  if (write.verb === 'delete') {
    const { name, uid, propagationPolicy, gracePeriodSeconds } = write;
    deleteObject(context, {
      resource,
      name,
      user,
      options: {
        preconditions: { uid },
        ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
        ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
      },
    });
    return name;
  }
  const object = JSON.parse(JSON.stringify(write.object)) as KubernetesObject;
  if (write.verb === 'create') {
    createObject(context, { resource, user, fieldManager: null }, object);
    return object.metadata.name ?? '';
  }
  const name = object.metadata.name ?? '';
  updateObject(
    context,
    { resource, name, subresource: subresourceOf(write, planner.name), user, fieldManager },
    object,
  );
  return name;
}

/** A Namespace is released through `finalize`, the only way to its spec.finalizers. */
function subresourceOf(write: Write, planner: string): string {
  if (write.verb === 'updateStatus') return 'status';
  if (write.verb === 'updateScale') return 'scale';
  return planner === namespacePlanner.name ? 'finalize' : '';
}

function fill(text: EventText, values: { name?: string; error?: string }): EventText {
  return {
    ...text,
    message: text.message
      .replaceAll('{name}', () => values.name ?? '')
      .replaceAll('{error}', () => values.error ?? ''),
  };
}
