import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { AUTOSCALER_RECORDS } from '../../registry/hidden-resources.ts';
import { deepEqual } from '../../registry/rest/deep-equal.ts';
import { DOWNSCALE_STABILIZATION_SECONDS, SYNC_PERIOD_MS } from './autoscaler-facts.ts';
import type { Autoscaler, AutoscalerSpec, ScalingRules } from './autoscaler-facts.ts';
import type { Write } from '../planner.ts';

/** What was recommended from a time on, until the next one. Milliseconds since the epoch. */
interface Recommendation {
  readonly replicas: number;
  readonly since: number;
}

export interface ScaleEvent {
  /** Replicas that came, or went. */
  readonly change: number;
  readonly at: number;
}

/**
 * What upstream's controller keeps in memory, and a store that sleeps cannot: a hidden object of the
 * autoscaler's name, which the garbage collector removes with it. Of recommendations that stay the
 * same only the first is written down, so that an autoscaler at rest writes nothing.
 */
export interface StoredRecord extends KubernetesObject {
  recommendations?: readonly Recommendation[];
  scaleUps?: readonly ScaleEvent[];
  scaleDowns?: readonly ScaleEvent[];
  /** When the target was last scaled. */
  scaledAt?: number;
}

/** The record of one autoscaler, with what this plan adds to it. */
export class AutoscalerRecord {
  readonly #autoscaler: Autoscaler;
  readonly #stored: StoredRecord | null;
  readonly #now: number;
  #recommendations: readonly Recommendation[];
  scaleUps: readonly ScaleEvent[];
  scaleDowns: readonly ScaleEvent[];
  scaledAt: number | undefined;

  constructor(autoscaler: Autoscaler, stored: StoredRecord | null, now: number) {
    this.#autoscaler = autoscaler;
    this.#stored = stored;
    this.#now = now;
    const { uid } = autoscaler.metadata;
    const isOurs = stored?.metadata.ownerReferences?.some((reference) => reference.uid === uid);
    const kept = isOurs === true && stored !== null ? stored : undefined;
    this.#recommendations = kept?.recommendations ?? [];
    this.scaleUps = kept?.scaleUps ?? [];
    this.scaleDowns = kept?.scaleDowns ?? [];
    this.scaledAt = kept?.scaledAt;
  }

  /** The first time, what is there is taken for what was recommended. */
  begin(currentReplicas: number): void {
    if (this.#recommendations.length === 0) this.recommend(currentReplicas);
  }

  recommend(replicas: number): void {
    const last = this.#recommendations.at(-1);
    if (last?.replicas === replicas) return;
    const isOld = (end: number): boolean => end <= this.#now - this.#keptMs();
    const kept = this.#recommendations.filter((_, index, all) => {
      const next = all[index + 1];
      return next === undefined || !isOld(next.since);
    });
    this.#recommendations = [...kept, { replicas, since: this.#now }];
  }

  /**
   * What was recommended within the last so many seconds. A recommendation was last made one round
   * before the next one was.
   */
  recommendedWithin(seconds: number): readonly number[] {
    const cutoff = this.#now - seconds * 1000;
    return this.#recommendations
      .filter(({ since }, index, all) => {
        const endedAt = all[index + 1]?.since ?? this.#now;
        return Math.max(since, endedAt - SYNC_PERIOD_MS) > cutoff;
      })
      .map(({ replicas }) => replicas);
  }

  /** The target goes from one number of replicas to another. */
  scale(from: number, to: number): void {
    this.scaledAt = this.#now;
    const { behavior } = this.#autoscaler.spec;
    // Without rules nothing looks at them.
    if (behavior === undefined) return;
    const add = (
      events: readonly ScaleEvent[],
      rules: ScalingRules | undefined,
      change: number,
    ) => {
      const cutoff = this.#now - longestPeriodSeconds(rules) * 1000;
      return [...events.filter(({ at }) => at >= cutoff), { change, at: this.#now }];
    };
    if (to > from) this.scaleUps = add(this.scaleUps, behavior.scaleUp, to - from);
    else this.scaleDowns = add(this.scaleDowns, behavior.scaleDown, from - to);
  }

  writes(): Write[] {
    const { name, uid } = this.#autoscaler.metadata;
    const owner = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      name,
      uid,
    };
    const { scaleUps, scaleDowns, scaledAt } = this;
    const object: StoredRecord = {
      apiVersion: 'fairlead.dev/v1',
      kind: 'AutoscalerRecord',
      metadata: { ...this.#stored?.metadata, name, ownerReferences: [owner] },
      recommendations: this.#recommendations,
      ...(scaleUps.length === 0 ? {} : { scaleUps }),
      ...(scaleDowns.length === 0 ? {} : { scaleDowns }),
      ...(scaledAt === undefined ? {} : { scaledAt }),
    };
    if (this.#stored === null) return [{ verb: 'create', resource: AUTOSCALER_RECORDS, object }];
    return deepEqual(object, this.#stored)
      ? []
      : [{ verb: 'update', resource: AUTOSCALER_RECORDS, object }];
  }

  #keptMs(): number {
    const { up, down } = stabilizationSeconds(this.#autoscaler.spec);
    return Math.max(up, down) * 1000;
  }
}

/** How long recommendations count, in each direction. */
export function stabilizationSeconds({ behavior }: AutoscalerSpec): { up: number; down: number } {
  return {
    up: behavior?.scaleUp?.stabilizationWindowSeconds ?? 0,
    down: behavior?.scaleDown?.stabilizationWindowSeconds ?? DOWNSCALE_STABILIZATION_SECONDS,
  };
}

const longestPeriodSeconds = (rules: ScalingRules | undefined): number =>
  Math.max(0, ...(rules?.policies ?? []).map(({ periodSeconds = 0 }) => periodSeconds));
