import type { NodeUsage, PodUsage } from '../../../apimachinery/node-usage.ts';
import {
  AUTOSCALERS,
  SYNC_PERIOD_MS,
} from '../../reconcile/horizontal-pod-autoscaler/autoscaler-facts.ts';
import {
  autoscalerPlanner,
  podsOfAutoscalers,
} from '../../reconcile/horizontal-pod-autoscaler/planner.ts';
import type { Change, UsageSnapshot } from '../../reconcile/planner.ts';
import { deepEqual } from '../../registry/rest/deep-equal.ts';
import { logError } from '../log.ts';
import type { Again, Effect } from '../queue/effect.ts';
import type { StoreContext } from '../store/store-context.ts';

export interface AutoscalingEffectDeps {
  readonly context: StoreContext;
  /** What a node and its pods use; null when it does not answer. */
  readonly sample: (node: string) => Promise<NodeUsage | null>;
  /** Keeps for planners what was answered. */
  readonly keep: (usage: UsageSnapshot | null) => void;
  /** Makes keys of a planner due. */
  readonly makeDue: (planner: string, keys: readonly string[]) => Promise<void>;
}

/** Nodes asked at a time. */
const NODES_AT_A_TIME = 50;
const ALL = 'all';

/**
 * The rounds of autoscalers: as long as a store has any, the nodes of the pods that they go by are
 * asked what these use, and then every autoscaler is planned. There is one key, which comes back;
 * an autoscaler that is new or was changed starts a round at once.
 */
export class AutoscalingEffect implements Effect {
  readonly name = 'autoscaling';
  readonly batchSize = 1;
  readonly #deps: AutoscalingEffectDeps;

  constructor(deps: AutoscalingEffectDeps) {
    this.#deps = deps;
  }

  keysFor({ resource, before, after }: Change): readonly string[] {
    if (resource !== AUTOSCALERS || after === null) return [];
    return before !== null && deepEqual(before.spec, after.spec) ? [] : [ALL];
  }

  /** Autoscalers may be older than these rounds. */
  standing(): readonly string[] {
    return this.#deps.context.reader.list(AUTOSCALERS).length === 0 ? [] : [ALL];
  }

  async run(): Promise<Again | null> {
    const { context, keep, makeDue } = this.#deps;
    const startedAt = context.now();
    if (context.reader.list(AUTOSCALERS).length === 0) {
      keep(null);
      return null;
    }
    const pods = await this.#sample();
    keep({ takenAt: context.now(), pods });
    await makeDue(autoscalerPlanner.name, this.#grown());
    return { afterMs: Math.max(0, startedAt + SYNC_PERIOD_MS - context.now()) };
  }

  /**
   * The autoscalers that have been there for a period: upstream gives each as long before its first
   * look, so that what is made together with it can start.
   */
  #grown(): string[] {
    const { context } = this.#deps;
    return context.reader
      .list(AUTOSCALERS)
      .filter(({ metadata }) => {
        const createdAt = Date.parse(metadata.creationTimestamp ?? '') || 0;
        return createdAt + SYNC_PERIOD_MS <= context.now();
      })
      .map(({ metadata }) => metadata.name ?? '');
  }

  async #sample(): Promise<Map<string, PodUsage>> {
    const { context, sample } = this.#deps;
    const nodeOfPod = new Map(
      podsOfAutoscalers(context.reader).map(({ metadata, spec }) => [metadata.uid, spec.nodeName]),
    );
    const nodes = new Set(
      [...nodeOfPod.values()].filter((name) => name !== undefined && name !== ''),
    );
    const usages = new Map<string, PodUsage>();
    const queue = nodes.values();
    const askNext = async (): Promise<void> => {
      for (const node of queue) {
        if (node === undefined) continue;
        const answer = await sample(node).catch((error: unknown) => {
          // Its pods count as those that nothing is known of.
          logError('a node was not asked what it uses', error, { node });
          return null;
        });
        for (const usage of answer?.pods ?? []) {
          // Only the node that a pod is bound to can tell what it uses.
          if (nodeOfPod.get(usage.uid) === node) usages.set(usage.uid, usage);
        }
      }
    };
    await Promise.all(Array.from({ length: NODES_AT_A_TIME }, askNext));
    return usages;
  }
}
