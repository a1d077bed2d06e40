import type { AutoscalerSpec } from './autoscaler-facts.ts';
import { scaleDownLimitByRules, scaleUpLimit, scaleUpLimitByRules } from './limits.ts';
import type { AutoscalerRecord } from './record.ts';
import { stabilizationSeconds } from './record.ts';

/** What of a recommendation is carried out, and what the conditions say about it. */
export interface Normalized {
  readonly replicas: number;
  readonly ableToScale: Verdict;
  readonly scalingLimited: Verdict & { readonly status: 'True' | 'False' };
}

interface Verdict {
  readonly reason: string;
  readonly message: string;
}

interface Range {
  readonly current: number;
  readonly min: number;
  readonly max: number;
}

const READY = { reason: 'ReadyForNewScale', message: 'recommended size matches current size' };
const HIGHER_BEFORE = {
  reason: 'ScaleDownStabilized',
  message:
    'recent recommendations were higher than current one, applying the highest recent recommendation',
};
const LOWER_BEFORE = {
  reason: 'ScaleUpStabilized',
  message:
    'recent recommendations were lower than current one, applying the lowest recent recommendation',
};
const WITHIN = {
  reason: 'DesiredWithinRange',
  message: 'the desired count is within the acceptable range',
};
const UP_TOO_FAST = {
  reason: 'ScaleUpLimit',
  message: 'the desired replica count is increasing faster than the maximum scale rate',
};
const DOWN_TOO_FAST = {
  reason: 'ScaleDownLimit',
  message: 'the desired replica count is decreasing faster than the maximum scale rate',
};
const TOO_MANY = {
  reason: 'TooManyReplicas',
  message: 'the desired replica count is more than the maximum replica count',
};
const TOO_FEW = {
  reason: 'TooFewReplicas',
  message: 'the desired replica count is less than the minimum replica count',
};

/**
 * Steadies a recommendation by those before it, then holds it to the range and to how fast the number
 * may change. The recommendation goes into the record.
 */
export function normalize(
  spec: AutoscalerSpec,
  record: AutoscalerRecord,
  range: Range,
  desired: number,
  now: number,
): Normalized {
  const { behavior } = spec;
  const stabilized = stabilize(spec, record, range.current, desired);
  const wasSteadied = stabilized !== desired;
  const steadiedBy =
    behavior !== undefined && desired >= range.current ? LOWER_BEFORE : HIGHER_BEFORE;
  record.recommend(desired);
  const limited =
    behavior === undefined
      ? limitPlainly(range, stabilized)
      : limitByBehavior(spec, record, range, stabilized, now);
  return {
    replicas: limited.replicas,
    ableToScale: wasSteadied ? steadiedBy : READY,
    scalingLimited: {
      status: limited.replicas === stabilized ? 'False' : 'True',
      ...limited.verdict,
    },
  };
}

function stabilize(
  spec: AutoscalerSpec,
  record: AutoscalerRecord,
  current: number,
  desired: number,
): number {
  const { up, down } = stabilizationSeconds(spec);
  const highest = Math.max(desired, ...record.recommendedWithin(down));
  if (spec.behavior === undefined) return highest;
  const lowest = Math.min(desired, ...record.recommendedWithin(up));
  return Math.min(Math.max(current, lowest), highest);
}

interface Limited {
  readonly replicas: number;
  readonly verdict: Verdict;
}

function limitPlainly({ current, min, max }: Range, desired: number): Limited {
  const limit = scaleUpLimit(current);
  const [most, verdict] = max > limit ? [limit, UP_TOO_FAST] : [max, TOO_MANY];
  if (desired < min) return { replicas: min, verdict: TOO_FEW };
  if (desired > most) return { replicas: most, verdict };
  return { replicas: desired, verdict: WITHIN };
}

function limitByBehavior(
  { behavior }: AutoscalerSpec,
  { scaleUps, scaleDowns }: AutoscalerRecord,
  { current, min, max }: Range,
  desired: number,
  now: number,
): Limited {
  const rate = { current, scaleUps, scaleDowns, now };
  if (desired > current) {
    const limit = Math.max(current, scaleUpLimitByRules({ ...rate, rules: behavior?.scaleUp }));
    const [most, verdict] = max > limit ? [limit, UP_TOO_FAST] : [max, TOO_MANY];
    if (desired > most) return { replicas: most, verdict };
  } else if (desired < current) {
    const limit = Math.min(current, scaleDownLimitByRules({ ...rate, rules: behavior?.scaleDown }));
    const [least, verdict] = min < limit ? [limit, DOWN_TOO_FAST] : [min, TOO_FEW];
    if (desired < least) return { replicas: least, verdict };
  }
  return { replicas: desired, verdict: WITHIN };
}
