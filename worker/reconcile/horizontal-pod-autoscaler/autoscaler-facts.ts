import type { LabelSelectorSource } from '../../../apimachinery/label-selector.ts';
import type { Condition } from '../../../apimachinery/meta.ts';
import type { GroupResource } from '../../../apimachinery/object-key.ts';
import { parseQuantity, Quantity } from '../../../apimachinery/quantity.ts';
import type { Stored } from '../kinds.ts';

export const AUTOSCALERS: GroupResource = 'horizontalpodautoscalers.autoscaling';

/** How often an autoscaler is planned (`--horizontal-pod-autoscaler-sync-period`). */
export const SYNC_PERIOD_MS = 15_000;
/** How far a ratio may be off without consequence (`--horizontal-pod-autoscaler-tolerance`). */
export const TOLERANCE = 0.1;
/** How long after its start a pod's CPU is only looked at while it is ready. */
export const CPU_INITIALIZATION_MS = 5 * 60_000;
/** A pod that became unready within so long after its start has never been ready. */
export const INITIAL_READINESS_MS = 30_000;
/** For so long the highest recommendation counts, where the autoscaler does not say. */
export const DOWNSCALE_STABILIZATION_SECONDS = 300;

const MAX_INT32 = 2 ** 31 - 1;
const NANO_PER_MILLI = 1_000_000n;

/** autoscaling/v2, as far as planning goes by it. */
export type Autoscaler = Stored<AutoscalerSpec, AutoscalerStatus>;

export interface AutoscalerSpec {
  readonly scaleTargetRef?: ObjectReference;
  readonly minReplicas?: number;
  readonly maxReplicas?: number;
  readonly metrics?: readonly MetricSpec[] | null;
  readonly behavior?: {
    readonly scaleUp?: ScalingRules;
    readonly scaleDown?: ScalingRules;
  };
}

export interface ObjectReference {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly name?: string;
}

export interface MetricSpec {
  readonly type?: string;
  readonly resource?: MetricSource;
  readonly containerResource?: MetricSource;
  readonly pods?: MetricSource;
  readonly object?: MetricSource;
  readonly external?: MetricSource;
}

export interface MetricSource {
  /** Of the resource. */
  readonly name?: string;
  readonly container?: string;
  readonly describedObject?: ObjectReference;
  readonly metric?: { readonly name?: string; readonly selector?: LabelSelectorSource };
  readonly target?: {
    readonly type?: string;
    readonly averageUtilization?: number;
    readonly averageValue?: string;
    readonly value?: string;
  };
}

export interface ScalingRules {
  readonly stabilizationWindowSeconds?: number;
  readonly selectPolicy?: string;
  readonly policies?: readonly {
    readonly type?: string;
    readonly value?: number;
    readonly periodSeconds?: number;
  }[];
  readonly tolerance?: string;
}

export interface AutoscalerStatus {
  readonly currentReplicas?: number;
  readonly desiredReplicas?: number;
  readonly lastScaleTime?: string;
  readonly currentMetrics?: readonly object[] | null;
  readonly conditions?: Condition[];
}

/** In thousandths; undefined for no quantity. */
export function milliOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  try {
    return Number(parseQuantity(String(text)).toMilli());
  } catch {
    // Validation keeps it out; a planner does not throw for what an older version let in.
    return undefined;
  }
}

/** As status shows it. */
export const milliQuantity = (milli: number): string =>
  new Quantity(BigInt(Math.trunc(milli)) * NANO_PER_MILLI, 'DecimalSI').toCanonical();

/** Replicas out of a fraction, in the range of the field. */
export const replicasUp = (value: number): number =>
  Number.isNaN(value) ? 0 : Math.min(MAX_INT32, Math.max(-MAX_INT32, Math.ceil(value)));
