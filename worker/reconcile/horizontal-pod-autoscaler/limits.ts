import { replicasUp } from './autoscaler-facts.ts';
import type { ScalingRules } from './autoscaler-facts.ts';
import type { ScaleEvent } from './record.ts';

/** Without rules: at most so many times as many at once, or so many. */
const SCALE_UP_FACTOR = 2;
const SCALE_UP_MINIMUM = 4;

const MAX_INT32 = 2 ** 31 - 1;
const MIN_INT32 = -(2 ** 31);

export const scaleUpLimit = (current: number): number =>
  Math.max(SCALE_UP_FACTOR * current, SCALE_UP_MINIMUM);

export interface RateInput {
  readonly current: number;
  readonly rules: ScalingRules | undefined;
  readonly scaleUps: readonly ScaleEvent[];
  readonly scaleDowns: readonly ScaleEvent[];
  readonly now: number;
}

/** How many replicas the rules allow at most by now. */
export function scaleUpLimitByRules(input: RateInput): number {
  return limitByRules(input, {
    fromLeast: input.rules?.selectPolicy === 'Min',
    pods: (start, value) => start + value,
    // Rounded up, so that a small number grows at all.
    percent: (start, value) => replicasUp(start * (1 + value / 100)),
  });
}

/** How many replicas the rules allow at least by now. */
export function scaleDownLimitByRules(input: RateInput): number {
  return limitByRules(input, {
    // The most change is what leaves the least.
    fromLeast: input.rules?.selectPolicy !== 'Min',
    pods: (start, value) => start - value,
    percent: (start, value) => Math.trunc(start * (1 - value / 100)),
  });
}

function limitByRules(
  input: RateInput,
  direction: {
    readonly fromLeast: boolean;
    readonly pods: (start: number, value: number) => number;
    readonly percent: (start: number, value: number) => number;
  },
): number {
  const { current, rules } = input;
  if (rules?.selectPolicy === 'Disabled') return current;
  const limits = (rules?.policies ?? []).map(({ type, value = 0, periodSeconds = 0 }) => {
    const start = replicasAgo(input, periodSeconds);
    return type === 'Pods' ? direction.pods(start, value) : direction.percent(start, value);
  });
  return direction.fromLeast ? Math.min(MAX_INT32, ...limits) : Math.max(MIN_INT32, ...limits);
}

/** How many there were at the beginning of a period that ends now. */
function replicasAgo({ current, scaleUps, scaleDowns, now }: RateInput, seconds: number): number {
  const cutoff = now - seconds * 1000;
  const changes = (events: readonly ScaleEvent[]): number =>
    events.filter(({ at }) => at > cutoff).reduce((sum, { change }) => sum + change, 0);
  return current - changes(scaleUps) + changes(scaleDowns);
}
