import { formatTime } from '../../../apimachinery/meta.ts';
import type { MetricValues } from '../../registry/metric-values/metric-values.ts';
import { deepEqual } from '../../registry/rest/deep-equal.ts';
import type { Pod } from '../kinds.ts';
import { EMPTY_PLAN } from '../planner.ts';
import type { Plan, UsageSnapshot, Write } from '../planner.ts';
import { AUTOSCALERS } from './autoscaler-facts.ts';
import type { Autoscaler, AutoscalerStatus } from './autoscaler-facts.ts';
import { normalize } from './normalize.ts';
import { proposeReplicas } from './proposals.ts';
import { AutoscalerRecord } from './record.ts';
import type { StoredRecord } from './record.ts';
import type { ScaleTarget } from './scale-target.ts';
import { toleranceOf } from './tolerance.ts';
import { Verdict } from './verdict.ts';

export interface ObservedAutoscaler {
  readonly autoscaler: Autoscaler;
  /** A text where it cannot be had. */
  readonly target: ScaleTarget | string;
  /** What the target's selector picks. */
  readonly pods: readonly Pod[];
  /** All autoscalers that go by any of these pods, this one included: `<namespace>/<name>`. */
  readonly rivals: readonly string[];
  readonly usage: UsageSnapshot;
  readonly values: readonly MetricValues[];
  readonly record: StoredRecord | null;
  /** Why the target could not be scaled just now. */
  readonly refusal: string | null;
}

/** What is to be done about the target. */
interface Decision {
  readonly replicas: number;
  /** Null to leave it alone. */
  readonly rescaleReason: string | null;
  readonly statuses: readonly object[] | null;
  /** Nothing can be said about how many there should be. */
  readonly isUnknown?: boolean;
}

/** Brings the replicas of a target to what its metrics call for. The README lists the steps. */
export function planAutoscaler(observed: ObservedAutoscaler, now: number): Plan {
  const { autoscaler, target, usage } = observed;
  const record = new AutoscalerRecord(autoscaler, observed.record, now);
  // These samples are from before the target was scaled: they were gone by already.
  if (record.scaledAt !== undefined && record.scaledAt >= usage.takenAt) return EMPTY_PLAN;
  const verdict = new Verdict(autoscaler, now);
  if (typeof target === 'string') {
    verdict.warn('FailedGetScale', target);
    verdict.say(
      'AbleToScale',
      'False',
      'FailedGetScale',
      `the HPA controller was unable to get the target's current scale: ${target}`,
    );
    const status = { ...autoscaler.status, conditions: [...verdict.conditions] };
    return { writes: statusWrites(autoscaler, status), events: verdict.events };
  }
  verdict.say(
    'AbleToScale',
    'True',
    'SucceededGetScale',
    "the HPA controller was able to get the target's current scale",
  );
  record.begin(target.specReplicas);
  const decision = decide(observed, target, record, verdict, now);
  return carryOut(observed, target, decision, record, verdict, now);
}

function decide(
  observed: ObservedAutoscaler,
  target: ScaleTarget,
  record: AutoscalerRecord,
  verdict: Verdict,
  now: number,
): Decision {
  const { autoscaler, pods, usage, values } = observed;
  const { minReplicas: min = 1, maxReplicas: max = 0 } = autoscaler.spec;
  const current = target.specReplicas;
  if (current === 0 && min !== 0) {
    const message = 'scaling is disabled since the replica count of the target is zero';
    verdict.say('ScalingActive', 'False', 'ScalingDisabled', message);
    return { replicas: 0, rescaleReason: null, statuses: null };
  }
  if (current > max) {
    const rescaleReason = 'Current number of replicas above Spec.MaxReplicas';
    return { replicas: max, rescaleReason, statuses: null };
  }
  if (current < min) {
    const rescaleReason = 'Current number of replicas below Spec.MinReplicas';
    return { replicas: min, rescaleReason, statuses: null };
  }
  const { namespace = '' } = autoscaler.metadata;
  const { desired, error, statuses } = proposeReplicas(
    autoscaler,
    target,
    observed.rivals,
    {
      namespace,
      pods,
      now,
      currentReplicas: current,
      statusReplicas: target.statusReplicas,
      isWithin: toleranceOf(autoscaler.spec),
      sources: { pods, usage, values, now },
    },
    verdict,
  );
  if (desired === null) {
    if (error !== undefined) verdict.warn('FailedComputeMetricsReplicas', error);
    return { replicas: current, rescaleReason: null, statuses, isUnknown: true };
  }
  const outcome = normalize(autoscaler.spec, record, { current, min, max }, desired.replicas, now);
  const { ableToScale, scalingLimited } = outcome;
  verdict.say('AbleToScale', 'True', ableToScale.reason, ableToScale.message);
  verdict.say(
    'ScalingLimited',
    scalingLimited.status,
    scalingLimited.reason,
    scalingLimited.message,
  );
  const rescaleReason =
    desired.replicas > current
      ? `${desired.metric} above target`
      : desired.replicas < current
        ? 'All metrics below target'
        : '';
  const isRescale = outcome.replicas !== current;
  return { replicas: outcome.replicas, rescaleReason: isRescale ? rescaleReason : null, statuses };
}

function carryOut(
  { autoscaler, refusal }: ObservedAutoscaler,
  target: ScaleTarget,
  decision: Decision,
  record: AutoscalerRecord,
  verdict: Verdict,
  now: number,
): Plan {
  const { replicas, rescaleReason, statuses, isUnknown = false } = decision;
  const { status: old = {} } = autoscaler;
  const current = target.specReplicas;
  const writes: Write[] = [];
  const isRefused = rescaleReason !== null && refusal !== null;
  const isRescaled = rescaleReason !== null && !isRefused;
  if (isRefused) {
    // It is tried again at the next sync.
    const message = `the HPA controller was unable to update the target scale: ${refusal}`;
    verdict.say('AbleToScale', 'False', 'FailedUpdateScale', message);
  }
  if (isRescaled) {
    const message = `the HPA controller was able to update the target scale to ${replicas}`;
    verdict.say('AbleToScale', 'True', 'SucceededRescale', message);
    record.scale(current, replicas);
    writes.push(scaleWrite(autoscaler, target, replicas, rescaleReason));
  }
  const keepsDesired = isUnknown || isRefused;
  const status: AutoscalerStatus = {
    ...(current === 0 ? {} : { currentReplicas: current }),
    desiredReplicas: keepsDesired ? (old.desiredReplicas ?? 0) : replicas,
    currentMetrics: statuses,
    conditions: [...verdict.conditions],
    ...(isRescaled
      ? { lastScaleTime: formatTime(now) }
      : old.lastScaleTime === undefined
        ? {}
        : { lastScaleTime: old.lastScaleTime }),
  };
  writes.push(...record.writes(), ...statusWrites(autoscaler, status));
  return verdict.events.length === 0 ? { writes } : { writes, events: verdict.events };
}

function scaleWrite(
  autoscaler: Autoscaler,
  { resource, scale }: ScaleTarget,
  replicas: number,
  reason: string,
): Write {
  const size = `New size: ${replicas}; reason: ${reason}`;
  return {
    verb: 'updateScale',
    resource,
    object: { ...scale, spec: { replicas } },
    announce: {
      regarding: autoscaler,
      onSuccess: { type: 'Normal', reason: 'SuccessfulRescale', message: size },
      onFailure: { type: 'Warning', reason: 'FailedRescale', message: `${size}; error: {error}` },
    },
  };
}

function statusWrites(autoscaler: Autoscaler, status: AutoscalerStatus): Write[] {
  if (deepEqual(status, autoscaler.status)) return [];
  const onFailure = { type: 'Warning', reason: 'FailedUpdateStatus', message: '{error}' } as const;
  return [
    {
      verb: 'updateStatus',
      resource: AUTOSCALERS,
      object: { ...autoscaler, status },
      announce: { regarding: autoscaler, onFailure },
    },
  ];
}
